/* paper.h - a document of the profile, as it was collected for this run: its bytes, and what the
 * log says of where they are from and when.
 *
 * A run collects each document once, before its checks (engine/papers.h), so that every check
 * reads the same bytes that the bundle keeps.  By hand a probe collects for itself. */
#pragma once

#include "base/bytes.h"
#include "probe/probe.h"

enum { PAPER_SIZE_MAX = 32 << 20, PAPER_PATIENCE_MS = 20000 };

struct paper {
    const char *id;     /* of the document */
    const char *path;   /* of the kept copy; NULL: nothing was got */
    const json_t *said; /* data of the log's event "document" */
};

struct papers {
    const struct paper *all;
    size_t count;
};

/* What a document is.  Filled whatever is returned, and wants paper_taken_done.
 *
 * said, also the data of the event "document": {"document", "from": "file" | "url" | "none",
 * "collected" (RFC 3339), "size", "sha256", and where they apply "url", "reached" (a server
 * answered), "status", "redirects", "https", "final_url", "content_type", "fault" (in words)}; with
 * "failed" it was we who could not. */
struct paper_taken {
    struct bytes content; /* empty when nothing was got */
    json_t *said;
};

void paper_taken_done(struct paper_taken *taken);

/* From its URL, or else from its file.  That there is neither is in said. */
enum status paper_collect(const struct document *document, int64_t deadline_ms,
                          struct paper_taken *ret_taken, struct error *reterr) MUST_CHECK;

/* As the run has collected it; by hand, now.  IO when the kept copy is not the one that the log
 * speaks of. */
enum status paper_take(const struct probe_call *call, const struct document *document,
                       struct paper_taken *ret_taken, struct error *reterr) MUST_CHECK;

/* ".pdf", ".html", ...: by the content, by the name, or by what a server said of it (NULL:
 * nothing); ".bin" when none tells. */
const char *paper_suffix(const struct bytes *content, const char *name, const char *type);
