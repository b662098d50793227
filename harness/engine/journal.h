/* journal.h - the folder of a run that is under way: <out>.partial/ with the chained
 * event log and the transcripts.  Whatever was observed is on disk before the next
 * thing is done, so an end at any moment loses nothing that was known.
 *
 *   events.jsonl        every event, flushed line by line (evidence/evlog.h)
 *   wire/NNNN-*.jsonl   one transcript per attempt, its digest in the log
 *   docs/ID.SUFFIX      the documents of the profile that checks read, their digests in the log
 *   attempts            wrong log-ins as they are made (tally.h)
 *   sealed.hoshi*       the bundle, until it verifies and gets its name; .hoshi-* while it is made
 */
#pragma once

#include "evidence/evlog.h"
#include "model/plan.h"

#define JOURNAL_LOG "events.jsonl"
#define JOURNAL_TALLY "attempts"
#define JOURNAL_DOCUMENTS "docs"

struct journal;

/* A new folder, under the name <folder>.new until journal_settle: what has the final name also
 * has a beginning.  A <folder>.new that a killed run left is used again.  BAD_INPUT: folder is
 * there already, or somebody else is making it. */
enum status journal_create(const char *folder, struct journal **ret_journal,
                           struct error *reterr) MUST_CHECK;
enum status journal_settle(struct journal *journal, struct error *reterr) MUST_CHECK;

/* Opens an interrupted run's folder again; visit sees each event in order.  Waits while the
 * processes of the interrupted run still bring the device back.  BAD_INPUT: a run is at work in
 * it, or it holds none. */
enum status journal_reopen(const char *folder, evlog_visit visit, void *context,
                           struct journal **ret_journal, uint64_t *ret_torn,
                           struct error *reterr) MUST_CHECK;

/* Waits as journal_reopen does, and opens nothing. */
enum status journal_wait(const char *folder, struct error *reterr) MUST_CHECK;

/* Reads the log without a lock and changes nothing.  *ret_summary (may be NULL) and *ret_torn
 * (likewise) speak of the lines before the first that is not good, whatever is returned. */
enum status journal_visit(const char *folder, evlog_visit visit, void *context,
                          struct evlog_summary *ret_summary, uint64_t *ret_torn,
                          struct error *reterr) MUST_CHECK;
void journal_done(struct journal **journal); /* closes; the folder stays */

/* The descriptor whose lock (flock(2)) says that this folder is in use; whoever holds a copy
 * of it holds the lock.  The journal's own. */
int journal_lock_fd(const struct journal *journal);

const char *journal_folder(const struct journal *journal);
enum status journal_path(const struct journal *journal, const char *name, char *room, size_t size,
                         struct error *reterr) MUST_CHECK;

/* Takes over the reference of data. */
enum status journal_say(struct journal *journal, const char *kind, const char *check, json_t *data,
                        struct error *reterr) MUST_CHECK;

/* Writes a transcript as JSON lines and says so in the log; returns what was said
 * (new reference): {"path","sha256","size","attempt",...}. */
enum status journal_keep_transcript(struct journal *journal, const char *check, size_t place,
                                    unsigned attempt, const json_t *transcript, json_t **ret_said,
                                    struct error *reterr) MUST_CHECK;

/* Writes a document's copy under a name docs/...; what a killed run left there is replaced. */
enum status journal_keep_document(struct journal *journal, const char *name,
                                  const struct bytes *content, char ret_hex[DIGEST_HEX_SIZE],
                                  struct error *reterr) MUST_CHECK;

enum status journal_summary(const struct journal *journal, struct evlog_summary *ret_summary,
                            struct error *reterr) MUST_CHECK;

/* Where the bundle is made; what an earlier sealing left there is removed. */
enum status journal_sealed_path(const struct journal *journal, char *room, size_t size,
                                struct error *reterr) MUST_CHECK;

/* After the bundle is sealed: removes what a run put into the folder, the log last, so that what a
 * kill leaves of it can still say which run it was, and then the folder if nothing else is in it.
 */
enum status journal_remove(struct journal **journal, struct error *reterr) MUST_CHECK;
