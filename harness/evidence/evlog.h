/* evlog.h - the event log: one line of JSON an event, chained, written as it happens.
 *
 * {"check":null,"data":{},"kind":"run.start","mono":0,"prev":"00..","seq":1,"t":"...Z"}
 *
 * seq counts from 1; t is wall time; mono is a monotonic clock in milliseconds; prev is
 * the SHA-256 of the line before, without its LF, and 64 zeros on the first line.
 * `head` is that digest of the last line: what the next prev would be.  `root` is the
 * RFC 6962 Merkle tree hash over the lines without their LF.
 *
 * Codes "log.*". */
#pragma once

#include "base/bytes.h"
#include "evidence/digest.h"
#include "evidence/merkle.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { EVLOG_LINE_MAX = 1 << 20, EVLOG_KIND_MAX = 64, EVLOG_CHECK_MAX = 200 };

struct evlog_summary {
    uint64_t count;
    struct digest head; /* zeros while empty */
    struct digest root;
    uint64_t backwards;       /* events whose t or mono is before their predecessor's */
    uint64_t first_backwards; /* its seq, 0 when none */
    uint64_t unknown_members; /* members this version does not know; ignored */
};

/* Where time comes from; milliseconds. */
struct evlog_clock {
    void (*now)(void *context, int64_t *ret_wall_ms, int64_t *ret_monotonic_ms);
    void *context;
};

/* ---- writing ---- */

struct evlog;

/* A new file, mode 0600; one that exists is an error. */
enum status evlog_create(const char *path, struct evlog **ret_log, struct error *reterr) MUST_CHECK;

/* Goes on with a log that was cut short: verifies the chain, drops a last line that was
 * torn (no LF), saying so by its length in *ret_torn (may be NULL; 0 when none).  A log
 * broken anywhere else is refused. */
enum status evlog_reopen(const char *path, struct evlog **ret_log, uint64_t *ret_torn,
                         struct error *reterr) MUST_CHECK;

/* base/clock.h unless set. */
void evlog_clock_set(struct evlog *log, const struct evlog_clock *clock);

/* One write(2) of one line.  check may be NULL; data is an object, or NULL for {}, and
 * stays the caller's.  kind: [a-z0-9._-], check: [A-Za-z0-9._:/@-].  After a failed write
 * every further call fails: the file's end is then unknown. */
enum status evlog_append(struct evlog *log, const char *kind, const char *check, const json_t *data,
                         struct error *reterr) MUST_CHECK;

/* How many appended lines may wait for the disk before evlog_append syncs by itself;
 * 1 (the default) syncs each line. */
void evlog_sync_every_set(struct evlog *log, unsigned lines);
enum status evlog_sync(struct evlog *log, struct error *reterr) MUST_CHECK;

enum status evlog_summary(const struct evlog *log, struct evlog_summary *ret_summary,
                          struct error *reterr) MUST_CHECK;

/* Syncs and closes. */
enum status evlog_close(struct evlog **log, struct error *reterr) MUST_CHECK;
void evlog_done(struct evlog **log); /* for DEFER; closes without a word */

/* ---- reading ---- */

/* Borrowed for the length of the call. */
struct evlog_event {
    uint64_t seq;
    const char *time;
    int64_t wall_ms;
    int64_t monotonic_ms;
    const char *kind;
    const char *check; /* NULL when the event belongs to no check */
    const json_t *data;
};

typedef enum status (*evlog_visit)(void *context, const struct evlog_event *event,
                                   struct error *reterr);

struct evlog_verifier;

/* Fed in pieces of any size; visit (may be NULL) sees each event once its line and its
 * link are proven good.  What the log as a whole says is known only at the close. */
struct evlog_verifier *evlog_verify_new(evlog_visit visit, void *context);
enum status evlog_verify_feed(struct evlog_verifier *verifier, const void *data, size_t length,
                              struct error *reterr) MUST_CHECK;
enum status evlog_verify_close(struct evlog_verifier *verifier, struct evlog_summary *ret_summary,
                               struct error *reterr) MUST_CHECK;
void evlog_verify_done(struct evlog_verifier **verifier); /* for DEFER */

enum status evlog_verify(const void *data, size_t length, evlog_visit visit, void *context,
                         struct evlog_summary *ret_summary, struct error *reterr) MUST_CHECK;
