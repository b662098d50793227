#include "channel/ssh.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    GREETING_MAX = 512, /* RFC 4253 section 4.2: an identification has at most 255 octets */
    LINES_BEFORE_MAX = 16,
    ROUNDS_MAX = 4, /* of questions in one keyboard-interactive log-in */
    POLL_MS = 200,
    LEAST_WAIT_MS = 50,  /* libssh takes no time at all for "for ever" */
    PARTIAL_LINE_MS = 10 /* between two looks at a line that has not ended */
};

struct ssh_link {
    ssh_session session;
    struct transcript *transcript;
    unsigned connection;
    unsigned methods;
    char *user; /* "" is one too */
    char words[SSH_LINK_WORDS_MAX];
};

static const char *const answer_words[] = {
    [SSH_LINK_GRANTED] = "granted",
    [SSH_LINK_DENIED] = "denied",
    [SSH_LINK_PARTIAL] = "granted in part",
    [SSH_LINK_NOT_OFFERED] = "not offered",
    [SSH_LINK_NEW_PASSWORD] = "a new password is asked for",
    [SSH_LINK_ASKS_MORE] = "more than a password is asked for",
    [SSH_LINK_CUT_OFF] = "the device ended the connection",
    [SSH_LINK_NO_ANSWER] = "no answer",
};

static void words_take(char words[SSH_LINK_WORDS_MAX], const void *text, size_t length)
{
    text_printable(text, length, words, SSH_LINK_WORDS_MAX);
}

/* ---- before the library: who is there? ---- */

/* Looks at what has come without taking it. TCP_OK: a whole line, of *ret_length. */
static enum tcp_event line_await(int fd, char room[GREETING_MAX], int64_t deadline_ms,
                                 size_t *ret_length)
{
    const struct timespec pause = { .tv_nsec = PARTIAL_LINE_MS * 1000000L };

    *ret_length = 0;
    for (;;) {
        struct pollfd wanted = { .fd = fd, .events = POLLIN | POLLRDHUP };
        int64_t left = deadline_ms - clock_monotonic_ms();
        ssize_t got;
        const char *end;

        if (left <= 0) {
            return TCP_TIMEOUT;
        }
        if (poll(&wanted, 1, (int) (left < 1000 ? left : 1000)) <= 0) {
            continue;
        }
        got = recv(fd, room, GREETING_MAX, MSG_PEEK | MSG_DONTWAIT);
        if (got == 0) {
            return TCP_CLOSED;
        }
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            return TCP_RESET;
        }
        end = got > 0 ? memchr(room, '\n', (size_t) got) : NULL;
        if (got > 0) {
            bool ended = (wanted.revents & (POLLHUP | POLLRDHUP)) != 0;

            *ret_length = end != NULL ? (size_t) (end - room) + 1 : (size_t) got;
            if (end != NULL || got == GREETING_MAX || ended) {
                return TCP_OK;
            }
        }
        (void) nanosleep(&pause, NULL);
    }
}

/* RFC 4253 section 4.2: other lines may come before the identification.  The library
 * takes none, so they are taken here; the identification stays for it to read. */
static enum ssh_link_event greeting_await(const struct tcp *tcp, int64_t deadline_ms,
                                          char words[SSH_LINK_WORDS_MAX])
{
    char room[GREETING_MAX];

    words[0] = '\0';
    for (unsigned line = 0; line < LINES_BEFORE_MAX; line++) {
        size_t length = 0;
        enum tcp_event event = line_await(tcp->fd, room, deadline_ms, &length);

        if (length > 0) {
            words_take(words, room, length);
        }
        if (event == TCP_TIMEOUT) {
            return SSH_LINK_SILENT;
        }
        if (event != TCP_OK) {
            transcript_note(tcp->transcript, tcp->connection, "ended before any identification");
            return SSH_LINK_TURNED_AWAY;
        }
        transcript_received(tcp->transcript, tcp->connection, room, length);
        if (length >= 4 && memcmp(room, "SSH-", 4) == 0) {
            return SSH_LINK_OK;
        }
        if (recv(tcp->fd, room, length, MSG_DONTWAIT) != (ssize_t) length) {
            return SSH_LINK_TURNED_AWAY;
        }
    }
    return SSH_LINK_UNLIKE;
}

/* ---- the library ---- */

static const char kex[] =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1";
static const char host_keys[] =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256,ssh-rsa";
static const char ciphers[] =
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,"
    "aes192-ctr,aes128-ctr,aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
static const char macs[] = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
                           "hmac-sha2-256,hmac-sha2-512,hmac-sha1-etm@openssh.com,hmac-sha1";

/* The library waits for the keys by itself: with our deadline. */
static void deadline_set(struct ssh_link *link, int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_monotonic_ms();
    long seconds;
    long rest;

    left = left > LEAST_WAIT_MS ? left : LEAST_WAIT_MS;
    seconds = (long) (left / 1000);
    rest = (long) (left % 1000) * 1000;
    (void) ssh_options_set(link->session, SSH_OPTIONS_TIMEOUT, &seconds);
    (void) ssh_options_set(link->session, SSH_OPTIONS_TIMEOUT_USEC, &rest);
}

static enum status options_set(struct ssh_link *link, const struct ssh_link_target *target, int fd,
                               struct error *reterr)
{
    const unsigned port = target->port;
    const int minimum = 768; /* bits, of old devices' keys; a sound size is another question */
    const bool off = false;
    const struct {
        enum ssh_options_e option;
        const void *value;
    } options[] = {
        { SSH_OPTIONS_PROCESS_CONFIG, &off },    { SSH_OPTIONS_SSH_DIR, "/nonexistent" },
        { SSH_OPTIONS_KNOWNHOSTS, "/dev/null" }, { SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null" },
        { SSH_OPTIONS_HOST, target->host },      { SSH_OPTIONS_PORT, &port },
        { SSH_OPTIONS_USER, "nobody" }, /* else it asks the system; each log-in names its own */
        { SSH_OPTIONS_RSA_MIN_SIZE, &minimum },  { SSH_OPTIONS_KEY_EXCHANGE, kex },
        { SSH_OPTIONS_HOSTKEYS, host_keys },     { SSH_OPTIONS_CIPHERS_C_S, ciphers },
        { SSH_OPTIONS_CIPHERS_S_C, ciphers },    { SSH_OPTIONS_HMAC_C_S, macs },
        { SSH_OPTIONS_HMAC_S_C, macs },          { SSH_OPTIONS_FD, &fd },
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (ssh_options_set(link->session, options[i].option, options[i].value) != SSH_OK) {
            return fail(reterr, STATUS_INTERNAL, "libssh does not take option %d: %s",
                        (int) options[i].option, ssh_get_error(link->session));
        }
    }
    return STATUS_OK;
}

static void words_from_library(struct ssh_link *link)
{
    const char *text = ssh_get_error(link->session);

    words_take(link->words, text, strlen(text));
}

/* The library's own word for "too slow" is an error like any other. */
static enum ssh_link_event keys_agree(struct ssh_link *link, int64_t deadline_ms)
{
    deadline_set(link, deadline_ms);
    if (ssh_connect(link->session) == SSH_OK) {
        transcript_note(link->transcript, link->connection, "key exchange %s, cipher %s",
                        ssh_get_kex_algo(link->session), ssh_get_cipher_out(link->session));
        ssh_set_blocking(link->session, 0);
        return SSH_LINK_OK;
    }
    words_from_library(link);
    transcript_note(link->transcript, link->connection, "no keys were agreed on: %s", link->words);
    if (clock_monotonic_ms() >= deadline_ms) {
        return SSH_LINK_SILENT;
    }
    if (strstr(link->words, "no match for method") != NULL ||
        strstr(link->words, "rotocol mismatch") != NULL) {
        return SSH_LINK_UNLIKE;
    }
    return SSH_LINK_ENDED;
}

static void link_free(struct ssh_link *link)
{
    if (link != NULL) {
        ssh_free(link->session);
        free(link->user);
        free(link);
    }
}

static enum status link_over(struct tcp *tcp, const struct ssh_link_target *target,
                             struct ssh_link **ret_link, struct error *reterr)
{
    struct ssh_link *link = calloc(1, sizeof *link);
    enum status status;

    if (link == NULL || (link->user = strdup(target->user)) == NULL ||
        (link->session = ssh_new()) == NULL) {
        link_free(link);
        return fail(reterr, STATUS_LIMIT, "no memory for an SSH session");
    }
    link->transcript = target->transcript;
    link->connection = tcp->connection;
    status = options_set(link, target, tcp->fd, reterr);
    if (status != STATUS_OK) {
        link_free(link);
        return status;
    }
    *ret_link = link;
    return STATUS_OK;
}

enum status ssh_link_open(const struct ssh_link_target *target, int64_t deadline_ms,
                          struct ssh_link **ret_link, enum ssh_link_event *ret_event,
                          char words[SSH_LINK_WORDS_MAX], struct error *reterr)
{
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    struct ssh_link *link = NULL;
    enum tcp_event event = TCP_OK;

    *ret_link = NULL;
    words[0] = '\0';
    TRY(tcp_open(&tcp, target->host, target->port, deadline_ms, target->transcript, &event,
                 reterr));
    if (event != TCP_OK) {
        *ret_event = event == TCP_TIMEOUT ? SSH_LINK_SILENT : SSH_LINK_REFUSED;
        (void) snprintf(words, SSH_LINK_WORDS_MAX, "%s", tcp_event_word(event));
        return STATUS_OK;
    }
    *ret_event = greeting_await(&tcp, deadline_ms, words);
    if (*ret_event != SSH_LINK_OK) {
        return STATUS_OK;
    }
    TRY(link_over(&tcp, target, &link, reterr));
    tcp.fd = -1; /* the library closes it */
    *ret_event = keys_agree(link, deadline_ms);
    if (*ret_event != SSH_LINK_OK) {
        (void) snprintf(words, SSH_LINK_WORDS_MAX, "%s", link->words);
        ssh_link_close(link);
        return STATUS_OK;
    }
    *ret_link = link;
    return STATUS_OK;
}

void ssh_link_close(struct ssh_link *link)
{
    if (link != NULL) {
        ssh_disconnect(link->session);
        link_free(link);
    }
}

void ssh_link_key(const struct ssh_link *link, char room[SSH_LINK_KEY_SIZE])
{
    unsigned char *digest = NULL;
    size_t length = 0;
    ssh_key key = NULL;

    room[0] = '\0';
    if (ssh_get_server_publickey(link->session, &key) != SSH_OK) {
        return;
    }
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &digest, &length) == 0) {
        for (size_t i = 0; i < length && 2 * i + 2 < SSH_LINK_KEY_SIZE; i++) {
            (void) snprintf(room + 2 * i, 3, "%02x", digest[i]);
        }
        ssh_clean_pubkey_hash(&digest);
    }
    ssh_key_free(key);
}

unsigned ssh_link_methods(const struct ssh_link *link)
{
    return link->methods;
}

const char *ssh_link_method_name(const struct ssh_link *link, size_t place)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = { { SSH_AUTH_METHOD_PUBLICKEY, "publickey" },
                  { SSH_AUTH_METHOD_PASSWORD, "password" },
                  { SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive" },
                  { SSH_AUTH_METHOD_HOSTBASED, "hostbased" },
                  { SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic" } };
    unsigned list = (unsigned) ssh_userauth_list(link->session, NULL);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((list & names[i].bit) != 0 && place-- == 0) {
            return names[i].name;
        }
    }
    return NULL;
}

void ssh_link_banner(const struct ssh_link *link, char room[SSH_LINK_BANNER_MAX])
{
    char *banner = ssh_get_issue_banner(link->session);

    text_printable(banner, banner != NULL ? strlen(banner) : 0, room, SSH_LINK_BANNER_MAX);
    ssh_string_free_char(banner);
}

const char *ssh_link_last_words(const struct ssh_link *link)
{
    return link->words;
}

/* ---- log-ins ----
 *
 * The session does not block: when a device ends the connection in place of an answer,
 * the library's own waiting would go on until its time is up. */

/* False: there is nothing more to wait for. */
static bool wait_more(const struct ssh_link *link, int64_t deadline_ms)
{
    struct pollfd wanted = { .fd = ssh_get_fd(link->session), .events = POLLIN };
    int64_t left = deadline_ms - clock_monotonic_ms();

    if (left <= 0 || !ssh_is_connected(link->session)) {
        return false;
    }
    if ((ssh_get_poll_flags(link->session) & SSH_WRITE_PENDING) != 0) {
        wanted.events |= POLLOUT;
    }
    (void) poll(&wanted, 1, (int) (left < POLL_MS ? left : POLL_MS));
    return true;
}

static void methods_take(struct ssh_link *link)
{
    unsigned list = (unsigned) ssh_userauth_list(link->session, NULL);
    unsigned methods =
        ((list & (unsigned) SSH_AUTH_METHOD_PASSWORD) != 0 ? SSH_LINK_PASSWORD : 0U) |
        ((list & (unsigned) SSH_AUTH_METHOD_INTERACTIVE) != 0 ? SSH_LINK_INTERACTIVE : 0U);

    if (methods != link->methods) {
        transcript_note(
            link->transcript, link->connection, "methods: %s%s%s",
            (list & (unsigned) SSH_AUTH_METHOD_PASSWORD) != 0 ? "password " : "",
            (list & (unsigned) SSH_AUTH_METHOD_INTERACTIVE) != 0 ? "keyboard-interactive " : "",
            (list & (unsigned) SSH_AUTH_METHOD_PUBLICKEY) != 0 ? "publickey" : "");
    }
    link->methods = methods;
}

static enum ssh_link_answer cut_off(struct ssh_link *link)
{
    words_from_library(link);
    return SSH_LINK_CUT_OFF;
}

static enum ssh_link_answer answer_read(struct ssh_link *link, int result, unsigned method)
{
    switch (result) {
    case SSH_AUTH_SUCCESS:
        return SSH_LINK_GRANTED;
    case SSH_AUTH_DENIED:
        /* From 0.11 on libssh says so too when SSH_MSG_DISCONNECT comes in place of an answer. */
        if (!ssh_is_connected(link->session) &&
            ssh_get_error_code(link->session) != SSH_REQUEST_DENIED) {
            return cut_off(link);
        }
        methods_take(link);
        return method == 0 || (link->methods & method) != 0 ? SSH_LINK_DENIED
                                                            : SSH_LINK_NOT_OFFERED;
    case SSH_AUTH_PARTIAL:
        return SSH_LINK_PARTIAL;
    case SSH_AUTH_AGAIN:
        return ssh_is_connected(link->session) ? SSH_LINK_NO_ANSWER : cut_off(link);
    default:
        return cut_off(link);
    }
}

static enum ssh_link_answer answered(struct ssh_link *link, const char *method,
                                     enum ssh_link_answer answer)
{
    transcript_note(link->transcript, link->connection, "%s: %s%s%s", method, answer_words[answer],
                    answer == SSH_LINK_CUT_OFF ? ": " : "",
                    answer == SSH_LINK_CUT_OFF ? link->words : "");
    return answer;
}

enum ssh_link_answer ssh_link_try_none(struct ssh_link *link, int64_t deadline_ms)
{
    int result;

    do {
        result = ssh_userauth_none(link->session, link->user);
    } while (result == SSH_AUTH_AGAIN && wait_more(link, deadline_ms));
    return answered(link, "no password", answer_read(link, result, 0));
}

enum ssh_link_answer ssh_link_try_password(struct ssh_link *link, const char *password,
                                           int64_t deadline_ms)
{
    int result;

    do {
        result = ssh_userauth_password(link->session, link->user, password);
    } while (result == SSH_AUTH_AGAIN && wait_more(link, deadline_ms));
    return answered(link, "password", answer_read(link, result, SSH_LINK_PASSWORD));
}

static bool asks_new_password(const char *text)
{
    return text != NULL &&
           (strcasestr(text, "new password") != NULL || strcasestr(text, "new unix") != NULL ||
            strcasestr(text, "change your password") != NULL);
}

/* Fills in one round of questions; false when the dialogue is over for us. */
static bool round_answer(struct ssh_link *link, const char *password, bool *given,
                         enum ssh_link_answer *ret_over)
{
    int count = ssh_userauth_kbdint_getnprompts(link->session);
    bool changes = asks_new_password(ssh_userauth_kbdint_getinstruction(link->session));

    for (int i = 0; i < count; i++) {
        char echo = 0;
        const char *prompt = ssh_userauth_kbdint_getprompt(link->session, (unsigned) i, &echo);

        if (*given || echo != 0) {
            changes = changes || asks_new_password(prompt);
            *ret_over = *given && changes ? SSH_LINK_NEW_PASSWORD : SSH_LINK_ASKS_MORE;
            return false;
        }
        (void) ssh_userauth_kbdint_setanswer(link->session, (unsigned) i, password);
        *given = true;
    }
    return true;
}

static int questions_await(struct ssh_link *link, int64_t deadline_ms)
{
    int result;

    do {
        result = ssh_userauth_kbdint(link->session, link->user, NULL);
    } while (result == SSH_AUTH_AGAIN && wait_more(link, deadline_ms));
    return result;
}

enum ssh_link_answer ssh_link_try_interactive(struct ssh_link *link, const char *password,
                                              int64_t deadline_ms)
{
    enum ssh_link_answer answer = SSH_LINK_ASKS_MORE;
    bool given = false;
    int result;

    result = questions_await(link, deadline_ms);
    for (unsigned i = 0; i < ROUNDS_MAX && result == SSH_AUTH_INFO; i++) {
        if (!round_answer(link, password, &given, &answer)) {
            return answered(link, "keyboard-interactive", answer);
        }
        result = questions_await(link, deadline_ms);
    }
    if (result != SSH_AUTH_INFO) {
        answer = answer_read(link, result, SSH_LINK_INTERACTIVE);
    }
    return answered(link, "keyboard-interactive", answer);
}

enum ssh_link_answer ssh_link_session(struct ssh_link *link, int64_t deadline_ms)
{
    ssh_channel channel = ssh_channel_new(link->session);
    enum ssh_link_answer answer = SSH_LINK_CUT_OFF;
    int result;

    if (channel == NULL) {
        return answered(link, "session", answer);
    }
    do {
        result = ssh_channel_open_session(channel);
    } while (result == SSH_AGAIN && wait_more(link, deadline_ms));
    if (result == SSH_OK) {
        answer = SSH_LINK_GRANTED;
    } else if (clock_monotonic_ms() >= deadline_ms) {
        answer = SSH_LINK_NO_ANSWER;
    } else if (ssh_is_connected(link->session)) {
        answer = SSH_LINK_DENIED;
    } else {
        words_from_library(link);
    }
    ssh_channel_free(channel);
    return answered(link, "session", answer);
}
