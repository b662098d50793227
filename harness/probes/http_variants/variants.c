#include "variants.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *variant_word(enum variant variant)
{
    static const char *const words[] = {
        [VARIANT_DOUBLE_SLASH] = "//path",
        [VARIANT_INNER_SLASH] = "path//",
        [VARIANT_DOT] = "/./path",
        [VARIANT_ENCODED_DOT] = "/%2e/path",
        [VARIANT_UP] = "/x/../path",
        [VARIANT_ENCODED_UP] = "/x/..%2fpath",
        [VARIANT_TRAILING_SLASH] = "path/",
        [VARIANT_PARAMETER] = "path;x",
        [VARIANT_INNER_PARAMETER] = "/;x/path",
        [VARIANT_CASE] = "PATH",
        [VARIANT_ENCODED_LETTER] = "%70ath",
        [VARIANT_TWICE_ENCODED] = "%2570ath",
        [VARIANT_SUFFIX] = "path.json",
        [VARIANT_NUL] = "path%00.js",
        [VARIANT_QUERY] = "path?x=.css",
    };

    return words[variant];
}

static bool fits(int length)
{
    return length > 0 && length < VARIANT_PATH_SIZE;
}

/* The first letter after `from`, or length. */
static size_t letter_after(const char *path, size_t from, size_t length)
{
    while (from < length && !isalpha((unsigned char) path[from])) {
        from += path[from] == '%' && length - from > 2 ? 3 : 1;
    }
    return from;
}

static bool case_write(const char *path, size_t last, size_t length, char *room)
{
    bool changed = false;

    if (!fits(snprintf(room, VARIANT_PATH_SIZE, "%s", path))) {
        return false;
    }
    for (size_t i = last; i < length; i++) {
        unsigned char letter = (unsigned char) room[i];
        int other = islower(letter) ? toupper(letter) : tolower(letter);

        changed = changed || other != letter;
        room[i] = (char) other;
    }
    return changed;
}

bool variant_write(enum variant variant, const char *path, char room[VARIANT_PATH_SIZE])
{
    size_t length = strcspn(path, "?#");
    const char *query = path + length;
    size_t last = length; /* where the last segment begins */
    int plain = (int) length;
    size_t letter;
    int head;

    if (path[0] != '/' || length < 2 || length >= VARIANT_PATH_SIZE) {
        return false;
    }
    while (last > 1 && path[last - 1] != '/') {
        last--;
    }
    if (path[length - 1] == '/' && variant != VARIANT_DOUBLE_SLASH && variant != VARIANT_DOT &&
        variant != VARIANT_ENCODED_DOT && variant != VARIANT_UP && variant != VARIANT_ENCODED_UP) {
        return false;
    }
    head = (int) last;
    letter = letter_after(path, last, length);
    switch (variant) {
    case VARIANT_DOUBLE_SLASH:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "/%s", path));
    case VARIANT_INNER_SLASH:
        return last > 1 &&
               fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s/%s", head, path, path + last));
    case VARIANT_DOT:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "/.%s", path));
    case VARIANT_ENCODED_DOT:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "/%%2e%s", path));
    case VARIANT_UP:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "/hoshitori/..%s", path));
    case VARIANT_ENCODED_UP:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "/hoshitori/..%%2f%s", path + 1));
    case VARIANT_TRAILING_SLASH:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s/%s", plain, path, query));
    case VARIANT_PARAMETER:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s;x%s", plain, path, query));
    case VARIANT_INNER_PARAMETER:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "/;x%s", path));
    case VARIANT_CASE:
        return case_write(path, last, length, room);
    case VARIANT_ENCODED_LETTER:
    case VARIANT_TWICE_ENCODED:
        return letter < length &&
               fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s%s%02x%s", (int) letter, path,
                             variant == VARIANT_ENCODED_LETTER ? "%" : "%25",
                             (unsigned char) path[letter], path + letter + 1));
    case VARIANT_SUFFIX:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s.json%s", plain, path, query));
    case VARIANT_NUL:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s%%00.js%s", plain, path, query));
    case VARIANT_QUERY:
        return fits(snprintf(room, VARIANT_PATH_SIZE, "%.*s?x=.css%s%s", plain, path,
                             *query == '\0' ? "" : "&", *query == '\0' ? "" : query + 1));
    default:
        return false;
    }
}
