#include "wire/starttls_clear.h"

#include "wire/starttls_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct starttls_clear wire_starttls_clear_start(enum starttls_protocol protocol,
                                                const char *server_name, const char *user)
{
    struct starttls_clear clear = { .talk = wire_starttls_start(protocol, server_name) };

    (void) snprintf(clear.user, sizeof clear.user, "%s", user);
    return clear;
}

__attribute__((format(printf, 2, 3))) static enum starttls_clear_step
say(struct starttls_clear *clear, const char *format, ...)
{
    struct starttls *talk = &clear->talk;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(talk->message, sizeof talk->message, format, arguments);
    va_end(arguments);
    talk->message_length = length > 0 ? (size_t) length : 0;
    talk->sent++;
    return CLEAR_SEND;
}

static enum starttls_clear_step unread(enum starttls_step step)
{
    return step == STARTTLS_WAIT ? CLEAR_WAIT : CLEAR_UNKNOWN;
}

static bool same(struct starttls_text text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

static bool mentions(struct starttls_text text, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= text.length; i++) {
        if (strncasecmp(text.at + i, word, strlen(word)) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes what stands before the next of these characters; false: nothing is left. */
static bool take(struct starttls_text *rest, const char *ends, struct starttls_text *ret_piece)
{
    size_t length = 0;

    while (rest->length > 0 && strchr(ends, rest->at[0]) != NULL) {
        *rest = (struct starttls_text){ .at = rest->at + 1, .length = rest->length - 1 };
    }
    while (length < rest->length && strchr(ends, rest->at[length]) == NULL) {
        length++;
    }
    *ret_piece = (struct starttls_text){ .at = rest->at, .length = length };
    *rest = (struct starttls_text){ .at = rest->at + length, .length = rest->length - length };
    return length > 0;
}

/* EXTERNAL takes what TLS has proven, so that before TLS it lets nobody in. */
static bool lists_mechanism(struct starttls_text rest)
{
    struct starttls_text word;

    while (take(&rest, " ", &word)) {
        if (!same(word, "EXTERNAL")) {
            return true;
        }
    }
    return false;
}

/* A refusal counts only if it names its reason: names that do not exist, or that a list does not
 * have, are refused in the same way by servers that would let others in. */
static bool names_tls(struct starttls_text text)
{
    static const char *const words[] = {
        "TLS", "SSL", "encrypt", "non-secure", "cleartext", "clear text", "secure connection"
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (mentions(text, words[i])) {
            return true;
        }
    }
    return false;
}

/* The next whole reply of SMTP or FTP, all of its lines. */
static unsigned next_reply(struct starttls_clear *clear, struct starttls_text stream,
                           struct starttls_text *ret_reply, enum starttls_step *ret_step)
{
    unsigned code = wire_starttls_reply(&clear->talk, stream, ret_step);

    if (code != 0) {
        *ret_reply = (struct starttls_text){ .at = stream.at + clear->begun,
                                             .length = clear->talk.used - clear->begun };
        clear->begun = clear->talk.used;
    }
    return code;
}

/* RFC 4954 section 3: the keyword AUTH with its mechanisms; before that RFC "AUTH=" was in use. */
static bool ehlo_offers_log_in(struct starttls_text reply)
{
    struct starttls_text line;

    while (take(&reply, "\r\n", &line)) {
        struct starttls_text word;

        if (line.length < 4) {
            continue;
        }
        line = (struct starttls_text){ .at = line.at + 4, .length = line.length - 4 };
        if (take(&line, " ", &word) &&
            ((same(word, "AUTH") && lists_mechanism(line)) ||
             (word.length > 5 && strncasecmp(word.at, "AUTH=", 5) == 0))) {
            return true;
        }
    }
    return false;
}

static enum starttls_clear_step step_smtp(struct starttls_clear *clear, struct starttls_text stream)
{
    struct starttls_text reply;
    enum starttls_step step;
    unsigned code = next_reply(clear, stream, &reply, &step);

    if (code == 0) {
        return unread(step);
    }
    if (clear->talk.sent == 0 && code == 220) {
        return say(clear, "EHLO hoshitori.invalid\r\n");
    }
    if (clear->talk.sent == 1 && code == 250) {
        return ehlo_offers_log_in(reply) ? CLEAR_OPEN : say(clear, "MAIL FROM:<>\r\n");
    }
    return clear->talk.sent == 2 && code == 530 ? CLEAR_ENFORCED : CLEAR_UNKNOWN;
}

/* 534: the policy of the server forbids it (RFC 2228 section 5.1). */
static enum starttls_clear_step step_ftp(struct starttls_clear *clear, struct starttls_text stream)
{
    struct starttls_text reply;
    enum starttls_step step;
    unsigned code = next_reply(clear, stream, &reply, &step);

    if (code == 0) {
        return unread(step);
    }
    if (clear->talk.sent == 0) {
        return code == 220 ? say(clear, "USER %s\r\n", clear->user) : CLEAR_UNKNOWN;
    }
    if (code == 331 || code == 332 || code == 230) {
        return CLEAR_OPEN;
    }
    return code == 534 || (code >= 400 && (names_tls(reply) || mentions(reply, "use AUTH")))
               ? CLEAR_ENFORCED
               : CLEAR_UNKNOWN;
}

static void imap_capability(struct starttls_clear *clear, struct starttls_text line)
{
    struct starttls_text word;

    clear->listed = true;
    clear->password = true;
    while (take(&line, " ", &word)) {
        if (same(word, "LOGINDISABLED")) {
            clear->password = false;
        }
        clear->mechanism =
            clear->mechanism || (word.length > 5 && strncasecmp(word.at, "AUTH=", 5) == 0 &&
                                 !same(word, "AUTH=EXTERNAL"));
    }
}

static enum starttls_clear_step step_imap(struct starttls_clear *clear, struct starttls_text stream)
{
    struct starttls_text line;
    enum starttls_step step;

    while (wire_starttls_line(&clear->talk, stream, &line, &step)) {
        if (clear->talk.sent == 0) {
            return wire_starttls_begins(line, "* OK")        ? say(clear, "h1 CAPABILITY\r\n")
                   : wire_starttls_begins(line, "* PREAUTH") ? CLEAR_OPEN
                                                             : CLEAR_UNKNOWN;
        }
        if (line.length > 13 && strncasecmp(line.at, "* CAPABILITY ", 13) == 0) {
            imap_capability(clear, line);
        } else if (wire_starttls_begins(line, "h1 OK") && clear->listed) {
            return clear->password || clear->mechanism ? CLEAR_OPEN : CLEAR_ENFORCED;
        } else if (!wire_starttls_begins(line, "* ") || wire_starttls_begins(line, "* BYE")) {
            return CLEAR_UNKNOWN;
        }
    }
    return unread(step);
}

/* RFC 2449 section 6: USER, SASL with its mechanisms, STLS (RFC 2595 section 4). */
static void pop3_capability(struct starttls_clear *clear, struct starttls_text line)
{
    struct starttls_text word;

    if (take(&line, " ", &word)) {
        clear->password = clear->password || same(word, "USER");
        clear->tls = clear->tls || same(word, "STLS");
        clear->mechanism = clear->mechanism || (same(word, "SASL") && lists_mechanism(line));
    }
}

static enum starttls_clear_step pop3_listed(struct starttls_clear *clear)
{
    clear->listing = false;
    clear->listed = true;
    if (clear->mechanism) {
        return CLEAR_OPEN;
    }
    if (clear->password) {
        return say(clear, "USER %s\r\n", clear->user);
    }
    return clear->tls && !clear->digest ? CLEAR_ENFORCED : CLEAR_UNKNOWN;
}

static enum starttls_clear_step pop3_answer(struct starttls_clear *clear, struct starttls_text line)
{
    bool accepted = wire_starttls_begins(line, "+OK");

    if (!accepted && !wire_starttls_begins(line, "-ERR")) {
        return CLEAR_UNKNOWN;
    }
    switch (clear->talk.sent) {
    case 0: /* RFC 1939 section 7: a time stamp in angle brackets is for APOP */
        clear->digest = memchr(line.at, '<', line.length) != NULL;
        return accepted ? say(clear, "CAPA\r\n") : CLEAR_UNKNOWN;
    case 1:
        clear->listing = accepted;
        return accepted ? CLEAR_WAIT : say(clear, "USER %s\r\n", clear->user);
    default:
        if (accepted) {
            return CLEAR_OPEN;
        }
        return names_tls(line) && !clear->digest ? CLEAR_ENFORCED : CLEAR_UNKNOWN;
    }
}

static enum starttls_clear_step step_pop3(struct starttls_clear *clear, struct starttls_text stream)
{
    struct starttls_text line;
    enum starttls_step step;

    while (wire_starttls_line(&clear->talk, stream, &line, &step)) {
        enum starttls_clear_step next = CLEAR_WAIT;

        if (!clear->listing) {
            next = pop3_answer(clear, line);
        } else if (same(line, ".")) {
            next = pop3_listed(clear);
        } else {
            pop3_capability(clear, line);
        }
        if (next != CLEAR_WAIT) {
            return next;
        }
    }
    return unread(step);
}

static enum starttls_clear_step step_xmpp(struct starttls_clear *clear, struct starttls_text stream)
{
    struct starttls_text features = stream;
    size_t begins;
    size_t ends;
    bool required;
    bool log_in;

    if (clear->talk.sent == 0) {
        (void) wire_starttls_step(&clear->talk, NULL, 0);
        return CLEAR_SEND;
    }
    if (stream.length > 0 && stream.at[0] != '<') {
        return CLEAR_UNKNOWN;
    }
    features.length =
        wire_starttls_after_element(stream, 0, "<stream:features", "</stream:features>");
    stream.length = features.length > 0 ? features.length : stream.length;
    if (wire_starttls_after(stream, 0, "<stream:error") != 0) {
        return CLEAR_UNKNOWN;
    }
    if (features.length == 0) {
        return CLEAR_WAIT;
    }
    clear->talk.used = features.length;
    begins = wire_starttls_after(features, 0, "<starttls");
    ends = wire_starttls_after_element(features, 0, "<starttls", "</starttls>");
    stream.length = ends;
    required = begins != 0 && ends != 0 && wire_starttls_after(stream, begins, "<required") != 0;
    log_in = wire_starttls_after(features, 0, "<mechanism>") != 0 ||
             wire_starttls_after(features, 0, "jabber.org/features/iq-auth") != 0;
    /* Both, or neither: it cannot be told what the server does with a log-in. */
    return required == log_in ? CLEAR_UNKNOWN : required ? CLEAR_ENFORCED : CLEAR_OPEN;
}

static enum starttls_clear_step (*const steps[STARTTLS_COUNT])(struct starttls_clear *,
                                                               struct starttls_text) = {
    [STARTTLS_SMTP] = step_smtp, [STARTTLS_IMAP] = step_imap,
    [STARTTLS_POP3] = step_pop3, [STARTTLS_FTP] = step_ftp,
    [STARTTLS_XMPP] = step_xmpp, [STARTTLS_LDAP] = wire_starttls_clear_ldap,
};

enum starttls_clear_step wire_starttls_clear_step(struct starttls_clear *clear, const void *stream,
                                                  size_t length)
{
    struct starttls_text text = { .at = length > 0 ? stream : "", .length = length };

    if (clear->talk.protocol == STARTTLS_NONE || length > STARTTLS_STREAM_MAX) {
        return CLEAR_UNKNOWN;
    }
    return steps[clear->talk.protocol](clear, text);
}
