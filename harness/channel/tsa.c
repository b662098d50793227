#include "channel/tsa.h"

#include "base/text.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static const char answer_type[] = "application/timestamp-reply";

static void easy_done(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static void list_done(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* Taking fewer than there are ends the transfer. */
static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    return bytes_append(context, data, size * count, NULL) == STATUS_OK ? size * count : 0;
}

static void prepare(CURL *easy, const char *url, const void *request, size_t length,
                    int64_t deadline_ms, struct bytes *answer)
{
    (void) curl_easy_setopt(easy, CURLOPT_URL, url);
    (void) curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) deadline_ms);
    (void) curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request);
    (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long) length);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

/* Parameters may follow the type (RFC 9110 section 8.3.1). */
static bool is_answer(const char *type)
{
    const size_t length = strlen(answer_type);

    return type != NULL && strncasecmp(type, answer_type, length) == 0 &&
           (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static enum status judge(CURL *easy, CURLcode code, const char *url, struct error *reterr)
{
    const char *type = NULL;
    long status = 0;

    if (code == CURLE_OPERATION_TIMEDOUT) {
        return fail(reterr, STATUS_TIMEOUT, "%s did not answer in time", url);
    }
    if (code == CURLE_WRITE_ERROR) {
        return fail(reterr, STATUS_BAD_INPUT, "%s answers with more than %d bytes", url,
                    TSA_ANSWER_MAX);
    }
    if (code != CURLE_OK) {
        return fail(reterr,
                    code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL
                        ? STATUS_USAGE
                        : STATUS_UNREACHABLE,
                    "%s: %s", url, curl_easy_strerror(code));
    }
    (void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void) curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    if (status >= 300 && status < 400) {
        return fail(reterr, STATUS_BAD_INPUT, "%s sends elsewhere (HTTP %ld): name that URL", url,
                    status);
    }
    if (status != 200) {
        return fail(reterr, STATUS_BAD_INPUT, "%s answers with HTTP %ld", url, status);
    }
    return is_answer(type)
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "%s does not answer with %s", url, answer_type);
}

enum status tsa_ask(const char *url, const void *request, size_t length, int64_t deadline_ms,
                    struct bytes *answer, struct error *reterr)
{
    DEFER(easy_done) CURL *easy = curl_easy_init();
    DEFER(list_done)
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/timestamp-query");

    if (easy == NULL || headers == NULL) {
        abort();
    }
    prepare(easy, url, request, length, deadline_ms, answer);
    (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    return judge(easy, curl_easy_perform(easy), url, reterr);
}
