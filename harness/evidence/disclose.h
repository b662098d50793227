/* disclose.h - a package that shows withheld entries to one reader.
 *
 * Made from a full bundle, judged against a redacted one: it holds content and salts, and names
 * the manifest that committed to them.  The file is the line "hoshi-disclosure/1", one line of
 * JSON, then the contents one after the other and nothing else:
 *
 *   {"bundleId":"...","entries":[{"id","path","salt","size"}...],"manifest":"<SHA-256>"}
 *
 * Codes "disclose.*" and "promise.*"; BAD_INPUT and LIMIT speak of the package. */
#pragma once

#include "evidence/outbox.h"
#include "evidence/select.h"
#include "evidence/withhold.h"

#define DISCLOSURE_MAGIC "hoshi-disclosure/1\n"

enum { DISCLOSURE_HEAD_MAX = 16 << 20 };

struct disclosure_entry {
    const char *id;
    const char *path;
    uint64_t size;
    struct withhold_salt salt;
};

/* All in the arena it was read into. */
struct disclosure {
    const char *bundle_id;
    struct digest manifest;
    const struct disclosure_entry *entries;
    size_t count;
};

/* Writes a new file, mode 0600, of the selected entries; it gets its name when it has been checked
 * against the bundle it came from. */
enum status disclosure_write(const struct verified_bundle *bundle,
                             const struct selection *selection, const char *out_path,
                             struct error *reterr) MUST_CHECK;

/* The line of JSON, with or without its line end. */
enum status disclosure_read(const void *data, size_t length, struct arena *arena,
                            const struct disclosure **ret_disclosure,
                            struct error *reterr) MUST_CHECK;

/* Every entry must be one that this very manifest commits to, with just that content.  outbox:
 * NULL, or where the contents go; not committed here. */
enum status disclosure_check(const struct verified_bundle *bundle, const char *path,
                             struct outbox *outbox, struct arena *arena,
                             const struct disclosure **ret_disclosure,
                             struct error *reterr) MUST_CHECK;
