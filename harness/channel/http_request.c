#include "channel/http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_NAME_MAX = 128, ACTION_MAX = 512 };

void http_method_set(CURL *easy, const struct http_ask *ask)
{
    bool post = strcmp(ask->method, "POST") == 0;

    /* HTTPGET first: it undoes what an earlier request had set. */
    (void) curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
    (void) curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (strcmp(ask->method, "HEAD") == 0) {
        (void) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (ask->body != NULL || post) {
        const char *body = ask->body != NULL ? ask->body : "";
        size_t length = ask->body_length > 0 ? ask->body_length : strlen(body);

        (void) curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body); /* not copied */
        (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) length);
    }
    if (!post && strcmp(ask->method, "GET") != 0) {
        (void) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, ask->method);
    } else if (!post && ask->body != NULL) {
        (void) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "GET");
    }
}

void http_credentials_set(CURL *easy, const struct http_ask *ask)
{
    bool digest = ask->scheme != NULL && strcmp(ask->scheme, "digest") == 0;
    const char *password = "";

    if (ask->user == NULL) {
        (void) curl_easy_setopt(easy, CURLOPT_USERNAME, NULL);
        (void) curl_easy_setopt(easy, CURLOPT_PASSWORD, NULL);
        (void) curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_NONE);
        return;
    }
    if (ask->password_text != NULL) {
        password = ask->password_text;
    } else if (ask->password != NULL) {
        password = secret_reveal(ask->password);
    }
    (void) curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
                            (long) (digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
    (void) curl_easy_setopt(easy, CURLOPT_USERNAME, ask->user);
    (void) curl_easy_setopt(easy, CURLOPT_PASSWORD, password);
}

/* start: "Name: ", or as much more as stands before the value. */
static struct curl_slist *header_add(struct curl_slist *headers, const char *start,
                                     const char *value)
{
    char line[4096];
    struct curl_slist *more;

    if (snprintf(line, sizeof line, "%s%s", start, value) >= (int) sizeof line) {
        line[0] = '\0'; /* a header cut short would be another header */
    }
    more = curl_slist_append(headers, line);
    secret_wipe(line, sizeof line);
    if (more == NULL) {
        abort();
    }
    return more;
}

void http_headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *item = headers; item != NULL; item = item->next) {
        secret_wipe(item->data, strlen(item->data));
    }
    curl_slist_free_all(headers);
}

struct curl_slist *http_headers_make(const struct http_ask *ask)
{
    struct curl_slist *headers = header_add(NULL, "Expect:", "");

    if (ask->body != NULL && ask->content_type != NULL) {
        headers = header_add(headers, "Content-Type: ", ask->content_type);
    }
    if (ask->soap_action != NULL) {
        char quoted[ACTION_MAX];

        (void) snprintf(quoted, sizeof quoted, "\"%s\"", ask->soap_action);
        headers = header_add(headers, "SOAPAction: ", quoted);
    }
    if (ask->bearer != NULL) {
        headers = header_add(headers, "Authorization: Bearer ", secret_reveal(ask->bearer));
    }
    if (ask->token_header != NULL && ask->token != NULL) {
        char start[TOKEN_NAME_MAX + 3];

        (void) snprintf(start, sizeof start, "%.*s: ", TOKEN_NAME_MAX, ask->token_header);
        headers = header_add(headers, start, ask->token);
    }
    return headers;
}
