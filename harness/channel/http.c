#include "channel/http.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/http_private.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *http_event_word(enum http_event event)
{
    static const char *const words[] = {
        [HTTP_ANSWERED] = "answered",     [HTTP_NO_CONNECTION] = "no_connection",
        [HTTP_TLS_FAILED] = "tls_failed", [HTTP_TIMEOUT] = "timeout",
        [HTTP_BROKEN] = "broken",
    };

    return words[event];
}

static size_t take_body(char *data, size_t one, size_t length, void *context)
{
    struct http_client *client = context;
    struct bytes *body = &client->answer->body;
    size_t room = body->limit - body->length;
    size_t kept = length < room ? length : room;

    (void) one;
    if (bytes_append(body, data, kept, NULL) != STATUS_OK) {
        return 0;
    }
    client->answer->body_cut = kept < length;
    return kept;
}

static void answer_forget(struct http_answer *answer)
{
    if (answer->headers == NULL || json_object_clear(answer->headers) != 0) {
        abort();
    }
    answer->location[0] = '\0';
    answer->content_type[0] = '\0';
    answer->sets_cookie = false;
    bytes_clear(&answer->body);
    answer->body_cut = false;
}

static void answer_header(struct http_answer *answer, const char *name, const char *value)
{
    char kept[HTTP_HEADER_VALUE_MAX];
    char printable[HTTP_HEADER_VALUE_MAX];
    json_t *list = json_object_get(answer->headers, name);

    if (strcmp(name, "location") == 0) {
        text_printable(value, strlen(value), answer->location, sizeof answer->location);
    } else if (strcmp(name, "content-type") == 0) {
        text_printable(value, strlen(value), answer->content_type, sizeof answer->content_type);
    } else if (strcmp(name, "set-cookie") == 0) {
        answer->sets_cookie = true;
    }
    if (answer->wanted_header != NULL && text_equal_nocase(answer->wanted_header, name) &&
        secret_set(&answer->wanted, value, strlen(value), SECRET_FOR_CHILDREN, NULL) == STATUS_OK) {
        (void) snprintf(kept, sizeof kept, "(withheld)");
    } else {
        http_log_redact(name, value, kept, sizeof kept);
    }
    text_printable(kept, strlen(kept), printable, sizeof printable);
    if (list == NULL) {
        list = json_array();
        if (list == NULL || json_object_set_new(answer->headers, name, list) != 0) {
            abort();
        }
    }
    if (json_array_append_new(list, json_string(printable)) != 0) {
        abort();
    }
}

/* One line of an answer's head.  A status line starts anew, so that only the last of
 * several heads (100 Continue, a first 401 of Digest) is kept. */
static size_t take_header(char *line, size_t one, size_t length, void *context)
{
    struct http_client *client = context;
    char name[128];
    char value[HTTP_HEADER_VALUE_MAX];
    const char *colon = memchr(line, ':', length);
    size_t name_length = colon == NULL ? 0 : (size_t) (colon - line);
    size_t value_length;

    (void) one;
    client->header_bytes += length;
    if (client->header_bytes > HTTP_HEADERS_MAX) {
        client->headers_over = true;
        return 0;
    }
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        answer_forget(client->answer);
        client->headers_complete = false;
        return length;
    }
    if (length <= 2 && (line[0] == '\r' || line[0] == '\n')) {
        client->headers_complete = true;
        return length;
    }
    if (name_length == 0 || name_length >= sizeof name) {
        return length;
    }
    for (size_t i = 0; i < name_length; i++) {
        name[i] = (char) tolower((unsigned char) line[i]);
        if (name[i] <= ' ' || name[i] > '~') {
            return length;
        }
    }
    name[name_length] = '\0';
    colon++;
    value_length = length - name_length - 1;
    while (value_length > 0 && (*colon == ' ' || *colon == '\t')) {
        colon++;
        value_length--;
    }
    while (value_length > 0 && isspace((unsigned char) colon[value_length - 1])) {
        value_length--;
    }
    if (value_length >= sizeof value) {
        value_length = sizeof value - 1;
    }
    memcpy(value, colon, value_length);
    value[value_length] = '\0';
    answer_header(client->answer, name, value);
    return length;
}

static int take_debug(CURL *easy, curl_infotype type, char *data, size_t length, void *context)
{
    struct http_client *client = context;

    (void) easy;
    switch (type) {
    case CURLINFO_HEADER_OUT:
        http_log_head(&client->log, HTTP_LOG_SENT, data, length);
        break;
    case CURLINFO_HEADER_IN:
        http_log_head(&client->log, HTTP_LOG_RECEIVED, data, length);
        break;
    case CURLINFO_DATA_OUT:
        http_log_body(&client->log, HTTP_LOG_SENT, data, length);
        break;
    case CURLINFO_DATA_IN:
        http_log_body(&client->log, HTTP_LOG_RECEIVED, data, length);
        break;
    default: /* libcurl's remarks, and TLS records */
        break;
    }
    return 0;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_client *client = context;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void) purpose;
    if (fd < 0) {
        client->socket_errno = errno;
        return CURL_SOCKET_BAD;
    }
    http_log_open(&client->log, client->peer, client->tls);
    return fd;
}

/* host may carry an IPv6 scope ("fe80::1%eth0"), which a URL may not (RFC 6874 is not
 * understood everywhere), so it goes to libcurl by itself. */
static enum status client_address(struct http_client *client, const struct http_target *target,
                                  struct error *reterr)
{
    char host[256];
    char connect_to[HTTP_AUTHORITY_MAX * 2];
    const char *name = target->server_name != NULL ? target->server_name : host;
    char *scope;
    bool v6;
    bool name_v6;

    if (snprintf(host, sizeof host, "%s", target->host) >= (int) sizeof host ||
        strlen(name) > 255 || name[strcspn(name, " /?#@\r\n\t\"<>\\")] != '\0') {
        return fail(reterr, STATUS_BAD_INPUT, "not a host name: '%.80s'", name);
    }
    scope = strchr(host, '%');
    if (scope != NULL) {
        unsigned index = if_nametoindex(scope + 1);

        *scope = '\0';
        (void) curl_easy_setopt(client->easy, CURLOPT_ADDRESS_SCOPE, (long) index);
    }
    v6 = strchr(host, ':') != NULL;
    name_v6 = strchr(name, ':') != NULL;
    (void) snprintf(client->url_start, sizeof client->url_start, "%s://%s%s%s:%u",
                    target->tls ? "https" : "http", name_v6 ? "[" : "", name, name_v6 ? "]" : "",
                    (unsigned) target->port);
    client->tls = target->tls;
    (void) snprintf(client->peer, sizeof client->peer, "%s%s%s:%u/tcp", v6 ? "[" : "", host,
                    v6 ? "]" : "", (unsigned) target->port);
    (void) snprintf(connect_to, sizeof connect_to, "::%s%s%s:%u", v6 ? "[" : "", host,
                    v6 ? "]" : "", (unsigned) target->port);
    client->connect_to = curl_slist_append(NULL, connect_to);
    if (client->connect_to == NULL) {
        abort();
    }
    return STATUS_OK;
}

/* What holds for every request of this client. */
static void client_settle(struct http_client *client)
{
    CURL *easy = client->easy;

    (void) curl_easy_setopt(easy, CURLOPT_CONNECT_TO, client->connect_to);
    (void) curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    (void) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void) curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    (void) curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_USERAGENT, "hoshitori");
    (void) curl_easy_setopt(easy, CURLOPT_COOKIEFILE, ""); /* a jar in memory */
    (void) curl_easy_setopt(easy, CURLOPT_HSTS_CTRL, 0L);

    (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_0);
    /* Refused by TLS backends that do not know the notation; their default then stands. */
    (void) curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");

    (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
    (void) curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    (void) curl_easy_setopt(easy, CURLOPT_HEADERDATA, client);
    (void) curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void) curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, client);
    (void) curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, take_debug);
    (void) curl_easy_setopt(easy, CURLOPT_DEBUGDATA, client);
    (void) curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error_text);
}

enum status http_client_new(const struct http_target *target, struct transcript *transcript,
                            struct http_client **ret_client, struct error *reterr)
{
    static bool ready;
    DEFER(http_client_done) struct http_client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        abort();
    }
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(reterr, STATUS_INTERNAL, "libcurl could not be started");
    }
    ready = true;
    client->transcript = transcript;
    client->log = http_log_start(transcript);
    client->easy = curl_easy_init();
    if (client->easy == NULL) {
        return fail(reterr, STATUS_INTERNAL, "libcurl gave no handle");
    }
    TRY(client_address(client, target, reterr));
    client_settle(client);
    *ret_client = client;
    client = NULL;
    return STATUS_OK;
}

void http_client_free(struct http_client *client)
{
    if (client != NULL) {
        curl_easy_cleanup(client->easy);
        curl_slist_free_all(client->connect_to);
        http_log_done(&client->log);
        free(client);
    }
}

void http_client_done(struct http_client **client)
{
    http_client_free(*client);
    *client = NULL;
}

/* The path as declared, with what may not stand in a request target percent-encoded
 * (RFC 3986 section 2.1). */
static enum status url_set(struct http_client *client, const char *path, struct error *reterr)
{
    char url[sizeof client->url_start + 3 * HTTP_PATH_MAX + 1];
    size_t used = strlen(client->url_start);
    CURLcode code;

    if (path[0] != '/' || strlen(path) > HTTP_PATH_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "not a request path (begins with '/', at most %d)",
                    HTTP_PATH_MAX);
    }
    memcpy(url, client->url_start, used);
    for (const char *at = path; *at != '\0'; at++) {
        unsigned octet = (unsigned char) *at;

        if (octet <= ' ' || octet > '~' || octet == '#') {
            (void) snprintf(url + used, 4, "%%%02X", octet);
            used += 3;
        } else {
            url[used++] = (char) octet;
        }
    }
    url[used] = '\0';
    code = curl_easy_setopt(client->easy, CURLOPT_URL, url);
    secret_wipe(url, used);
    if (code != CURLE_OK) {
        return fail(reterr, STATUS_INTERNAL, "libcurl refused an address");
    }
    return STATUS_OK;
}

/* A handle that remembers a challenge answers it unasked and, when that fails, once
 * more: one wrong password would count twice on the device. */
static void challenge_forget(struct http_client *client)
{
    CURL *fresh = curl_easy_duphandle(client->easy);
    struct curl_slist *cookies = NULL;

    if (fresh == NULL) {
        abort();
    }
    (void) curl_easy_getinfo(client->easy, CURLINFO_COOKIELIST, &cookies);
    for (struct curl_slist *item = cookies; item != NULL; item = item->next) {
        (void) curl_easy_setopt(fresh, CURLOPT_COOKIELIST, item->data);
    }
    curl_slist_free_all(cookies);
    curl_easy_cleanup(client->easy);
    client->easy = fresh;
    client->digested = false;
}

/* What libcurl says of an exchange: the device's doing, or ours. */
static enum status ending(const struct http_client *client, CURLcode code,
                          enum http_event *ret_event, struct error *reterr)
{
    switch (code) {
    case CURLE_OK:
        *ret_event = HTTP_ANSWERED;
        break;
    case CURLE_COULDNT_CONNECT:
        if (client->socket_errno != 0) {
            return fail(reterr, STATUS_IO, "no socket: %s", strerror(client->socket_errno));
        }
        *ret_event = HTTP_NO_CONNECTION;
        break;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
        *ret_event = HTTP_TIMEOUT;
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
        *ret_event = HTTP_TLS_FAILED;
        break;
    case CURLE_OUT_OF_MEMORY:
        /* libcurl says so of a header that is longer than it takes. */
        *ret_event = HTTP_BROKEN;
        break;
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CACERT_BADFILE:
        return fail(reterr, STATUS_INTERNAL, "libcurl: %s", curl_easy_strerror(code));
    default:
        *ret_event = HTTP_BROKEN;
        break;
    }
    return STATUS_OK;
}

static enum status answer_settle(struct http_client *client, CURLcode code, struct error *reterr)
{
    struct http_answer *answer = client->answer;
    const char *detail =
        client->error_text[0] != '\0' ? client->error_text : curl_easy_strerror(code);
    long http_status = 0;

    TRY(ending(client, code, &answer->event, reterr));
    (void) curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &http_status);
    if (client->headers_over) {
        detail = "the head of the answer is longer than 64 KiB";
    }
    if (answer->event != HTTP_ANSWERED) {
        text_printable(detail, strlen(detail), answer->detail, sizeof answer->detail);
        http_log_note(&client->log, "%s: %s", http_event_word(answer->event), answer->detail);
    }
    if (answer->event != HTTP_ANSWERED && client->headers_complete && answer->body.length > 0) {
        answer->event = HTTP_ANSWERED;
        answer->body_cut = true;
    }
    if (answer->event == HTTP_ANSWERED) {
        answer->status = (int) http_status;
    }
    return STATUS_OK;
}

/* libcurl asks about once a second. */
static int ask_given_up(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                        curl_off_t up)
{
    const struct http_ask *ask = context;

    (void) down_total;
    (void) down;
    (void) up_total;
    (void) up;
    return atomic_load(ask->given_up) ? 1 : 0;
}

static enum status exchange(struct http_client *client, const struct http_ask *ask,
                            struct error *reterr)
{
    int left_ms = clock_left_ms(ask->deadline_ms);
    struct curl_slist *headers = http_headers_make(ask);
    CURLcode code;

    http_method_set(client->easy, ask);
    http_credentials_set(client->easy, ask);
    (void) curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, headers);
    (void) curl_easy_setopt(client->easy, CURLOPT_TIMEOUT_MS,
                            (long) (left_ms > 0 ? left_ms : 1)); /* 0 is no limit */
    (void) curl_easy_setopt(client->easy, CURLOPT_CONNECTTIMEOUT_MS, (long) left_ms);
    (void) curl_easy_setopt(client->easy, CURLOPT_NOPROGRESS, ask->given_up == NULL ? 1L : 0L);
    (void) curl_easy_setopt(client->easy, CURLOPT_XFERINFOFUNCTION,
                            ask->given_up == NULL ? NULL : ask_given_up);
    (void) curl_easy_setopt(client->easy, CURLOPT_XFERINFODATA, ask);
    code = curl_easy_perform(client->easy);
    http_log_end(&client->log);
    (void) curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, NULL);
    (void) curl_easy_setopt(client->easy, CURLOPT_POSTFIELDS, NULL);
    (void) curl_easy_setopt(client->easy, CURLOPT_USERNAME, NULL);
    (void) curl_easy_setopt(client->easy, CURLOPT_PASSWORD, NULL);
    http_headers_free(headers);
    return answer_settle(client, code, reterr);
}

enum status http_client_ask(struct http_client *client, const struct http_ask *ask,
                            struct http_answer *answer, struct error *reterr)
{
    *answer = (struct http_answer){
        .event = HTTP_TIMEOUT,
        .body = bytes_bounded(HTTP_BODY_MAX),
        .headers = json_object(),
        .wanted_header = ask->wanted_header,
    };
    answer_forget(answer);
    if (ask->method[0] == '\0' ||
        strspn(ask->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != strlen(ask->method)) {
        return fail(reterr, STATUS_BAD_INPUT, "not an HTTP method");
    }
    client->answer = answer;
    client->header_bytes = 0;
    client->headers_over = false;
    client->headers_complete = false;
    client->socket_errno = 0;
    client->error_text[0] = '\0';
    http_log_begin(&client->log, ask);
    if (client->digested) {
        challenge_forget(client);
    }
    client->digested = ask->scheme != NULL && strcmp(ask->scheme, "digest") == 0;
    TRY(url_set(client, ask->path, reterr));
    if (clock_left_ms(ask->deadline_ms) == 0) {
        (void) snprintf(answer->detail, sizeof answer->detail, "no time was left to ask");
        return STATUS_OK;
    }
    return exchange(client, ask, reterr);
}

void http_answer_done(struct http_answer *answer)
{
    if (answer->body.data != NULL) {
        secret_wipe(answer->body.data, answer->body.capacity);
    }
    bytes_done(&answer->body);
    json_decref(answer->headers);
    secret_done(&answer->wanted);
    *answer = (struct http_answer){ .body = answer->body };
}
