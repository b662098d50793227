#include "evidence/published_shapes.h"

#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum {
    SPAN_MAX = 128,
    KEY_MAX = 40,
    VALUE_LEAST = 4,
    STRONG_LEAST = 8,
    TOKEN_LEAST = 16,
    PART_LEAST = 10
};

/* A stretch of text. */
struct span {
    const uint8_t *start;
    size_t length;
};

/* A look at the neighbours, which turns most of what is told by one character away: colons are
 * everywhere in JSON. */
static bool may_tell(const struct published_text *text, const uint8_t *at)
{
    const uint8_t before = at > text->start ? at[-1] : ' ';
    const uint8_t after = at + 1 < text->end ? at[1] : ' ';

    switch (*at) {
    case ':': /* the last letters of the names, or a quote behind one */
        return before == '"' ? at - text->start < 2 || strchr("dDeEkKnNtTyY\\", at[-2]) != NULL
                             : strchr("dDeEkKnNtTyY' ", before) != NULL;
    case 'J':
        return before == 'y';
    case 'B':
    case 'b':
        return after == 'a' || after == 'e' || after == 'A' || after == 'E';
    default:
        return true;
    }
}

const uint8_t *published_next(const struct published_text *text, const uint8_t *at,
                              const uint8_t *end)
{
    static const bool telling[256] = { ['@'] = true, ['='] = true, [':'] = true, ['J'] = true,
                                       ['M'] = true, ['B'] = true, ['b'] = true };

    while (at < end && !(telling[*at] && may_tell(text, at))) {
        at++;
    }
    return at < end ? at : NULL;
}

static bool is_base64(uint8_t octet)
{
    return isalnum(octet) || octet == '+' || octet == '/';
}

static bool is_base64url(uint8_t octet)
{
    return isalnum(octet) || octet == '-' || octet == '_';
}

/* RFC 7235 section 2.1. */
static bool is_token68(uint8_t octet)
{
    return isalnum(octet) || strchr("-._~+/", octet) != NULL;
}

/* No longer than is needed to tell, so that the time is the text's length at most so many times. */
static struct span span_of(const uint8_t *from, const uint8_t *end, bool (*belongs)(uint8_t))
{
    const uint8_t *at = from;

    end = end - from > SPAN_MAX ? from + SPAN_MAX : end;
    while (at < end && *at != 0 && belongs(*at)) {
        at++;
    }
    return (struct span){ from, (size_t) (at - from) };
}

/* At least `length` bytes at `at` that equal word, ASCII case aside. */
static bool stands_at(const uint8_t *at, const uint8_t *end, const char *word)
{
    const size_t length = strlen(word);

    return (size_t) (end - at) >= length && strncasecmp((const char *) at, word, length) == 0;
}

static bool stands_before(const uint8_t *start, const uint8_t *at, const char *word)
{
    const size_t length = strlen(word);

    return (size_t) (at - start) >= length && memcmp(at - length, word, length) == 0;
}

/* ---- base64 ---- */

/* Decodes at most size bytes. */
static size_t decode(const struct span *text, uint8_t *room, size_t size)
{
    struct text_base64_undo undo = { 0 };
    size_t length = 0;

    for (size_t i = 0; i < text->length && length < size; i++) {
        length += text_base64_take(&undo, text->start[i], room + length);
    }
    return length;
}

/* ---- private keys ---- */

/* Behind a DER SEQUENCE header: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017), SEC 1 (RFC 5915). */
static bool is_key_der(const uint8_t *der, size_t length)
{
    static const uint8_t pkcs1[] = { 2, 1, 0, 2, 0x82 };
    const uint8_t *body;
    size_t skip;

    if (length < 16 || der[0] != 0x30) {
        return false;
    }
    skip = 2 + (der[1] < 0x80 ? 0 : der[1] == 0x81 ? 1 : der[1] == 0x82 ? 2 : 14);
    body = der + skip;
    if (skip > 4 || body[0] != 2 || body[1] != 1) {
        return false;
    }
    return (body[2] <= 1 && body[3] == 0x30 && body[4] < 0x20 && body[5] == 6) ||
           memcmp(body, pkcs1, sizeof pkcs1) == 0 ||
           (body[2] == 1 && body[3] == 4 &&
            (body[4] == 0x20 || body[4] == 0x30 || body[4] == 0x42));
}

static const char *key_der_at(const struct published_text *text, const uint8_t *at)
{
    uint8_t der[24];
    struct span run;

    if (at > text->start && is_base64(at[-1]) && !stands_before(text->start, at, "\\n")) {
        return NULL;
    }
    run = span_of(at, text->end, is_base64);
    if (run.length < 44) {
        return NULL;
    }
    return is_key_der(der, decode(&run, der, sizeof der)) ? "a private key in base64" : NULL;
}

/* RFC 7468: the label, then line ends (perhaps escaped), then base64 or a header. */
static const char *key_pem_at(const struct published_text *text, const uint8_t *at)
{
    static const char tail[] = "PRIVATE KEY-----";
    const uint8_t *label = at + strlen("BEGIN ");
    const uint8_t *end = text->end;
    struct span body;

    if (!stands_before(text->start, at, "-----") || !stands_at(at, end, "BEGIN ")) {
        return NULL;
    }
    for (size_t i = 0; label < end && i < KEY_MAX && !stands_at(label, end, tail); i++) {
        label++;
    }
    if (!stands_at(label, end, tail)) {
        return NULL;
    }
    label += strlen(tail);
    while (label < end && (isspace(*label) || *label == '\\')) {
        label += *label == '\\' && label + 1 < end ? 2 : 1;
    }
    body = span_of(label, end, is_base64);
    return body.length >= 40 || stands_at(label, end, "Proc-Type:") ? "a private key in PEM" : NULL;
}

/* ---- HTTP ---- */

static bool word_begins(const struct published_text *text, const uint8_t *at)
{
    return at == text->start || !isalnum(at[-1]);
}

static const char *basic_at(const struct published_text *text, const uint8_t *at)
{
    uint8_t plain[256];
    struct span run;
    size_t length;
    const uint8_t *colon;

    if (!stands_at(at, text->end, "basic ") || !word_begins(text, at)) {
        return NULL;
    }
    run = span_of(at + strlen("basic "), text->end, is_base64);
    if (run.length < 8) {
        return NULL;
    }
    length = decode(&run, plain, sizeof plain);
    for (size_t i = 0; i < length; i++) {
        if (!isprint(plain[i])) {
            return NULL;
        }
    }
    colon = memchr(plain, ':', length);
    return colon != NULL && colon + 1 < plain + length ? "HTTP Basic credentials" : NULL;
}

static bool has(const struct span *span, int (*kind)(int))
{
    for (size_t i = 0; i < span->length; i++) {
        if (kind(span->start[i])) {
            return true;
        }
    }
    return false;
}

static const char *bearer_at(const struct published_text *text, const uint8_t *at)
{
    struct span run;

    if (!stands_at(at, text->end, "bearer ") || !word_begins(text, at)) {
        return NULL;
    }
    run = span_of(at + strlen("bearer "), text->end, is_token68);
    return run.length >= TOKEN_LEAST && has(&run, isdigit) && has(&run, isalpha) ? "a bearer token"
                                                                                 : NULL;
}

/* RFC 7519 section 3: both the header and the claims are objects, "{" and a quote in base64url. */
static const char *jwt_at(const struct published_text *text, const uint8_t *at)
{
    struct span header;
    struct span claims;

    if (!stands_before(text->start, at, "ey") || (at - 2 > text->start && is_base64url(at[-3]))) {
        return NULL;
    }
    header = span_of(at, text->end, is_base64url);
    at += header.length;
    while (header.length == SPAN_MAX && at < text->end && is_base64url(*at)) {
        at++;
    }
    if (header.length < PART_LEAST || !stands_at(at, text->end, ".eyJ")) {
        return NULL;
    }
    claims = span_of(at + 1, text->end, is_base64url);
    return claims.length >= PART_LEAST ? "a JSON Web Token" : NULL;
}

/* ---- values ---- */

static bool in_value(uint8_t octet)
{
    return octet > ' ' && octet != 0x7f && strchr("\"'`\\&;,<>()[]", octet) == NULL;
}

/* What stands where a secret would: a variable, a mask, an ellipsis, a word for it. */
static bool is_mark(const struct span *value)
{
    static const char *const words[] = {
        "password", "passwd", "passphrase", "secret", "token",    "withheld", "redacted", "hidden",
        "none",     "null",   "true",       "false",  "required", "example",  "string"
    };
    const uint8_t first = value->start[0];

    if (strchr("$%*{}.#|", first) != NULL || first >= 0x80) {
        return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (value->length == strlen(words[i]) &&
            strncasecmp((const char *) value->start, words[i], value->length) == 0) {
            return true;
        }
    }
    return span_of(value->start, value->start + value->length, in_value).length == 0;
}

/* The password of a URL's userinfo (RFC 3986 section 3.2.1) ends at an '@'. */
static const char *userinfo_at(const struct published_text *text, const uint8_t *at)
{
    const uint8_t *from = at;
    struct span password;

    while (from > text->start && in_value(from[-1]) && from[-1] != '/' && from[-1] != '@') {
        from--;
    }
    if (!stands_before(text->start, from, "://")) {
        return NULL;
    }
    while (from < at && *from != ':') {
        from++;
    }
    if (at - from < 2) {
        return NULL;
    }
    password = (struct span){ from + 1, (size_t) (at - from) - 1 };
    return is_mark(&password) ? NULL : "credentials in a URL";
}

/* The last word of a name, as in "client_secret" or "x-api-key". */
static bool names_secret(const struct span *name)
{
    static const char *const names[] = { "password",     "passwd",     "passphrase",  "pwd",
                                         "secret",       "api_key",    "api-key",     "apikey",
                                         "access_token", "auth_token", "private_key", "psk",
                                         "token" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t length = strlen(names[i]);
        const size_t before = name->length - length;

        if (name->length >= length &&
            strncasecmp((const char *) name->start + before, names[i], length) == 0 &&
            (before == 0 || strchr("_-", name->start[before - 1]) != NULL)) {
            return true;
        }
    }
    return false;
}

static struct span name_before(const struct published_text *text, const uint8_t *at)
{
    const uint8_t *from = at;

    while (from > text->start && at - from < KEY_MAX && is_base64url(from[-1])) {
        from--;
    }
    return (struct span){ from, (size_t) (at - from) };
}

/* "password=..." in a form, a query, a command line. */
static const char *assigned_at(const struct published_text *text, const uint8_t *at)
{
    const struct span name = name_before(text, at);
    struct span value;

    if (name.length == 0 || !names_secret(&name)) {
        return NULL;
    }
    at += 1 + (at + 1 < text->end && (at[1] == '"' || at[1] == '\'') ? 1 : 0);
    value = span_of(at, text->end, in_value);
    return value.length >= VALUE_LEAST && !is_mark(&value) ? "a value given for a secret" : NULL;
}

/* "password": "..." in JSON and YAML, also inside a text of JSON; such names often carry words of
 * ours, so only values of letters with digits count. */
static const char *member_at(const struct published_text *text, const uint8_t *at)
{
    const uint8_t *end_of_name = at;
    struct span name;
    struct span value;

    while (end_of_name > text->start && at - end_of_name < 3 &&
           strchr("\"'\\ ", end_of_name[-1]) != NULL) {
        end_of_name--;
    }
    name = name_before(text, end_of_name);
    if (name.length == 0 || !names_secret(&name)) {
        return NULL;
    }
    do {
        at++;
    } while (at < text->end && (*at == ' ' || *at == '"' || *at == '\'' || *at == '\\'));
    value = span_of(at, text->end, in_value);
    return value.length >= STRONG_LEAST && !is_mark(&value) && has(&value, isdigit) &&
                   has(&value, isalpha)
               ? "a value given for a secret"
               : NULL;
}

const char *published_shape_at(const struct published_text *text, const uint8_t *at)
{
    const char *shape = NULL;

    switch (*at) {
    case '@':
        return userinfo_at(text, at);
    case '=':
        return assigned_at(text, at);
    case ':':
        return member_at(text, at);
    case 'J':
        return jwt_at(text, at);
    case 'M':
        return key_der_at(text, at);
    case 'B':
        shape = key_pem_at(text, at);
        break;
    default:
        break;
    }
    shape = shape == NULL ? basic_at(text, at) : shape;
    return shape == NULL ? bearer_at(text, at) : shape;
}
