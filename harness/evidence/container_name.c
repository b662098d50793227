#include "evidence/container_read.h"

#include <string.h>

#define META_INF "META-INF"

static bool name_char(char c, bool first)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return true;
    }
    return !first && (c == '.' || c == '_' || c == '-');
}

/* Names that Windows gives to devices in every folder, with any extension. */
static bool is_device(const char *segment, size_t length)
{
    static const char *const plain[] = { "con", "prn", "aux", "nul" };
    static const char *const numbered[] = { "com", "lpt" };
    const char *dot = memchr(segment, '.', length);
    size_t stem = dot == NULL ? length : (size_t) (dot - segment);

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (stem == 3 && memcmp(segment, plain[i], 3) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++) {
        if (stem == 4 && memcmp(segment, numbered[i], 3) == 0 && segment[3] >= '0' &&
            segment[3] <= '9') {
            return true;
        }
    }
    return false;
}

static enum status segment_check(const char *segment, size_t length, struct error *reterr)
{
    if (length == 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "container.name.segment: an empty part, a folder or an absolute path");
    }
    for (size_t i = 0; i < length; i++) {
        if (!name_char(segment[i], i == 0)) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "container.name.chars: byte 0x%02x in the name of an entry",
                        (unsigned) (unsigned char) segment[i]);
        }
    }
    if (segment[length - 1] == '.') {
        return fail(reterr, STATUS_BAD_INPUT, "container.name.dot: a part that ends in a dot");
    }
    if (is_device(segment, length)) {
        return fail(reterr, STATUS_BAD_INPUT, "container.name.device: a Windows device name");
    }
    return STATUS_OK;
}

enum status container_name_check(const char *name, size_t length, struct error *reterr)
{
    const char *at = name;
    const char *end = name + length;
    unsigned depth = 0;

    if (length == 0 || length > CONTAINER_NAME_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "container.name.length: a name of %zu bytes", length);
    }
    for (;;) {
        const char *slash = memchr(at, '/', (size_t) (end - at));
        size_t part = (size_t) ((slash == NULL ? end : slash) - at);
        bool meta_inf = depth == 0 && slash != NULL && part == strlen(META_INF) &&
                        memcmp(at, META_INF, part) == 0;

        if (!meta_inf) {
            TRY(segment_check(at, part, reterr));
        }
        /* The one name that folds to another that is always there. */
        if (depth == 0 && part == strlen(META_INF) && memcmp(at, "meta-inf", part) == 0) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "container.name.case: differs from " META_INF " only in case");
        }
        if (++depth > CONTAINER_DEPTH_MAX) {
            return fail(reterr, STATUS_BAD_INPUT, "container.name.depth: more than %d parts",
                        CONTAINER_DEPTH_MAX);
        }
        if (slash == NULL) {
            return STATUS_OK;
        }
        at = slash + 1;
    }
}
