/* timestamp - has an authority say that a bundle's signatures existed, or renews what one said. */
#include "base/text.h"
#include "cli/authority.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "evidence/tst_request.h"
#include "model/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DER_SEQUENCE_TAG = 0x30 };

static enum status add_material(const struct arguments *arguments, struct arena *arena,
                                struct stamp *stamp, struct error *reterr)
{
    const char *path;

    for (size_t i = 0; (path = argument_nth(arguments, "add", i)) != NULL; i++) {
        struct source_file file = { 0 };
        const char *kind = text_ends_with(path, ".crl") ? "crl" : "crt";

        if (!text_ends_with(path, ".crl") && !text_ends_with(path, ".crt")) {
            return fail(reterr, STATUS_USAGE, "--add %s: neither a .crt nor a .crl", path);
        }
        TRY(source_file_read(path, arena, &file, reterr));
        if (file.length == 0 || *(const unsigned char *) file.data != DER_SEQUENCE_TAG) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "%s: not DER; openssl can turn PEM into it (-outform DER)", path);
        }
        TRY(stamp_material(stamp, kind, file.data, file.length, reterr));
    }
    return STATUS_OK;
}

/* ---- by files, for a machine without a network ---- */

static enum status write_new(const char *path, const void *data, size_t length,
                             struct error *reterr)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    if (write(fd, data, length) != (ssize_t) length || close(fd) != 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    return STATUS_OK;
}

/* "NAME-01-vendor-run.tsq" for META-INF/att/01-vendor-run.sigstore.json. */
static enum status write_requests(const char *name, const struct stamp *stamp, struct arena *arena,
                                  struct error *reterr)
{
    for (size_t i = 0; i < stamp_count(stamp); i++) {
        const struct stamp_piece *piece = stamp_at(stamp, i);
        const char *base = strrchr(piece->name, '/');
        const char *path;
        uint8_t request[TST_REQUEST_SIZE];
        uint8_t nonce[TST_NONCE_SIZE];

        base = base == NULL ? piece->name : base + 1;
        path = arena_format(arena, "%s-%.*s.tsq", name, (int) strcspn(base, "."), base);
        TRY(tst_nonce(nonce, reterr));
        tst_request(&piece->imprint, nonce, request);
        TRY(write_new(path, request, sizeof request, reterr));
        printf("%s\n", path);
    }
    (void) fprintf(stderr, "send these to the authority as they are, then give its answers with "
                           "--response\n");
    return STATUS_OK;
}

static enum status take_responses(const struct arguments *arguments, struct arena *arena,
                                  struct stamp *stamp, struct error *reterr)
{
    const char *path;

    for (size_t i = 0; (path = argument_nth(arguments, "response", i)) != NULL; i++) {
        struct source_file file = { 0 };
        struct error error = { 0 };
        size_t found = 0;
        enum status status;

        TRY(source_file_read(path, arena, &file, reterr));
        status = stamp_take(stamp, file.data, file.length, NULL, &found, &error);
        if (status != STATUS_OK) {
            return fail(reterr, status, "%s: %s", path, error.message);
        }
    }
    return STATUS_OK;
}

/* ---- the command ---- */

static enum status write_copy(const struct arguments *arguments, const struct stamp *stamp,
                              struct error *reterr)
{
    const char *out = argument_text(arguments, "out");

    TRY(stamp_write(stamp, out, reterr));
    for (size_t i = 0; i < stamp_count(stamp); i++) {
        const struct stamp_piece *piece = stamp_at(stamp, i);

        (void) fprintf(stderr, "%s: %s\n", piece->name,
                       piece->token.data != NULL ? "stamped" : "no answer for it; left as it was");
    }
    printf("%s\n", out);
    return STATUS_OK;
}

static enum status work(const struct arguments *arguments, struct arena *arena,
                        struct error *reterr)
{
    DEFER(stamp_done) struct stamp *stamp = NULL;
    const char *url = argument_text(arguments, "tsa");
    const char *request = argument_text(arguments, "request");

    TRY(stamp_open(argument_positional(arguments, 0), arena, &stamp, reterr));
    TRY(add_material(arguments, arena, stamp, reterr));
    TRY(stamp_plan(stamp, argument_given(arguments, "renew"), reterr));
    if (request != NULL) {
        return write_requests(request, stamp, arena, reterr);
    }
    TRY(url != NULL ? authority_stamp(url, stamp, reterr)
                    : take_responses(arguments, arena, stamp, reterr));
    return write_copy(arguments, stamp, reterr);
}

static int timestamp_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const int ways = argument_given(arguments, "tsa") + argument_given(arguments, "request") +
                     argument_given(arguments, "response");
    const bool writes = !argument_given(arguments, "request");
    struct error error = { 0 };

    if (ways != 1) {
        return exit_saying(STATUS_USAGE, "one of --tsa, --request and --response");
    }
    if (writes != argument_given(arguments, "out")) {
        return exit_saying(STATUS_USAGE, writes ? "--out names the copy to write"
                                                : "--request writes no bundle: leave --out away");
    }
    return work(arguments, arena, &error) == STATUS_OK ? EXIT_OK : exit_with(&error);
}

static const struct option options[] = {
    { "tsa",
      "URL",
      { .en = "ask this RFC 3161 authority", .ja = "このRFC 3161時刻認証局に依頼" },
      false },
    { "request",
      "NAME",
      { .en = "write requests NAME-....tsq for a machine with a network",
        .ja = "依頼を NAME-....tsq に書き出す(オフライン用)" },
      false },
    { "response",
      "FILE",
      { .en = "take an authority's answer (.tsr)", .ja = "時刻認証局の応答(.tsr)を取り込む" },
      true },
    { "renew",
      NULL,
      { .en = "stamp the whole bundle again, with all earlier timestamps",
        .ja = "以前の時刻証明ごと束全体を更新" },
      false },
    { "add",
      "FILE",
      { .en = "put a certificate (.crt) or revocation list (.crl), DER, beside the timestamps",
        .ja = "証明書(.crt)か失効リスト(.crl)をDERで同封" },
      true },
    { "out",
      "FILE",
      { .en = "the copy to write; never an existing file",
        .ja = "書き出す束(既存のファイルは不可)" },
      false },
    OPTION_END,
};

const struct command command_timestamp = {
    .name = "timestamp",
    .summary = { .en = "has a time-stamping authority date a bundle's signatures",
                 .ja = "時刻認証局に署名の日時を証明してもらう" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "Only digests of signatures leave this machine. A token must be about them and\n"
                   "well signed to be taken; whether its authority is trusted is for the reader's\n"
                   "trust store to say. Stamp before a laboratory evaluates: its statement names\n"
                   "files as they are, so those are left alone. Renew before an authority's keys\n"
                   "and algorithms grow old, and after anything was added to a renewed bundle.",
               .ja = "外に出るのは署名のダイジェストだけです。内容と署名が正しい時刻証明だけを\n"
                     "取り込みます。時刻認証局を信頼するかは、読み手の信頼リストが決めます。\n"
                     "評価機関に渡す前に付けてください(評価が指すファイルは変えません)。\n"
                     "時刻認証局の鍵や方式が古びる前に --renew で更新してください。" },
    .example = "  hoshitori timestamp hc100.hoshi --tsa http://tsa.example/ --out stamped.hoshi\n"
               "  hoshitori timestamp hc100.hoshi --request ask\n"
               "  hoshitori timestamp hc100.hoshi --response ask-01-vendor-run.tsr \\\n"
               "      --response ask-02-vendor-result.tsr --out stamped.hoshi",
    .exits = "  0 done  64 usage  65 a bundle or an answer that will not do\n"
             "  69 the authority cannot be reached  70 our own fault",
    .main = timestamp_main,
};
