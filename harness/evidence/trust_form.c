/* The small forms that a trust store is made of. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <string.h>

enum status trust_malformed(struct error *reterr, const char *what)
{
    return fail(reterr, STATUS_BAD_INPUT, "trust.form: %s is missing or of the wrong form", what);
}

enum status trust_need_text(const json_t *object, const char *name, struct arena *arena,
                            const char **ret_text, struct error *reterr)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (text == NULL || *text == '\0') {
        return trust_malformed(reterr, name);
    }
    *ret_text = arena_text(arena, text);
    return STATUS_OK;
}

enum status trust_need_time(const json_t *object, const char *name, int64_t *ret_ms,
                            struct error *reterr)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL && json_strict_time(text, ret_ms) ? STATUS_OK
                                                          : trust_malformed(reterr, name);
}

/* Absent is false. */
enum status trust_read_flag(const json_t *object, const char *name, bool *ret_flag,
                            struct error *reterr)
{
    const json_t *value = json_object_get(object, name);

    if (value != NULL && !json_is_boolean(value)) {
        return trust_malformed(reterr, name);
    }
    *ret_flag = json_is_true(value);
    return STATUS_OK;
}

/* Absent is 1; from 1 to maximum. */
enum status trust_read_count(const json_t *object, const char *name, uint32_t maximum,
                             uint32_t *ret_count, struct error *reterr)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = value == NULL ? 1 : json_integer_value(value);

    if ((value != NULL && !json_is_integer(value)) || number < 1 || number > maximum) {
        return trust_malformed(reterr, name);
    }
    *ret_count = (uint32_t) number;
    return STATUS_OK;
}

enum status trust_need_list(const json_t *object, const char *name, size_t maximum,
                            const json_t **ret_list, struct error *reterr)
{
    const json_t *list = json_object_get(object, name);

    if ((list != NULL && !json_is_array(list)) || json_array_size(list) > maximum) {
        return trust_malformed(reterr, name);
    }
    *ret_list = list;
    return STATUS_OK;
}

enum status trust_need_bytes(const json_t *object, const char *name, struct bytes *out,
                             struct error *reterr)
{
    const json_t *text = json_object_get(object, name);

    if (!json_is_string(text)) {
        return trust_malformed(reterr, name);
    }
    return json_strict_base64(json_string_value(text), json_string_length(text), out, reterr);
}

enum status trust_revocation_read(const json_t *item, struct trust_revocation *ret_revocation,
                                  struct error *reterr)
{
    const json_t *revoked = json_object_get(item, "revoked");
    const char *reason = json_string_value(json_object_get(revoked, "reason"));

    *ret_revocation = (struct trust_revocation){ .revoked = revoked != NULL };
    if (revoked == NULL) {
        return STATUS_OK;
    }
    if (reason == NULL) {
        return trust_malformed(reterr, "revoked.reason");
    }
    ret_revocation->compromised = text_equal(reason, "compromise");
    return trust_need_time(revoked, "at", &ret_revocation->at, reterr);
}

static bool is_corporate_number(const char *text)
{
    enum { DIGITS = 13 };

    return strlen(text) == DIGITS && strspn(text, "0123456789") == DIGITS;
}

enum status trust_organisation_read(const json_t *item, struct arena *arena,
                                    struct trust_organisation *ret_organisation,
                                    struct error *reterr)
{
    const json_t *organisation = json_object_get(item, "organisation");
    const json_t *number = json_object_get(organisation, "corporateNumber");

    if (!json_is_object(organisation)) {
        return trust_malformed(reterr, "organisation");
    }
    ret_organisation->corporate_number = NULL;
    if (number != NULL) {
        TRY(trust_need_text(organisation, "corporateNumber", arena,
                            &ret_organisation->corporate_number, reterr));
        if (!is_corporate_number(ret_organisation->corporate_number)) {
            return trust_malformed(reterr, "corporateNumber");
        }
    }
    return trust_need_text(organisation, "name", arena, &ret_organisation->name, reterr);
}

const uint8_t *trust_keep(struct arena *arena, const struct bytes *bytes)
{
    uint8_t *copy = arena_alloc(arena, bytes->length + 1);

    if (bytes->length > 0) {
        memcpy(copy, bytes->data, bytes->length);
    }
    return copy;
}
