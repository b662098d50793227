/* trust_private.h - what the trust*.c files share and nobody else uses. */
#pragma once

#include "base/bytes.h"
#include "evidence/trust.h"

/* The envelope opened and the payload's form read, no signature looked at. */
struct trust_envelope {
    struct bytes payload;
    json_t *signatures; /* inside root */
    json_t *root;
};

enum status trust_envelope_read(const void *data, size_t length,
                                struct trust_envelope *ret_envelope,
                                struct error *reterr) MUST_CHECK;
/* The same, but nobody need have signed. */
enum status trust_envelope_open(const void *data, size_t length,
                                struct trust_envelope *ret_envelope,
                                struct error *reterr) MUST_CHECK;
/* One signature more, over the payload's bytes as they are. */
enum status trust_envelope_sign(const struct trust_envelope *envelope, const struct key *key,
                                struct error *reterr) MUST_CHECK;
void trust_envelope_done(struct trust_envelope *envelope); /* for DEFER */

/* How many distinct roots have a good signature in the envelope.  A bad signature in the name of
 * one of them is BAD_INPUT. */
enum status trust_envelope_signers(const struct trust_envelope *envelope,
                                   const struct public_key *roots, size_t count,
                                   size_t *ret_signers, struct error *reterr) MUST_CHECK;

/* Compares with the state file and brings it up to date. */
enum status trust_state_check(const char *path, const struct trust_envelope *envelope,
                              struct trust *trust, struct error *reterr) MUST_CHECK;

/* The small forms; "trust.form" when missing or wrong. */
struct trust_organisation {
    const char *name;
    const char *corporate_number; /* NULL when not given */
};

struct trust_revocation {
    bool revoked;
    bool compromised;
    int64_t at;
};

enum status trust_malformed(struct error *reterr, const char *what) MUST_CHECK;
enum status trust_need_text(const json_t *object, const char *name, struct arena *arena,
                            const char **ret_text, struct error *reterr) MUST_CHECK;
enum status trust_need_time(const json_t *object, const char *name, int64_t *ret_ms,
                            struct error *reterr) MUST_CHECK;
enum status trust_need_bytes(const json_t *object, const char *name, struct bytes *out,
                             struct error *reterr) MUST_CHECK;
const uint8_t *trust_keep(struct arena *arena, const struct bytes *bytes); /* a copy in the arena */
/* Absent is an empty list. */
enum status trust_need_list(const json_t *object, const char *name, size_t maximum,
                            const json_t **ret_list, struct error *reterr) MUST_CHECK;
/* Absent is false. */
enum status trust_read_flag(const json_t *object, const char *name, bool *ret_flag,
                            struct error *reterr) MUST_CHECK;
/* Absent is 1; from 1 to maximum. */
enum status trust_read_count(const json_t *object, const char *name, uint32_t maximum,
                             uint32_t *ret_count, struct error *reterr) MUST_CHECK;
enum status trust_organisation_read(const json_t *item, struct arena *arena,
                                    struct trust_organisation *ret_organisation,
                                    struct error *reterr) MUST_CHECK;
enum status trust_revocation_read(const json_t *item, struct trust_revocation *ret_revocation,
                                  struct error *reterr) MUST_CHECK;

/* What a person sees at a glance: two names that look alike give the same. */
const char *trust_name_looks(const char *name, struct arena *arena);

/* trust_keys.c and trust_rules.c: parts of the payload. */
enum status trust_keys_read(const json_t *payload, struct arena *arena, struct trust *trust,
                            struct error *reterr) MUST_CHECK;
enum status trust_rules_read(const json_t *payload, struct arena *arena, struct trust *trust,
                             struct error *reterr) MUST_CHECK;

/* trust_unknown.c: sets unknown and unknown_count. */
void trust_unknown_find(const json_t *payload, struct arena *arena, struct trust *trust);

/* keyid is set for a key of any kind, spki of a P-256 one alone. */
enum status trust_spki_open(const struct bytes *der, struct public_key *ret_key,
                            enum trust_key_kind *ret_kind, struct error *reterr) MUST_CHECK;

/* The "spki" of a P-256 key; UNSUPPORTED, with its keyid set, for another kind. */
enum status trust_spki_read(const json_t *holder, struct public_key *ret_key,
                            struct error *reterr) MUST_CHECK;
json_t *trust_spki_text(const struct public_key *key);
