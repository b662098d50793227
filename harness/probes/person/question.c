#include "question.h"

#include <string.h>

static enum status interfaces_list(const struct profile *profile, struct bytes *into,
                                   struct error *reterr)
{
    for (size_t i = 0; profile != NULL && i < profile->interface_count; i++) {
        TRY(bytes_append_text(into, i > 0 ? ", " : "", reterr));
        TRY(bytes_append_text(into, profile->interfaces[i].id, reterr));
        TRY(bytes_append_text(into, " ", reterr));
        TRY(bytes_append_text(into, profile->interfaces[i].state, reterr));
    }
    return into->length > 0 ? STATUS_OK : bytes_append_text(into, "-", reterr);
}

static const char *value_of(const struct subject *subject, const char *name, size_t length)
{
    const struct interface *interface = subject->interface;

    if (length == strlen("interface") && memcmp(name, "interface", length) == 0) {
        return interface == NULL ? "-" : interface->id;
    }
    if (length == strlen("state") && memcmp(name, "state", length) == 0) {
        return interface == NULL ? "-" : interface->state;
    }
    return NULL;
}

enum status question_fill(const struct subject *subject, const char *template, struct bytes *into,
                          struct error *reterr)
{
    for (;;) {
        const char *open = strchr(template, '{');
        const char *close = open == NULL ? NULL : strchr(open, '}');
        const char *value;

        if (close == NULL) {
            TRY(bytes_append_text(into, template, reterr));
            return bytes_append(into, "", 1, reterr);
        }
        TRY(bytes_append(into, template, (size_t) (open - template), reterr));
        value = value_of(subject, open + 1, (size_t) (close - open - 1));
        if (value != NULL) {
            TRY(bytes_append_text(into, value, reterr));
        } else if (strncmp(open, "{interfaces}", strlen("{interfaces}")) == 0) {
            DEFER(bytes_done) struct bytes all = bytes_bounded(4096);

            TRY(interfaces_list(subject->profile, &all, reterr));
            TRY(bytes_append(into, all.data, all.length, reterr));
        } else {
            return fail(reterr, STATUS_BAD_INPUT, "the question has an unknown %.*s",
                        (int) (close + 1 - open), open);
        }
        template = close + 1;
    }
}
