/* verify.h - judges a bundle: is it authentic and complete, and is it acceptable to you?
 *
 * Nothing is OK by default: the answer is OK only if every check that must be made was made and
 * came out good.  The same file, options and time give the same report, byte for byte. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/text.h"
#include "evidence/container_read.h"
#include "evidence/key_public.h"
#include "evidence/manifest.h"
#include "evidence/trust.h"
#include "evidence/verify_report.h"
#include "model/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum verify_exit {
    VERIFY_OK = 0,
    VERIFY_FAIL = 1,        /* tampered with or malformed */
    VERIFY_POLICY = 2,      /* not acceptable to you, or of a signer you do not know */
    VERIFY_UNSUPPORTED = 3, /* needs what this build does not have */
    VERIFY_IO = 4           /* the question could not be asked; no report */
};

/* Who is believed: a trust store, or one pinned key in the role of vendor, or nobody (then the
 * best answer is POLICY).  Both at once is a usage error. */
struct verify_options {
    const char *trust_path;
    const char *trust_state_path;        /* NULL: no protection against rollback */
    const char *trust_root;              /* keyid learnt on paper; NULL: not compared */
    const struct public_key *signer;     /* NULL: none pinned */
    int64_t at_ms;                       /* the time to judge at, milliseconds since 1970 */
    const char *expect_model;            /* NULL: any */
    const char *expect_firmware;         /* SHA-256 of one of the images, lower-case hex */
    const char *expect_firmware_version; /* of one of the images, letter by letter */
    const char *expect_qr;               /* the text of a label's code, see verified_qr */
    bool require_conformant;             /* also a policy of the trust store */
    const char *const *superseded_by;    /* files of newer evaluations that the reader holds */
    size_t superseded_by_count;
    bool unknown_signer_allowed; /* hand out a bundle whose signatures nobody vouched for */
    const struct container_limits *limits; /* NULL: the defaults */
};

/* A statement whose signature was checked with a key the reader believes in. */
struct verified_signer {
    const char *file;
    const char *statement; /* "run", "test-result", "evaluation", "waiver" ... */
    const char *keyid;
    const char *role;
    const char *name;         /* "" when a key was pinned: it comes without one */
    const char *organisation; /* "" likewise */
    const char *method;       /* of an evaluation, else "" */
    const char *time;         /* it existed by then, says an authority you trust; else "" */
};

/* What may be shown and counted.  Borrows the arena; release with verified_done before it. */
struct verified_bundle {
    enum verify_exit exit; /* OK or POLICY; a label asks for OK */
    bool authentic;        /* the vendor's signatures are good under a key the reader believes in */
    const struct manifest *manifest;
    char manifest_sha256[DIGEST_HEX_SIZE];
    const json_t *result; /* run/result.json */
    enum overall overall; /* computed from its checks */
    const struct verified_signer *signers;
    size_t signer_count;
    const char *const *withheld; /* paths */
    size_t withheld_count;
    struct verification *verification; /* verify.c's alone */
};

/* *ret_report (a new reference) is set unless the answer is VERIFY_IO.  *ret_bundle is set for OK,
 * and for POLICY if authentic or unknown_signer_allowed; else NULL.  ret_bundle may be NULL. */
enum verify_exit bundle_verify(const char *path, const struct verify_options *options,
                               struct arena *arena, struct verified_bundle **ret_bundle,
                               json_t **ret_report, struct error *reterr) MUST_CHECK;

void verified_done(struct verified_bundle **bundle); /* for DEFER; NULL inside is allowed */

/* Appends an entry's content, checked again against the manifest's digest. */
enum status verified_entry(const struct verified_bundle *bundle, const char *path,
                           struct bytes *out, struct error *reterr) MUST_CHECK;

/* The file itself, whose content matched the manifest; lives as long as the bundle. */
const struct container_reader *verified_reader(const struct verified_bundle *bundle);

/* "hoshitori:1:<bundle id>:<manifest SHA-256>": what a label's QR code says of its bundle. */
const char *verified_qr(const struct verified_bundle *bundle, struct arena *arena);

/* One page for people from a report; appends UTF-8 text. */
enum status verify_page(const json_t *report, enum language language, struct bytes *out,
                        struct error *reterr) MUST_CHECK;
