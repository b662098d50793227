#include "probe/likeness.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    WORD_KINDS = 1024,    /* words are counted by a hash of this many values */
    WORD_LENGTH_MAX = 24, /* a longer one is a token, which is another each time */
    ALIKE_PERCENT = 90
};

enum kind { KIND_UNKNOWN, KIND_PAGE, KIND_JSON, KIND_FILE };

static bool same_bytes(const struct http_answer *a, const struct http_answer *b)
{
    return a->body.length == b->body.length &&
           memcmp(a->body.data, b->body.data, a->body.length) == 0;
}

/* Values may have changed in between (a clock, a counter); what they are called has not. */
static bool same_members(const struct http_answer *a, const struct http_answer *b)
{
    json_t *first = json_loadb((const char *) a->body.data, a->body.length, 0, NULL);
    json_t *second = json_loadb((const char *) b->body.data, b->body.length, 0, NULL);
    bool same = json_object_size(first) > 0 && json_object_size(first) == json_object_size(second);
    const char *name;
    json_t *member;

    json_object_foreach(first, name, member)
    {
        const json_t *other = json_object_get(second, name);

        same = same && other != NULL && json_typeof(member) == json_typeof(other);
    }
    json_decref(first);
    json_decref(second);
    return same;
}

/* "image/jpeg" without its parameters. */
static bool same_type(const char *a, const char *b)
{
    size_t length = strcspn(a, "; ");

    return length > 0 && strcspn(b, "; ") == length && strncasecmp(a, b, length) == 0;
}

static bool is_file(const char *type)
{
    static const char *const prefixes[] = {
        "image/",          "video/",         "audio/",     "application/octet",
        "application/zip", "application/x-", "multipart/",
    };

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncasecmp(type, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

enum likeness likeness_of(const struct http_answer *thing, const struct http_answer *answer)
{
    if (answer->body.length == 0) {
        return LIKENESS_EMPTY;
    }
    if (thing->body.length > 0 &&
        (same_bytes(thing, answer) || same_members(thing, answer) ||
         (is_file(thing->content_type) && same_type(thing->content_type, answer->content_type)))) {
        return LIKENESS_SAME;
    }
    return LIKENESS_OTHER;
}

static bool is_json(const struct http_answer *answer)
{
    json_t *tree = json_loadb((const char *) answer->body.data, answer->body.length, 0, NULL);
    bool found = tree != NULL;

    json_decref(tree);
    return found;
}

/* By its first tag; its declared type counts only for something that begins with one. */
static bool is_page(const struct http_answer *answer)
{
    static const char *const starts[] = { "<!doctype html", "<html" };
    const char *at = (const char *) answer->body.data;
    size_t left = answer->body.length;

    if (left >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) {
        at += 3;
        left -= 3;
    }
    while (left > 0 && isspace((unsigned char) *at)) {
        at++;
        left--;
    }
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t length = strlen(starts[i]);

        if (left >= length && strncasecmp(at, starts[i], length) == 0) {
            return true;
        }
    }
    return left > 0 && *at == '<' && strcasestr(answer->content_type, "html") != NULL;
}

static enum kind kind_of(const struct http_answer *answer)
{
    return is_json(answer)                 ? KIND_JSON
           : is_page(answer)               ? KIND_PAGE
           : is_file(answer->content_type) ? KIND_FILE
                                           : KIND_UNKNOWN;
}

/* What is neither a page nor anything else that is known differs from a page alone. */
static bool kinds_differ(enum kind a, enum kind b)
{
    return a != b && ((a != KIND_UNKNOWN && b != KIND_UNKNOWN) || a == KIND_PAGE || b == KIND_PAGE);
}

/* A word with a digit in it may be a time, a counter or a token. */
static void word_count(const uint8_t *word, size_t length, unsigned *counts)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    bool plain = true;

    for (size_t i = 0; i < length; i++) {
        if (isdigit(word[i])) {
            return;
        }
        plain = plain && word[i] < 0x80;
        hash = (hash ^ word[i]) * 16777619u;
    }
    if (length > 0 && (!plain || length <= WORD_LENGTH_MAX)) {
        counts[hash % WORD_KINDS]++;
    }
}

static void words_count(const struct http_answer *answer, unsigned *counts)
{
    const uint8_t *data = answer->body.data;
    size_t start = 0;

    for (size_t i = 0; i < answer->body.length; i++) {
        if (data[i] < 0x80 && !isalnum(data[i])) {
            word_count(data + start, i - start, counts);
            start = i + 1;
        }
    }
    if (start < answer->body.length) {
        word_count(data + start, answer->body.length - start, counts);
    }
}

/* The same text, apart from what changes from one moment to the next. */
static bool texts_alike(const struct http_answer *a, const struct http_answer *b)
{
    unsigned first[WORD_KINDS] = { 0 };
    unsigned second[WORD_KINDS] = { 0 };
    unsigned long long shared = 0;
    unsigned long long all = 0;

    words_count(a, first);
    words_count(b, second);
    for (size_t i = 0; i < WORD_KINDS; i++) {
        shared += first[i] < second[i] ? first[i] : second[i];
        all += first[i] < second[i] ? second[i] : first[i];
    }
    return all > 0 && shared * 100 >= all * ALIKE_PERCENT;
}

const char *likeness_disowns(const struct http_answer *thing, const struct http_answer *answer,
                             const struct http_answer *nothing)
{
    enum kind kind = kind_of(answer);

    if (thing->body.length == 0 || likeness_of(thing, answer) != LIKENESS_OTHER) {
        return NULL;
    }
    if (kinds_differ(kind_of(thing), kind)) {
        return "a success, but another kind of content than what the role gets";
    }
    if (kind == KIND_FILE || nothing->event != HTTP_ANSWERED || nothing->status < 200 ||
        nothing->status > 299 || texts_alike(thing, answer)) {
        return NULL;
    }
    if (same_bytes(nothing, answer) || texts_alike(nothing, answer)) {
        return "a success, but what any path gets, and not what the role gets";
    }
    return NULL;
}
