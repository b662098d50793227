/* journal.h - the folder of a run that is under way: <out>.partial/ with the chained
 * event log and the transcripts.  Whatever was observed is on disk before the next
 * thing is done, so an end at any moment loses nothing that was known.
 *
 *   events.jsonl        every event, flushed line by line (evidence/evlog.h)
 *   wire/NNNN-*.jsonl   one transcript per attempt, its digest in the log */
#pragma once

#include "evidence/evlog.h"
#include "model/plan.h"

struct journal;

enum status journal_create(const char *folder, struct journal **ret_journal,
                           struct error *reterr) MUST_CHECK;

/* Opens an interrupted run's folder again; visit sees each event in order.  Waits while the
 * processes of the interrupted run still bring the device back. */
enum status journal_reopen(const char *folder, evlog_visit visit, void *context,
                           struct journal **ret_journal, uint64_t *ret_torn,
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

enum status journal_summary(const struct journal *journal, struct evlog_summary *ret_summary,
                            struct error *reterr) MUST_CHECK;

/* After the bundle is sealed: removes the folder and what this module put in it. */
enum status journal_remove(struct journal **journal, struct error *reterr) MUST_CHECK;
