#include "channel/fetch.h"

#include "base/clock.h"
#include "base/text.h"
#include "model/profile.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fetching {
    CURL *easy;
    struct fetch_answer *answer;
    size_t size_max;
    bool asked;         /* a socket was opened before */
    bool began_private; /* for the first host */
    bool astray;        /* led from a public to a private address */
    bool too_large;
    char error_text[CURL_ERROR_SIZE];
};

const char *fetch_event_word(enum fetch_event event)
{
    static const char *const words[] = {
        [FETCH_ANSWERED] = "answered",
        [FETCH_NO_NAME] = "no-name",
        [FETCH_NO_CONNECTION] = "no-connection",
        [FETCH_TLS_FAILED] = "tls-failed",
        [FETCH_TIMEOUT] = "timeout",
        [FETCH_TOO_LARGE] = "too-large",
        [FETCH_LED_ASTRAY] = "led-astray",
        [FETCH_BROKEN] = "broken",
    };

    return words[event];
}

bool fetch_is_inside(const char *host)
{
    static const uint8_t translated[12] = { 0x00, 0x64, 0xff, 0x9b }; /* RFC 6052 section 2.1 */
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    uint8_t at[16];
    const uint8_t *v4 = at;

    if (inet_pton(AF_INET, host, at) != 1) {
        if (inet_pton(AF_INET6, host, at) != 1 || address_is_private(host) || at[0] == 0xff) {
            return true;
        }
        if (memcmp(at, translated, sizeof translated) != 0 &&
            memcmp(at, mapped, sizeof mapped) != 0 && (at[0] != 0 || at[1] != 0)) {
            return false;
        }
        v4 = at + 12; /* also "::" and what once was compatible with IPv4 */
    }
    return v4[0] == 0 || v4[0] == 127 || v4[0] == 10 || v4[0] >= 224 ||
           (v4[0] == 100 && (v4[1] & 0xc0) == 64) || (v4[0] == 169 && v4[1] == 254) ||
           (v4[0] == 172 && (v4[1] & 0xf0) == 16) || (v4[0] == 192 && v4[1] == 168);
}

static bool is_private(const struct curl_sockaddr *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    const void *octets =
        address->family == AF_INET6
            ? (const void *) &((const struct sockaddr_in6 *) (const void *) &address->addr)
                  ->sin6_addr
            : (const void *) &((const struct sockaddr_in *) (const void *) &address->addr)
                  ->sin_addr;

    return inet_ntop(address->family, octets, host, sizeof host) == NULL || fetch_is_inside(host);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetching *fetching = context;
    bool private = is_private(address);
    int fd;

    (void) purpose;
    if (!fetching->asked) {
        fetching->asked = true;
        fetching->began_private = private;
    }
    if (private && !fetching->began_private) {
        fetching->astray = true;
        return CURL_SOCKET_BAD;
    }
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct fetching *fetching = context;
    size_t length = size * count;

    if (fetching->answer->body.length + length > fetching->size_max) {
        fetching->too_large = true;
        return 0;
    }
    return bytes_append(&fetching->answer->body, data, length, NULL) == STATUS_OK ? length : 0;
}

/* A page of a redirect is not what was asked for. */
static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct fetching *fetching = context;

    if (size * count >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        bytes_clear(&fetching->answer->body);
    }
    return size * count;
}

static void settle(struct fetching *fetching, const struct fetch_ask *ask)
{
    CURL *easy = fetching->easy;

    (void) curl_easy_setopt(easy, CURLOPT_URL, ask->url);
    (void) curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long) FETCH_REDIRECTS_MAX);
    (void) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void) curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_USERAGENT, "hoshitori");
    (void) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "identity");
    (void) curl_easy_setopt(easy, CURLOPT_HSTS_CTRL, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) clock_left_ms(ask->deadline_ms) + 1);
    (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (ask->trust != NULL) {
        (void) curl_easy_setopt(easy, CURLOPT_CAINFO, ask->trust);
        (void) curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetching);
    (void) curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    (void) curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetching);
    (void) curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void) curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetching);
    (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetching->error_text);
}

static enum fetch_event event_of(const struct fetching *fetching, CURLcode code)
{
    if (fetching->astray) {
        return FETCH_LED_ASTRAY;
    }
    if (fetching->too_large) {
        return FETCH_TOO_LARGE;
    }
    switch (code) {
    case CURLE_OK:
        return FETCH_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
        return FETCH_NO_NAME;
    case CURLE_COULDNT_CONNECT:
        return FETCH_NO_CONNECTION;
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_TIMEOUT;
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return FETCH_LED_ASTRAY;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return FETCH_TLS_FAILED;
    default:
        return FETCH_BROKEN;
    }
}

static void printable_into(const char *text, char *room, size_t size)
{
    text_printable(text, strlen(text), room, size);
}

static void note(struct fetching *fetching, CURLcode code)
{
    struct fetch_answer *answer = fetching->answer;
    const char *url = NULL;
    const char *type = NULL;
    long number = 0;

    answer->event = event_of(fetching, code);
    (void) curl_easy_getinfo(fetching->easy, CURLINFO_REDIRECT_COUNT, &number);
    answer->redirects = number > 0 ? (unsigned) number : 0;
    if (curl_easy_getinfo(fetching->easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK &&
        url != NULL) {
        printable_into(url, answer->final_url, sizeof answer->final_url);
        answer->final_url[strcspn(answer->final_url, "#")] = '\0';
    }
    if (answer->event != FETCH_ANSWERED) {
        bytes_clear(&answer->body);
        printable_into(fetching->astray      ? "redirected from a public address to a private one"
                       : fetching->too_large ? "larger than a document may be"
                       : fetching->error_text[0] != '\0' ? fetching->error_text
                                                         : curl_easy_strerror(code),
                       answer->detail, sizeof answer->detail);
        return;
    }
    number = 0;
    (void) curl_easy_getinfo(fetching->easy, CURLINFO_RESPONSE_CODE, &number);
    answer->status = (int) number;
    if (curl_easy_getinfo(fetching->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK &&
        type != NULL) {
        printable_into(type, answer->content_type, sizeof answer->content_type);
    }
    answer->https = text_starts_with(answer->final_url, "https://");
}

enum status fetch(const struct fetch_ask *ask, struct fetch_answer *answer, struct error *reterr)
{
    static bool ready;
    struct fetching fetching = { .answer = answer, .size_max = ask->size_max };

    *answer = (struct fetch_answer){ .event = FETCH_BROKEN, .body = bytes_bounded(ask->size_max) };
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(reterr, STATUS_INTERNAL, "libcurl could not be started");
    }
    ready = true;
    fetching.easy = curl_easy_init();
    if (fetching.easy == NULL) {
        return fail(reterr, STATUS_INTERNAL, "libcurl gave no handle");
    }
    settle(&fetching, ask);
    note(&fetching, curl_easy_perform(fetching.easy));
    curl_easy_cleanup(fetching.easy);
    return STATUS_OK;
}

void fetch_answer_done(struct fetch_answer *answer)
{
    bytes_done(&answer->body);
}
