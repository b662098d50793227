#include "wire/login_page.h"

#include <ctype.h>
#include <string.h>

enum { TAG_MAX = 2048 };

static bool found_nocase(const unsigned char *data, size_t length, const char *wanted)
{
    size_t size = strlen(wanted);

    for (size_t i = 0; size <= length && i <= length - size; i++) {
        size_t same = 0;

        while (same < size && tolower(data[i + same]) == (unsigned char) wanted[same]) {
            same++;
        }
        if (same == size) {
            return true;
        }
    }
    return false;
}

static bool found_any(const void *body, size_t length, const char *const *phrases)
{
    for (; *phrases != NULL; phrases++) {
        if (found_nocase(body, length, *phrases)) {
            return true;
        }
    }
    return false;
}

/* Within one tag: type = "password", quoted or not, spaces allowed. */
static bool tag_is_password(const unsigned char *tag, size_t length)
{
    for (size_t i = 0; i + 4 < length; i++) {
        size_t at = i + 4;

        if (!found_nocase(tag + i, 4, "type") || (i > 0 && isalnum(tag[i - 1]))) {
            continue;
        }
        while (at < length && isspace(tag[at])) {
            at++;
        }
        if (at == length || tag[at] != '=') {
            continue;
        }
        at++;
        while (at < length && (isspace(tag[at]) || tag[at] == '"' || tag[at] == '\'')) {
            at++;
        }
        if (length - at >= 8 && found_nocase(tag + at, 8, "password")) {
            return true;
        }
    }
    return false;
}

bool wire_page_asks_password(const void *body, size_t length)
{
    const unsigned char *at = body;
    size_t left = length;

    while (left > 0) {
        const unsigned char *open = memchr(at, '<', left);
        const unsigned char *close;
        size_t most;

        if (open == NULL) {
            return false;
        }
        left -= (size_t) (open - at) + 1;
        at = open + 1;
        if (left < 5 || !found_nocase(at, 5, "input")) {
            continue;
        }
        most = left < TAG_MAX ? left : TAG_MAX;
        close = memchr(at, '>', most);
        if (tag_is_password(at, close != NULL ? (size_t) (close - at) : most)) {
            return true;
        }
    }
    return false;
}

bool wire_page_says_locked(const void *body, size_t length)
{
    static const char *const phrases[] = {
        "is locked",      "are locked",      "been locked",
        "locked out",     "too many",        "temporarily blocked",
        "try again in ",  "try again later", "retry later",
        "account locked", "account_locked",  "rate limit",
        "ロックされ",     "しばらく",        "時間をおいて",
        "試行回数",       "一時的にロック",  NULL,
    };

    return found_any(body, length, phrases);
}

bool wire_page_says_refused(const void *body, size_t length)
{
    static const char *const phrases[] = {
        "unauthor",       "unauthenticated", "not authenticated",
        "not authorized", "not logged in",   "not_logged_in",
        "log in",         "login required",  "login_required",
        "need login",     "access denied",   "permission denied",
        "forbidden",      "invalid session", "session expired",
        "invalid token",  "token expired",   "authentication",
        "認証",           "ログイン",        NULL,
    };

    return found_any(body, length, phrases);
}
