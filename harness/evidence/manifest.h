/* manifest.h - META-INF/manifest.json: what a bundle is about and what is in it.
 *
 * All texts and arrays of a manifest that was read live in the arena it was read into;
 * a manifest to be written points at whatever the caller keeps.  Codes "manifest.*". */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "evidence/container_read.h"
#include "evidence/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MANIFEST_VERSION = 1, MANIFEST_ENTRIES_MAX = 20000 };

/* Must-understand features. */
#define MANIFEST_REQUIRES_WITHHOLD "withhold/1"
#define MANIFEST_REQUIRES_MERKLE "merkle/1"

/* Classes with rules; any other word [a-z][a-z0-9-]* is allowed. */
#define MANIFEST_CLASS_RESULT "result"
#define MANIFEST_CLASS_SECRET "secret"

enum manifest_disclosure { MANIFEST_REQUIRED, MANIFEST_WITHHOLDABLE };

/* required: sha256 only.  withholdable: commit, and sha256 as well if the class is not
 * "secret".  id is 'e' and four or five digits. */
struct manifest_entry {
    const char *id;
    const char *path;
    uint64_t size;
    const char *class;
    enum manifest_disclosure disclosure;
    bool has_sha256;
    bool has_commit;
    struct digest sha256;
    struct digest commit;
};

struct manifest_firmware {
    const char *name;
    const char *version;
    struct digest sha256;
};

enum manifest_anchor { MANIFEST_ANCHOR_NONE, MANIFEST_ANCHOR_TSA, MANIFEST_ANCHOR_NONCE };

struct manifest_suite {
    const char *id;
    const char *version;
    struct digest sha256;
};

struct manifest_harness {
    const char *name;
    const char *version;
    struct digest sha256;
};

/* has_sha256 exactly when anchor is not NONE. */
struct manifest_opened {
    const char *time;
    enum manifest_anchor anchor;
    bool has_sha256;
    struct digest sha256;
};

struct manifest_run {
    const char *id;
    struct manifest_suite suite;
    struct manifest_harness harness;
    struct manifest_opened opened;
};

struct manifest_dut {
    const char *vendor_name;
    const char *vendor_number; /* corporate number, 13 digits; NULL when not given */
    const char *model;
    const char *hw; /* NULL when not given */
    const struct manifest_firmware *firmware;
    size_t firmware_count;
    bool has_unit;
    struct digest unit_commit;
};

struct manifest_log {
    const char *path;
    uint64_t count;
    struct digest root;
    struct digest head;
};

struct manifest {
    const char *const *requires;
    size_t requires_count;
    const char *bundle_id; /* UUID, lower case */
    const char *created;
    struct manifest_run run;
    struct manifest_dut dut;
    struct manifest_log log;
    const struct manifest_entry *entries;
    size_t entry_count;
};

/* Things worth telling that are no fault; text is borrowed for the call. */
typedef void (*manifest_note)(void *context, const char *code, const char *text);

/* Strict.  An item of `requires` that this build does not know is STATUS_UNSUPPORTED;
 * unknown members are noted ("manifest.unknown_member") and ignored.  note may be NULL. */
enum status manifest_read(const void *data, size_t length, struct arena *arena, manifest_note note,
                          void *context, const struct manifest **ret_manifest,
                          struct error *reterr) MUST_CHECK;

/* Appends the canonical bytes; whatever manifest_read would refuse is refused here. */
enum status manifest_write(const struct manifest *manifest, struct bytes *out,
                           struct error *reterr) MUST_CHECK;

const struct manifest_entry *manifest_find_path(const struct manifest *manifest, const char *path);
const struct manifest_entry *manifest_find_id(const struct manifest *manifest, const char *id);

/* How an entry stands in a container. */
enum manifest_presence { MANIFEST_PRESENT, MANIFEST_WITHHELD };

/* Called for each entry in the manifest's order; index counts from 0. */
typedef void (*manifest_seen)(void *context, size_t index, const struct manifest_entry *entry,
                              enum manifest_presence presence);

/* Sees the content of each present entry while it is matched; what it saw is only believed when
 * the match is STATUS_OK.  begin may be followed by bytes any number of times, then by end. */
struct manifest_watch {
    void (*begin)(void *context, const struct manifest_entry *entry);
    void (*bytes)(void *context, const void *data, size_t length);
    void (*end)(void *context);
    void *context;
};

/* Streams the whole container against the manifest: each file is listed or has a name
 * that META-INF/att|val|arc|disc allow, each required entry is there, each size, digest
 * and commitment matches, a salt lies there exactly when its content does.  Notes
 * "manifest.equal_commitments".  seen and note may be NULL.  That the manifest was read
 * from this container's own META-INF/manifest.json is the caller's to see to. */
enum status manifest_match(const struct manifest *manifest, const struct container_reader *reader,
                           manifest_seen seen, manifest_note note, void *context,
                           struct error *reterr) MUST_CHECK;

/* The same with somebody who watches. */
enum status manifest_match_watched(const struct manifest *manifest,
                                   const struct container_reader *reader, manifest_seen seen,
                                   manifest_note note, void *context,
                                   const struct manifest_watch *watch,
                                   struct error *reterr) MUST_CHECK;

/* True for META-INF/att/NN-word.sigstore.json, META-INF/val/<sha256>.{crt,crl,ocsp},
 * META-INF/arc/NNNN.{json,tsr} and META-INF/disc/<id>.json. */
bool manifest_is_unlisted_name(const char *name);
