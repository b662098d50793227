/* What else a store says: digests it trusts, timestamp authorities, policy. */
#include "base/text.h"
#include "evidence/trust_private.h"

static enum status read_digests(const json_t *payload, const char *name, struct arena *arena,
                                const struct digest **ret_list, size_t *ret_count,
                                struct error *reterr)
{
    const json_t *list = NULL;
    struct digest *digests;
    size_t count;

    TRY(trust_need_list(payload, name, TRUST_DIGESTS_MAX, &list, reterr));
    count = json_array_size(list);
    digests = arena_array(arena, count + 1, sizeof *digests);
    for (size_t i = 0; i < count; i++) {
        const char *hex = json_string_value(json_array_get(list, i));

        if (hex == NULL || !digest_from_hex(hex, &digests[i])) {
            return trust_malformed(reterr, name);
        }
    }
    *ret_list = list == NULL ? NULL : digests;
    *ret_count = count;
    return STATUS_OK;
}

static enum status read_waivers(const json_t *policy, struct trust_policy *ret_policy,
                                struct error *reterr)
{
    const json_t *list = NULL;

    TRY(trust_need_list(policy, "acceptWaiversOf", TRUST_ROLE_COUNT, &list, reterr));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        enum trust_role role;

        if (word == NULL || !trust_role_from_word(word, &role)) {
            return trust_malformed(reterr, "acceptWaiversOf");
        }
        ret_policy->accept_waivers_of[role] = true;
    }
    return STATUS_OK;
}

static enum status read_policy(const json_t *payload, struct trust *trust, struct error *reterr)
{
    const json_t *policy = json_object_get(payload, "policy");

    if (!json_is_object(policy)) {
        return trust_malformed(reterr, "policy");
    }
    TRY(trust_read_flag(policy, "requireEvaluator", &trust->policy.require_evaluator, reterr));
    TRY(trust_read_flag(policy, "requireTimestamp", &trust->policy.require_timestamp, reterr));
    TRY(trust_read_flag(policy, "requireAllExamined", &trust->policy.require_all_examined, reterr));
    TRY(trust_read_flag(policy, "requireConformant", &trust->policy.require_conformant, reterr));
    trust->policy.pq_required = json_object_get(policy, "pqRequiredFrom") != NULL;
    if (trust->policy.pq_required) {
        TRY(trust_need_time(policy, "pqRequiredFrom", &trust->policy.pq_required_from, reterr));
    }
    TRY(read_waivers(policy, &trust->policy, reterr));
    return trust_read_count(policy, "organisations", TRUST_KEYS_MAX, &trust->policy.organisations,
                            reterr);
}

/* One DER SEQUENCE with a definite, minimal length and nothing after it (X.690 section 10.1). */
static bool is_one_sequence(const struct bytes *der)
{
    struct reader reader = reader_over(der->data, der->length);
    uint8_t tag = reader_u8(&reader);
    uint8_t first = reader_u8(&reader);
    size_t length = first;

    if (first == 0x81) {
        length = reader_u8(&reader);
    } else if (first == 0x82) {
        length = reader_u16(&reader);
    }
    return reader_ok(&reader) && tag == 0x30 && first != 0x80 && first <= 0x82 &&
           (first != 0x81 || length >= 0x80) && (first != 0x82 || length >= 0x100) &&
           length == reader_left(&reader);
}

static enum status read_optional_time(const json_t *item, const char *name, int64_t otherwise,
                                      int64_t *ret_ms, struct error *reterr)
{
    *ret_ms = otherwise;
    return json_object_get(item, name) == NULL ? STATUS_OK
                                               : trust_need_time(item, name, ret_ms, reterr);
}

static enum status read_authority(const json_t *item, struct arena *arena,
                                  struct trust_timestamp_authority *authority, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(TRUST_CERTIFICATE_MAX);
    struct trust_organisation organisation = { 0 };
    struct trust_revocation revocation = { 0 };

    TRY(trust_need_text(item, "name", arena, &authority->name, reterr));
    if (json_object_get(item, "organisation") != NULL) {
        TRY(trust_organisation_read(item, arena, &organisation, reterr));
    }
    authority->organisation = organisation.name;
    authority->corporate_number = organisation.corporate_number;
    TRY(trust_need_bytes(item, "certificate", &der, reterr));
    if (!is_one_sequence(&der)) {
        return trust_malformed(reterr, "certificate");
    }
    authority->certificate = trust_keep(arena, &der);
    authority->certificate_length = der.length;
    TRY(read_optional_time(item, "notBefore", INT64_MIN, &authority->not_before, reterr));
    TRY(read_optional_time(item, "notAfter", INT64_MAX, &authority->not_after, reterr));
    TRY(trust_revocation_read(item, &revocation, reterr));
    authority->revoked = revocation.revoked;
    authority->compromised = revocation.compromised;
    authority->revoked_at = revocation.at;
    return STATUS_OK;
}

static enum status read_authorities(const json_t *payload, struct arena *arena, struct trust *trust,
                                    struct error *reterr)
{
    struct trust_timestamp_authority *authorities;
    const json_t *list = NULL;
    size_t count;

    TRY(trust_need_list(payload, "timestampAuthorities", TRUST_TIMESTAMP_AUTHORITIES_MAX, &list,
                        reterr));
    count = json_array_size(list);
    authorities = arena_array(arena, count + 1, sizeof *authorities);
    for (size_t i = 0; i < count; i++) {
        TRY(read_authority(json_array_get(list, i), arena, &authorities[i], reterr));
    }
    trust->timestamp_authorities = authorities;
    trust->timestamp_authority_count = count;
    return STATUS_OK;
}

enum status trust_rules_read(const json_t *payload, struct arena *arena, struct trust *trust,
                             struct error *reterr)
{
    TRY(read_digests(payload, "suites", arena, &trust->suites, &trust->suite_count, reterr));
    TRY(read_digests(payload, "harnesses", arena, &trust->harnesses, &trust->harness_count,
                     reterr));
    TRY(read_authorities(payload, arena, trust, reterr));
    return read_policy(payload, trust, reterr);
}
