#include "import/purl.h"
#include "base/text.h"

#include <string.h>

bool purl_is(const char *text)
{
    return text != NULL && text_starts_with(text, "pkg:") && strchr(text, '/') != NULL;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = (char) (digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

void purl_decode(const char *text, size_t length, char *room, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        int high = i + 2 < length && text[i] == '%' ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;

        /* %00 would cut the text and stays as it is. */
        if (low >= 0 && high * 16 + low > 0) {
            room[used++] = (char) (high * 16 + low);
            i += 2;
        } else {
            room[used++] = text[i];
        }
    }
    room[used] = '\0';
}

/* Lengths of "pkg:type/namespace/name" and of that with "@version". */
static void purl_measure(const char *purl, size_t *ret_package, size_t *ret_version_end)
{
    size_t end = strcspn(purl, "?#");
    size_t at = end;

    /* A scoped npm name holds its '@' percent-encoded or before the last '/'. */
    while (at > 0 && purl[at - 1] != '@' && purl[at - 1] != '/') {
        at--;
    }
    *ret_package = at > 0 && purl[at - 1] == '@' ? at - 1 : end;
    *ret_version_end = end;
}

void purl_component(struct import_report *report, const char *purl, struct component *component)
{
    size_t package;
    size_t end;
    size_t name;
    char room[IMPORT_TEXT_MAX];

    purl_measure(purl, &package, &end);
    name = package;
    while (name > 0 && purl[name - 1] != '/') {
        name--;
    }
    purl_decode(purl + name, package - name, room, sizeof room);
    component->name = import_text(report, room);
    component->purl = import_text(report, purl);
    component->version = NULL;
    if (end > package) {
        purl_decode(purl + package + 1, end - package - 1, room, sizeof room);
        component->version = import_text(report, room);
    }
}

bool purl_same_package(const char *a, const char *b)
{
    char left[IMPORT_TEXT_MAX];
    char right[IMPORT_TEXT_MAX];
    size_t package;
    size_t end;

    purl_measure(a, &package, &end);
    purl_decode(a, package, left, sizeof left);
    purl_measure(b, &package, &end);
    purl_decode(b, package, right, sizeof right);
    return text_equal_nocase(left, right);
}

static bool version_of(const char *purl, char *room, size_t size)
{
    size_t package;
    size_t end;

    purl_measure(purl, &package, &end);
    room[0] = '\0';
    if (end > package) {
        purl_decode(purl + package + 1, end - package - 1, room, size);
    }
    return room[0] != '\0';
}

bool purl_versions_agree(const char *a, const char *b)
{
    char left[IMPORT_TEXT_MAX];
    char right[IMPORT_TEXT_MAX];

    return !version_of(a, left, sizeof left) || !version_of(b, right, sizeof right) ||
           text_equal(left, right);
}
