/* The cookie jar, as libcurl lists it: lines of seven fields with tabs between them, the name
 * and the value last (the Netscape format). */
#include "channel/http_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_NAME = 5, FIELD_VALUE = 6, COOKIE_LINE_MAX = 8192 };

void http_client_forget(struct http_client *client)
{
    (void) curl_easy_setopt(client->easy, CURLOPT_COOKIELIST, "ALL");
}

/* The field-th part of a line; NULL: there are fewer. */
static char *field_of(char *line, unsigned field)
{
    while (line != NULL && field-- > 0) {
        line = strchr(line, '\t');
        line = line == NULL ? NULL : line + 1;
    }
    return line;
}

static void jar_free(struct curl_slist *jar)
{
    for (struct curl_slist *item = jar; item != NULL; item = item->next) {
        secret_wipe(item->data, strlen(item->data));
    }
    curl_slist_free_all(jar);
}

static struct curl_slist *jar_of(const struct http_client *client)
{
    struct curl_slist *jar = NULL;

    (void) curl_easy_getinfo(client->easy, CURLINFO_COOKIELIST, &jar);
    return jar;
}

/* Another character of the same kind, so that a forged token keeps its shape. */
static char other_character(char character)
{
    static const char *const rings[] = { "0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF",
                                         "GHIJKLMNOPQRSTUVWXYZ" };

    for (size_t i = 0; i < sizeof rings / sizeof rings[0]; i++) {
        const char *at = character == '\0' ? NULL : strchr(rings[i], character);

        if (at != NULL) {
            return at[1] != '\0' ? at[1] : rings[i][0];
        }
    }
    return character;
}

bool http_token_forge(char *token, enum http_forging forging)
{
    size_t length = strlen(token);
    size_t from = forging == HTTP_FORGE_MIDDLE ? length / 3 : 0;
    size_t to = forging == HTTP_FORGE_MIDDLE ? length - length / 3 : length;

    bool changed = false;

    for (size_t i = from; forging != HTTP_FORGE_NOT && i < to; i++) {
        char other = other_character(token[i]);

        changed = changed || other != token[i];
        token[i] = other;
    }
    return changed;
}

unsigned http_client_cookies_copy(struct http_client *client, const struct http_client *from,
                                  enum http_forging forging)
{
    struct curl_slist *jar = jar_of(from);
    char line[COOKIE_LINE_MAX];
    unsigned count = 0;

    for (const struct curl_slist *item = jar; item != NULL; item = item->next) {
        char *value;
        bool counts;

        if (snprintf(line, sizeof line, "%s", item->data) >= (int) sizeof line) {
            continue;
        }
        value = field_of(line, FIELD_VALUE);
        if (value == NULL || *value == '\0') {
            continue;
        }
        counts = http_token_forge(value, forging) || forging == HTTP_FORGE_NOT;
        if (curl_easy_setopt(client->easy, CURLOPT_COOKIELIST, line) == CURLE_OK && counts) {
            count++;
        }
    }
    secret_wipe(line, sizeof line);
    jar_free(jar);
    return count;
}

enum status http_client_cookie(const struct http_client *client, const char *name,
                               struct secret *ret_value, struct error *reterr)
{
    struct curl_slist *jar = jar_of(client);
    enum status status = STATUS_OK;

    for (struct curl_slist *item = jar; item != NULL && status == STATUS_OK; item = item->next) {
        char *at = field_of(item->data, FIELD_NAME);
        char *value = field_of(item->data, FIELD_VALUE);
        size_t length = strlen(name);

        if (at != NULL && value != NULL && strncmp(at, name, length) == 0 && at[length] == '\t') {
            status = secret_set(ret_value, value, strlen(value), SECRET_FOR_CHILDREN, reterr);
        }
    }
    jar_free(jar);
    return status;
}
