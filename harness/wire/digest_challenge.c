#include "wire/digest_challenge.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *at;
    size_t length;
};

/* RFC 9110 section 5.6.2 */
static bool is_token(char octet)
{
    return isalnum((unsigned char) octet) ||
           (octet != '\0' && strchr("!#$%&'*+-.^_`|~/", octet) != NULL);
}

static const char *blanks_skip(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return at;
}

static struct span token_take(const char **at, const char *end)
{
    struct span token = { .at = *at };

    while (*at < end && is_token(**at)) {
        (*at)++;
    }
    token.length = (size_t) (*at - token.at);
    return token;
}

/* What follows "name=": a quoted string without its quotes, or a token. */
static struct span value_take(const char **at, const char *end)
{
    struct span value;

    if (*at == end || **at != '"') {
        return token_take(at, end);
    }
    value.at = ++*at;
    while (*at < end && **at != '"') {
        *at += **at == '\\' && *at + 1 < end ? 2 : 1;
    }
    value.length = (size_t) (*at - value.at);
    if (*at < end) {
        (*at)++;
    }
    return value;
}

static bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.at, text, span.length) == 0;
}

/* False: it does not fit, or cannot stand in a header field. */
static bool span_copy(struct span span, char *room, size_t size)
{
    if (span.length >= size) {
        return false;
    }
    for (size_t i = 0; i < span.length; i++) {
        unsigned char octet = (unsigned char) span.at[i];

        if (octet < ' ' || octet == 0x7f) {
            return false;
        }
    }
    memcpy(room, span.at, span.length);
    room[span.length] = '\0';
    return true;
}

static void algorithm_read(struct span value, struct wire_digest_challenge *challenge)
{
    static const struct {
        const char *name;
        enum wire_digest_hash hash;
        bool session;
    } known[] = {
        { "MD5", WIRE_DIGEST_MD5, false },
        { "MD5-sess", WIRE_DIGEST_MD5, true },
        { "SHA-256", WIRE_DIGEST_SHA256, false },
        { "SHA-256-sess", WIRE_DIGEST_SHA256, true },
    };

    challenge->hash = WIRE_DIGEST_UNKNOWN;
    if (!span_copy(value, challenge->algorithm, sizeof challenge->algorithm)) {
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (span_is(value, known[i].name)) {
            challenge->hash = known[i].hash;
            challenge->session = known[i].session;
        }
    }
}

static void qop_read(struct span value, struct wire_digest_challenge *challenge)
{
    const char *at = value.at;
    const char *end = value.at + value.length;

    challenge->names_qop = true;
    while (at < end) {
        struct span word = token_take(&at, end);

        challenge->qop_auth |= span_is(word, "auth");
        if (word.length == 0) {
            at++;
        }
    }
}

static void parameter_read(struct span name, struct span value,
                           struct wire_digest_challenge *challenge)
{
    if (span_is(name, "realm")) {
        if (!span_copy(value, challenge->realm, sizeof challenge->realm)) {
            challenge->hash = WIRE_DIGEST_UNKNOWN;
        }
    } else if (span_is(name, "nonce")) {
        if (!span_copy(value, challenge->nonce, sizeof challenge->nonce)) {
            challenge->nonce[0] = '\0';
        }
    } else if (span_is(name, "opaque")) {
        if (!span_copy(value, challenge->opaque, sizeof challenge->opaque)) {
            challenge->hash = WIRE_DIGEST_UNKNOWN;
        }
    } else if (span_is(name, "algorithm")) {
        algorithm_read(value, challenge);
    } else if (span_is(name, "qop")) {
        qop_read(value, challenge);
    } else if (span_is(name, "stale")) {
        challenge->stale = span_is(value, "true");
    }
}

bool wire_digest_usable(const struct wire_digest_challenge *challenge)
{
    return challenge->nonce[0] != '\0' && challenge->hash != WIRE_DIGEST_UNKNOWN &&
           (!challenge->names_qop || challenge->qop_auth);
}

bool wire_digest_challenge_read(const void *value, size_t length,
                                struct wire_digest_challenge *ret_challenge)
{
    const char *at = value;
    const char *end = length > 0 ? at + length : at;
    bool inside = false;

    *ret_challenge = (struct wire_digest_challenge){ .realm = "" };
    while (at < end) {
        struct span name = token_take(&at, end);
        const char *after = blanks_skip(at, end);

        if (name.length == 0) {
            at++; /* a comma, a blank, or what belongs nowhere */
        } else if (after < end && *after == '=') {
            struct span parameter;

            at = blanks_skip(after + 1, end);
            parameter = value_take(&at, end);
            if (inside) {
                parameter_read(name, parameter, ret_challenge);
            }
        } else { /* "Digest realm=...": the name of a scheme */
            if (inside && wire_digest_usable(ret_challenge)) {
                return true;
            }
            *ret_challenge = (struct wire_digest_challenge){ .realm = "" };
            inside = span_is(name, "Digest");
        }
    }
    if (inside && wire_digest_usable(ret_challenge)) {
        return true;
    }
    *ret_challenge = (struct wire_digest_challenge){ .realm = "" };
    return false;
}
