#include "soap.h"

#include <stdio.h>
#include <string.h>

static enum status escaped_put(const char *text, struct bytes *out, struct error *reterr)
{
    for (const char *at = text; *at != '\0'; at++) {
        const char *entity = *at == '<'   ? "&lt;"
                             : *at == '>' ? "&gt;"
                             : *at == '&' ? "&amp;"
                             : *at == '"' ? "&quot;"
                                          : NULL;

        if (entity != NULL) {
            TRY(bytes_append_text(out, entity, reterr));
        } else {
            TRY(bytes_append(out, at, 1, reterr));
        }
    }
    return STATUS_OK;
}

static enum status element_put(const char *name, const json_t *value, struct bytes *out,
                               struct error *reterr)
{
    char number[32];

    (void) snprintf(number, sizeof number, "%lld", (long long) json_integer_value(value));
    if (!json_is_string(value) && !json_is_integer(value)) {
        return fail(reterr, STATUS_BAD_INPUT, "an argument of an action is a text or a number");
    }
    TRY(bytes_append_text(out, "<", reterr));
    TRY(escaped_put(name, out, reterr));
    TRY(bytes_append_text(out, ">", reterr));
    TRY(escaped_put(json_is_string(value) ? json_string_value(value) : number, out, reterr));
    TRY(bytes_append_text(out, "</", reterr));
    TRY(escaped_put(name, out, reterr));
    return bytes_append_text(out, ">", reterr);
}

enum status soap_ask_write(const char *type, const char *action, const json_t *arguments,
                           struct bytes *out, struct error *reterr)
{
    const char *name;
    json_t *value;

    TRY(bytes_append_text(
        out,
        "<?xml version=\"1.0\"?>\r\n<s:Envelope "
        "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
        "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:",
        reterr));
    TRY(escaped_put(action, out, reterr));
    TRY(bytes_append_text(out, " xmlns:u=\"", reterr));
    TRY(escaped_put(type, out, reterr));
    TRY(bytes_append_text(out, "\">", reterr));
    json_object_foreach((json_t *) arguments, name, value)
    {
        TRY(element_put(name, value, out, reterr));
    }
    TRY(bytes_append_text(out, "</u:", reterr));
    TRY(escaped_put(action, out, reterr));
    TRY(bytes_append_text(out, "></s:Body></s:Envelope>", reterr));
    return bytes_append(out, "", 1, reterr);
}
