/* stored_secrets - takes a firmware image or an export of the device apart and looks in all of it
 * for the declared secrets, private keys, password hashes, open doors and fixed passwords. */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/sha256.h"
#include "findings.h"
#include "probe/guest.h"
#include "probe/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct probe probe_stored_secrets;

enum { FILE_MOST = 256 << 20, REPORT_MS = 5000 };

/* What is searched, and how it was had. */
struct thing {
    struct bytes content;
    bool cut;
    bool had;
    int status; /* of HTTP; 0: not asked */
    const char *contains;
};

static void thing_done(struct thing *thing)
{
    bytes_done(&thing->content);
}

/* A file of the vendor's: that it cannot be read is our side's fault, not the device's. */
static enum status file_take(const char *path, struct thing *thing, struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum status status = STATUS_OK;
    struct stat info;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a file", path);
    }
    thing->cut = info.st_size > FILE_MOST;
    while (status == STATUS_OK && thing->content.length < FILE_MOST) {
        uint8_t *at = NULL;
        ssize_t got;

        status = bytes_reserve(&thing->content, 1 << 16, &at, reterr);
        got = status == STATUS_OK ? read(fd, at, 1 << 16) : 0;
        if (got < 0) {
            status = fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
        }
        if (got <= 0) {
            break;
        }
        bytes_commit(&thing->content, (size_t) got);
    }
    close(fd);
    thing->had = status == STATUS_OK;
    return status;
}

/* The export by the role that may have it. */
static enum status export_take(struct probe_call *call, const struct export *export,
                               struct thing *thing, struct error *reterr)
{
    struct subject subject = *call->subject;
    struct probe_call as = *call;
    DEFER(guest_done) struct guest guest = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    subject.access = &export->access;
    subject.service = export->access.service;
    subject.auth = export->access.auth;
    as.subject = &subject;
    as.port = subject.service->port;
    TRY(guest_new(&as, GUEST_ROLE, NULL, &guest, reterr));
    if (text_equal(guest.scheme, "form")) {
        TRY(guest_login(&guest, reterr));
    }
    guest.withholds = true;
    TRY(guest_ask(&guest, &export->access.read, NULL, false, &answer, reterr));
    if (answer.event != HTTP_ANSWERED) {
        return STATUS_OK;
    }
    thing->status = answer.status;
    thing->cut = answer.body_cut;
    thing->had = answer.status == 200 && answer.body.length > 0;
    return answer.body.length == 0
               ? STATUS_OK
               : bytes_append(&thing->content, answer.body.data, answer.body.length, reterr);
}

static enum status thing_take(struct probe_call *call, struct thing *thing, struct error *reterr)
{
    const struct firmware *firmware = call->subject->firmware;
    const struct export *export = call->subject->export;

    if (firmware != NULL) {
        thing->contains = firmware->contains != NULL ? firmware->contains : firmware->version;
        return firmware->image == NULL
                   ? fail(reterr, STATUS_BAD_INPUT, "no image of '%s' is given", firmware->name)
                   : file_take(firmware->image, thing, reterr);
    }
    thing->contains = export->contains;
    return export->file != NULL ? file_take(export->file, thing, reterr)
                                : export_take(call, export, thing, reterr);
}

static unsigned secret_add(struct veil *veil, json_t *left_out, const char *label, const char *user,
                           const struct secret *secret)
{
    const char *text = secret_reveal(secret);

    if (secret->length == 0) {
        return 0;
    }
    if (secret->length < VEIL_FACT_LEAST || strstr(user, text) != NULL) {
        probe_list_add_text(left_out, label);
        return 0;
    }
    veil_add_as(veil, label, user, text);
    return 1;
}

/* Everything secret that the profile names. */
static unsigned secrets_gather(const struct profile *profile, struct veil *veil, json_t *left_out)
{
    unsigned count = 0;
    char label[160];

    for (size_t i = 0; i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        for (size_t j = 0; j < auth->credential_count; j++) {
            (void) snprintf(label, sizeof label, "%s: credential of role %s", auth->id,
                            auth->credentials[j].role);
            count += secret_add(veil, left_out, label, auth->credentials[j].user,
                                &auth->credentials[j].secret);
        }
    }
    for (size_t i = 0; i < profile->asset_count; i++) {
        (void) snprintf(label, sizeof label, "asset %s: marker", profile->assets[i].id);
        count += secret_add(veil, left_out, label, "", &profile->assets[i].marker);
    }
    return count;
}

static void parts_report(struct probe_call *call, const struct image_report *report)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < report->part_count; i++) {
        const struct image_part *part = &report->parts[i];
        char path[IMAGE_PATH_SIZE];

        text_printable(part->path, strlen(part->path), path, sizeof path);
        probe_list_add(rows, json_pack("{s:s, s:s, s:I, s:I, s:b, s:I}", "path", path, "format",
                                       part->format, "offset", (json_int_t) part->offset, "size",
                                       (json_int_t) part->size, "opened", part->opened, "files",
                                       (json_int_t) part->files));
    }
    probe_fact_json(call, "parts", rows);
    probe_fact_int(call, "opened", report->opened);
    probe_fact_int(call, "files", report->files);
    if (report->leaf_bytes > 0) {
        probe_fact_int(
            call, "opaque_percent",
            (long long) ((report->opaque * 100 + report->leaf_bytes - 1) / report->leaf_bytes));
    }
    if (report->stopped != NULL) {
        probe_fact_text(call, "stopped", report->stopped);
    }
}

static void findings_report(struct probe_call *call, const struct findings *findings,
                            const struct image_report *report)
{
    probe_fact_json(call, "secrets", json_incref(findings->secrets));
    probe_fact_json(call, "private_keys", json_incref(findings->keys));
    probe_fact_json(call, "locked_keys", json_incref(findings->keys_locked));
    probe_fact_json(call, "keys_in_programs", json_incref(findings->keys_in_programs));
    probe_fact_json(call, "hashes", json_incref(findings->hashes));
    probe_fact_json(call, "weak_hashes", json_incref(findings->weak_hashes));
    probe_fact_json(call, "open_doors", json_incref(findings->open_doors));
    probe_fact_json(call, "fixed_passwords", json_incref(findings->fixed));
    probe_fact_int(call, "hashes_untried", findings->guesser->untried);
    if (findings->contains != NULL) {
        probe_fact_bool(call, "control_found",
                        report->opened > 0 ? findings->control_inside : findings->control_outside);
    }
}

static enum status digest_report(struct probe_call *call, const struct thing *thing,
                                 struct error *reterr)
{
    const struct firmware *firmware = call->subject->firmware;
    char digest[SHA256_TEXT_SIZE];

    TRY(sha256_text(thing->content.data, thing->content.length, digest, reterr));
    probe_fact_int(call, "size", (long long) thing->content.length);
    probe_fact_text(call, "sha256", digest);
    if (firmware != NULL && firmware->sha256 != NULL && !thing->cut) {
        probe_fact_bool(call, "as_declared", text_equal(firmware->sha256, digest));
    }
    return STATUS_OK;
}

static enum status thing_search(struct probe_call *call, const struct thing *thing,
                                struct findings *findings, struct error *reterr)
{
    static struct image_report report;
    const struct image_limits limits = { .deadline_ms = call->deadline_ms - REPORT_MS };
    const char *name = call->subject->firmware != NULL ? "image" : "export";

    findings->contains = thing->contains;
    TRY(digest_report(call, thing, reterr));
    TRY(image_walk(name, thing->content.data, thing->content.length, &limits, findings_search,
                   findings, &report, reterr));
    parts_report(call, &report);
    findings_report(call, findings, &report);
    probe_fact_bool(call, "complete", !thing->cut && report.stopped == NULL && !findings->cut);
    return STATUS_OK;
}

static void veil_done(struct veil **veil)
{
    veil_free(*veil);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(thing_done) struct thing thing = { .content = bytes_bounded(FILE_MOST + (1 << 17)) };
    DEFER(guesser_done) struct guesser guesser = { 0 };
    DEFER(veil_done) struct veil *veil = veil_new();
    DEFER(findings_done) struct findings findings = { 0 };
    json_t *left_out = json_array();
    enum status status;

    findings_start(&findings);
    findings.veil = veil;
    findings.guesser = &guesser;
    probe_fact_int(call, "secrets_searched",
                   secrets_gather(call->subject->profile, veil, left_out));
    probe_fact_json(call, "left_out", left_out);
    status = guesser_start(&guesser, arena, call->deadline_ms - REPORT_MS, reterr);
    if (status == STATUS_OK) {
        status = thing_take(call, &thing, reterr);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (thing.status != 0) {
        probe_fact_int(call, "status", thing.status);
    }
    return thing.had ? thing_search(call, &thing, &findings, reterr) : STATUS_OK;
}

static const struct param params[] = {
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact part_columns[] = {
    { .name = "path", .type = FACT_TEXT, .help = "In what it stands; '!' before what came out." },
    { .name = "format", .type = FACT_TEXT, .help = "squashfs, ext, gzip, tar, ..." },
    { .name = "offset", .type = FACT_INT, .help = "Its first octet in that." },
    { .name = "size", .type = FACT_INT, .help = "Octets, as far as is known." },
    { .name = "opened", .type = FACT_BOOL, .help = "Whether it could be taken apart." },
    { .name = "files", .type = FACT_INT, .help = "How many files came out." },
    FACT_END,
};

static const struct fact secret_columns[] = {
    { .name = "secret", .type = FACT_TEXT, .help = "Which one, by what it is; never its value." },
    { .name = "form",
      .type = FACT_TEXT,
      .help = "How it is written: as it is, base64, hexadecimal, UTF-16 ..." },
    { .name = "path", .type = FACT_TEXT, .help = "In which file." },
    FACT_END,
};

#define LEAK_COLUMNS                                                                               \
    { .name = "what", .type = FACT_TEXT, .help = "What it is." },                                  \
        { .name = "user", .type = FACT_TEXT, .help = "Whose, where it says so." },                 \
        { .name = "path", .type = FACT_TEXT, .help = "In which file." },                           \
        { .name = "offset", .type = FACT_INT, .help = "Its first octet in that." },                \
    {                                                                                              \
        .name = "quote", .type = FACT_TEXT,                                                        \
        .help = "The line up to it, *** for the secret; empty for keys."                           \
    }

static const struct fact leak_columns[] = { LEAK_COLUMNS, FACT_END };
static const struct fact weak_columns[] = {
    LEAK_COLUMNS,
    { .name = "of", .type = FACT_TEXT, .help = "Which guess it is the hash of." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "status",
      .type = FACT_INT,
      .help = "HTTP status of the request for the export; left out for files." },
    { .name = "size",
      .type = FACT_INT,
      .help = "Octets; left out when there was nothing to read." },
    { .name = "sha256", .type = FACT_TEXT, .help = "SHA-256 of what was searched." },
    { .name = "as_declared",
      .type = FACT_BOOL,
      .help = "The digest is the declared one; left out when none is declared." },
    { .name = "control_found",
      .type = FACT_BOOL,
      .help = "The declared text was found, in what was unpacked where anything was; left out when "
              "none is declared." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help =
          "All of it was searched: nothing was cut, no ceiling was met, every finding is told." },
    { .name = "stopped", .type = FACT_TEXT, .help = "Which ceiling ended the unpacking." },
    { .name = "opened", .type = FACT_INT, .help = "Containers that were taken apart." },
    { .name = "files", .type = FACT_INT, .help = "Files that came out of them." },
    { .name = "parts",
      .type = FACT_ROWS,
      .help = "Containers that were met, the first 64.",
      .columns = part_columns },
    { .name = "opaque_percent",
      .type = FACT_INT,
      .help = "Share of what was left to read that looks encrypted, or compressed in a way that "
              "was not undone; rounded up." },
    { .name = "secrets_searched",
      .type = FACT_INT,
      .help = "Declared credentials and markers that were looked for." },
    { .name = "left_out",
      .type = FACT_TEXTS,
      .help = "Those that would be found by chance: of fewer than six characters, or part of their "
              "own user's name." },
    { .name = "secrets",
      .type = FACT_ROWS,
      .help = "Declared credentials and markers that were found.",
      .columns = secret_columns },
    { .name = "private_keys",
      .type = FACT_ROWS,
      .help = "Private keys that open without a passphrase, but for keys_in_programs.",
      .columns = leak_columns },
    { .name = "keys_in_programs",
      .type = FACT_ROWS,
      .help = "Private keys inside ELF programs and under /share/doc and the like: "
              "libraries carry the keys of their own tests there.",
      .columns = leak_columns },
    { .name = "locked_keys",
      .type = FACT_ROWS,
      .help = "Private keys behind a passphrase.",
      .columns = leak_columns },
    { .name = "weak_hashes",
      .type = FACT_ROWS,
      .help = "Hashes of a common password, of the user's name or of the empty password.",
      .columns = weak_columns },
    { .name = "hashes",
      .type = FACT_ROWS,
      .help = "Other password hashes.",
      .columns = leak_columns },
    { .name = "hashes_untried",
      .type = FACT_INT,
      .help = "Hashes for which not every guess was made: crypt(3) does not know their kind, or "
              "time ran out." },
    { .name = "open_doors",
      .type = FACT_ROWS,
      .help = "Accounts without a password, and services that start a shell for whoever connects.",
      .columns = leak_columns },
    { .name = "fixed_passwords",
      .type = FACT_ROWS,
      .help = "What looks like a fixed password or token in a setting.",
      .columns = leak_columns },
    FACT_END,
};

const struct probe probe_stored_secrets = {
    .decl = {
        .name = "stored_secrets",
        .summary = { .ja = "ファームウェアや書き出したファイルを展開し、秘密情報や鍵を探す",
                     .en = "Takes firmware and exports apart and looks for secrets and keys" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_IMAGE,
        .deadline_ms = 300000,
    },
    .run = run,
};
