/* statement_private.h - what the statement*.c files share: reading members, strictly. */
#pragma once

#include "evidence/json_make.h"
#include "evidence/statement.h"

/* Reads a predicate that is an object into the union's member for its kind. */
typedef enum status statement_reader(const json_t *predicate, struct arena *arena,
                                     struct statement *statement, struct error *reterr);

statement_reader statement_evaluation_read;
statement_reader statement_svr_read;
statement_reader statement_waiver_read;
statement_reader statement_attestation_read;
statement_reader statement_registration_read;
statement_reader statement_judgement_read;

/* BAD_INPUT "statement.form: <what> ...". */
enum status statement_malformed(struct error *reterr, const char *what) MUST_CHECK;

enum status statement_text(const json_t *object, const char *name, const char **ret_text,
                           struct error *reterr) MUST_CHECK;
enum status statement_time(const json_t *object, const char *name, const char **ret_text,
                           struct error *reterr) MUST_CHECK;

/* A text with something in it besides blanks, at most STATEMENT_TEXT_MAX bytes. */
enum status statement_words(const json_t *object, const char *name, const char **ret_text,
                            struct error *reterr) MUST_CHECK;

/* Not there: NULL.  There and of the wrong form: BAD_INPUT. */
enum status statement_optional(const json_t *object, const char *name, const char **ret_text,
                               struct error *reterr) MUST_CHECK;

/* {"sha256":"<hex>"} and nothing else. */
enum status statement_digest_read(const json_t *set, struct digest *ret_digest,
                                  struct error *reterr) MUST_CHECK;

/* [{"name","digest"}...], at least one. */
enum status statement_named(const json_t *list, size_t maximum, struct arena *arena,
                            const struct statement_digest **ret_named, size_t *ret_count,
                            struct error *reterr) MUST_CHECK;

/* {"name","corporateNumber"?}; the number has 13 digits. */
enum status statement_party(const json_t *party, const char **ret_name, const char **ret_number,
                            struct error *reterr) MUST_CHECK;

/* A list of different entry ids, at least one. */
enum status statement_entry_ids(const json_t *list, struct error *reterr) MUST_CHECK;

/* {"notBefore"?,"notAfter"}, both in order with issued_at. */
enum status statement_validity(const json_t *validity, const char *issued_at,
                               const char **ret_not_before, const char **ret_not_after,
                               struct error *reterr) MUST_CHECK;

enum status statement_overall(const json_t *object, enum overall *ret_overall,
                              struct error *reterr) MUST_CHECK;

/* ---- writing ---- */

json_t *statement_named_json(const char *name, const struct digest *digest);
json_t *statement_subjects_json(const struct manifest *manifest, const struct digest *manifest_sha);

/* Takes subjects and predicate over. */
enum status statement_put(enum statement_kind kind, json_t *subjects, json_t *predicate,
                          struct bytes *out, struct error *reterr) MUST_CHECK;

/* The same about a bundle, and reads back what was written: a statement that its readers would
 * refuse must not be signed. */
enum status statement_put_checked(const struct statement_about *about, enum statement_kind kind,
                                  json_t *predicate, struct bytes *out,
                                  struct error *reterr) MUST_CHECK;
