/* key - makes and shows signing keys. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/passphrase.h"
#include "evidence/key.h"
#include "evidence/key_file.h"
#include "evidence/key_mldsa.h"

#include <stdio.h>
#include <string.h>

/* Both make, keep and forget a key, and give its keyid. */
static enum status make_p256(const char *path, const struct secret *passphrase,
                             char keyid[KEYID_SIZE], struct error *reterr)
{
    DEFER(key_done) struct key key = { 0 };

    TRY(key_new(&key, reterr));
    TRY(key_save(&key, path, passphrase, reterr));
    memcpy(keyid, key.public_half.keyid, KEYID_SIZE);
    return STATUS_OK;
}

static enum status make_mldsa(const char *path, const struct secret *passphrase,
                              char keyid[KEYID_SIZE], struct error *reterr)
{
    DEFER(mldsa_key_done) struct mldsa_key key = { 0 };

    TRY(mldsa_key_new(&key, reterr));
    TRY(mldsa_key_save(&key, path, passphrase, reterr));
    memcpy(keyid, key.public_half.keyid, KEYID_SIZE);
    return STATUS_OK;
}

static int key_new_main(const struct arguments *arguments, const char *path)
{
    const char *algorithm = argument_text(arguments, "algorithm");
    bool mldsa = text_equal(algorithm, "ml-dsa-65");
    DEFER(secret_done) struct secret passphrase = { 0 };
    char keyid[KEYID_SIZE] = "";
    struct error error = { 0 };

    if (algorithm != NULL && !mldsa && !text_equal(algorithm, "p-256")) {
        return exit_saying(STATUS_USAGE, "--algorithm is p-256 or ml-dsa-65, not '%s'", algorithm);
    }
    if (mldsa && !mldsa_is_here()) {
        return exit_saying(STATUS_UNSUPPORTED, "%s; no key was made", mldsa_absence());
    }
    if (!argument_given(arguments, "no-passphrase") &&
        passphrase_get("passphrase for the new key (empty: none)", true, &passphrase, &error) !=
            STATUS_OK) {
        return exit_with(&error);
    }
    if ((mldsa ? make_mldsa : make_p256)(path, &passphrase, keyid, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    (void) fprintf(stderr, "%s: the private key, mode 0600%s\n%s.pub: give this one away\n", path,
                   passphrase.length > 0 ? ", encrypted" : ", not encrypted", path);
    printf("%s\n", keyid);
    return EXIT_OK;
}

static enum status keyid_of(const char *path, char keyid[KEYID_SIZE], struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(KEY_FILE_MAX);
    struct mldsa_public pq = { 0 };
    struct public_key key = { 0 };

    TRY(key_file_public_read(path, &der, reterr));
    if (mldsa_is_spki(der.data, der.length)) {
        TRY(mldsa_load(path, &pq, reterr));
        memcpy(keyid, pq.keyid, KEYID_SIZE);
        return STATUS_OK;
    }
    TRY(public_key_load(path, &key, reterr));
    memcpy(keyid, key.keyid, KEYID_SIZE);
    return STATUS_OK;
}

static int key_show_main(const char *path)
{
    char keyid[KEYID_SIZE] = "";
    struct error error = { 0 };

    if (keyid_of(path, keyid, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    printf("%s\n", keyid);
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
    { "algorithm",
      "NAME",
      { .en = "p-256 (default), or ml-dsa-65: post-quantum, for a second signature",
        .ja = "p-256(既定)または ml-dsa-65(耐量子、二つ目の署名用)" },
      false },
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
    .about = { .en = "A key in PKCS#8 PEM. The passphrase comes from HOSHITORI_PASSPHRASE or the\n"
                     "terminal, never from the command line. ML-DSA-65 needs OpenSSL 3.5 or later\n"
                     "(Debian 13); elsewhere no such key can be made, and `key new` ends with 65.",
               .ja = "PKCS#8 PEM の鍵です。パスフレーズは HOSHITORI_PASSPHRASE か端末から読み、\n"
                     "コマンドラインからは読みません。ML-DSA-65 には OpenSSL 3.5 以降 (Debian 13)\n"
                     "が必要で、ない環境では作れず、key new は 65 で終わります。" },
    .example = "  hoshitori key new vendor.key\n  hoshitori key show vendor.key.pub",
    .exits = "  0 done  64 usage  65 bad input  70 our own fault",
    .main = key_main,
};
