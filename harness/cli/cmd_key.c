/* key - makes and shows signing keys. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/passphrase.h"
#include "evidence/key.h"

#include <stdio.h>
#include <string.h>

static int key_new_main(const struct arguments *arguments, const char *path)
{
    DEFER(key_done) struct key key = { 0 };
    DEFER(secret_done) struct secret passphrase = { 0 };
    struct error error = { 0 };

    if (!argument_given(arguments, "no-passphrase") &&
        passphrase_get("passphrase for the new key (empty: none)", true, &passphrase, &error) !=
            STATUS_OK) {
        return exit_with(&error);
    }
    if (key_new(&key, &error) != STATUS_OK ||
        key_save(&key, path, &passphrase, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    (void) fprintf(stderr, "%s: the private key, mode 0600%s\n%s.pub: give this one away\n", path,
                   passphrase.length > 0 ? ", encrypted" : ", not encrypted", path);
    printf("%s\n", key.public_half.keyid);
    return EXIT_OK;
}

static int key_show_main(const char *path)
{
    struct public_key key = { 0 };
    struct error error = { 0 };

    if (public_key_load(path, &key, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    printf("%s\n", key.keyid);
    return EXIT_OK;
}

static int key_main(const struct arguments *arguments)
{
    const char *verb = argument_positional(arguments, 0);
    const char *path = argument_positional(arguments, 1);

    if (text_equal(verb, "new")) {
        return key_new_main(arguments, path);
    }
    if (text_equal(verb, "show")) {
        return key_show_main(path);
    }
    return exit_saying(STATUS_USAGE, "key new FILE, or key show FILE.pub; not '%s'", verb);
}

static const struct option options[] = {
    { "no-passphrase",
      NULL,
      { .en = "do not ask; the file's mode alone guards the key",
        .ja = "パスフレーズなし(ファイルの権限だけで保護)" },
      false },
    OPTION_END,
};

const struct command command_key = {
    .name = "key",
    .summary = { .en = "makes (key new) and shows (key show) signing keys",
                 .ja = "署名鍵の作成(key new)と表示(key show)" },
    .positionals = "new|show FILE",
    .positional_least = 2,
    .positional_most = 2,
    .options = options,
    .about = { .en = "An ECDSA P-256 key in PKCS#8 PEM. The passphrase comes from\n"
                     "HOSHITORI_PASSPHRASE or the terminal, never from the command line.",
               .ja = "ECDSA P-256 鍵(PKCS#8 PEM)。パスフレーズは HOSHITORI_PASSPHRASE か\n"
                     "端末から読み、コマンドラインからは読みません。" },
    .example = "  hoshitori key new vendor.key\n  hoshitori key show vendor.key.pub",
    .exits = "  0 done  64 usage  65 bad input  70 our own fault",
    .main = key_main,
};
