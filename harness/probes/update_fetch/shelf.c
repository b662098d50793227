#include "shelf.h"

#include "base/text.h"
#include "channel/sha256.h"
#include "model/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 16384, VALUE_SIZE = 512 };

static enum status value_of(const struct shelf *shelf, const char *name, size_t length,
                            char room[VALUE_SIZE], struct error *reterr)
{
    const struct update_server *server = &shelf->update->server;
    const struct client *client = server->client;
    bool six = strchr(client->host, ':') != NULL;
    char digest[SHA256_TEXT_SIZE];

    room[0] = '\0';
    if (length == 7 && strncmp(name, "version", length) == 0) {
        (void) snprintf(room, VALUE_SIZE, "%s", shelf->version);
    } else if (length == 4 && strncmp(name, "path", length) == 0) {
        (void) snprintf(room, VALUE_SIZE, "%s", server->image_path);
    } else if (length == 3 && strncmp(name, "url", length) == 0) {
        (void) snprintf(room, VALUE_SIZE, "https://%s%s%s:%u%s", six ? "[" : "", client->host,
                        six ? "]" : "", (unsigned) client->port, server->image_path);
    } else if (length == 4 && strncmp(name, "size", length) == 0) {
        (void) snprintf(room, VALUE_SIZE, "%zu", shelf->image->length);
    } else if (length == 6 && strncmp(name, "sha256", length) == 0) {
        TRY(sha256_text(shelf->image->data, shelf->image->length, digest, reterr));
        (void) snprintf(room, VALUE_SIZE, "%s", digest);
    } else {
        return fail(reterr, STATUS_BAD_INPUT, "the manifest has an unknown place ${%.*s}",
                    (int) (length < 40 ? length : 40), name);
    }
    return STATUS_OK;
}

static enum status fill(const struct shelf *shelf, const char *at, struct bytes *text,
                        struct error *reterr)
{
    char value[VALUE_SIZE];

    while (*at != '\0') {
        const char *place = strstr(at, "${");
        const char *end = place == NULL ? NULL : strchr(place, '}');

        if (end == NULL) {
            return bytes_append_text(text, at, reterr);
        }
        TRY(bytes_append(text, at, (size_t) (place - at), reterr));
        TRY(value_of(shelf, place + 2, (size_t) (end - place - 2), value, reterr));
        TRY(bytes_append_text(text, value, reterr));
        at = end + 1;
    }
    return STATUS_OK;
}

enum status shelf_manifest(const struct shelf *shelf, struct bytes *text, struct error *reterr)
{
    const struct update_server *server = &shelf->update->server;
    enum status status;
    char *dumped;

    if (server->manifest_json == NULL) {
        return fill(shelf, server->manifest_text == NULL ? "" : server->manifest_text, text,
                    reterr);
    }
    dumped = json_dumps(server->manifest_json, JSON_COMPACT);
    if (dumped == NULL) {
        abort();
    }
    status = fill(shelf, dumped, text, reterr);
    free(dumped);
    return status;
}

static enum status answer(int code, const char *type, const struct bytes *body, struct bytes *reply,
                          struct error *reterr)
{
    char head[256];

    (void) snprintf(head, sizeof head,
                    "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                    "Connection: close\r\n\r\n",
                    code, code == 200 ? "OK" : "Not Found", type, body->length);
    TRY(bytes_append_text(reply, head, reterr));
    return bytes_append(reply, body->data, body->length, reterr);
}

/* The path of a GET, without its query. */
static bool is_asked_for(const char *head, const char *path)
{
    size_t length = path == NULL ? 0 : strlen(path);

    return length > 0 && strncmp(head, "GET ", 4) == 0 && strncmp(head + 4, path, length) == 0 &&
           (head[4 + length] == ' ' || head[4 + length] == '?');
}

enum status shelf_serve(void *context, const void *data, size_t length, struct bytes *reply,
                        struct error *reterr)
{
    struct shelf *shelf = context;
    DEFER(bytes_done) struct bytes body = bytes_bounded(HEAD_MAX);
    const char *head;

    if (shelf->request.length + length + 1 > shelf->request.limit) {
        shelf->others++;
        return answer(404, "text/plain", &body, reply, reterr);
    }
    TRY(bytes_append(&shelf->request, data, length, reterr));
    TRY(bytes_append(&shelf->request, "", 1, reterr));
    shelf->request.length--;
    head = (const char *) shelf->request.data;
    if (strstr(head, "\r\n\r\n") == NULL) {
        return STATUS_OK;
    }
    if (is_asked_for(head, shelf->update->server.manifest_path)) {
        shelf->manifests++;
        TRY(shelf_manifest(shelf, &body, reterr));
        return answer(
            200, shelf->update->server.manifest_json != NULL ? "application/json" : "text/plain",
            &body, reply, reterr);
    }
    if (is_asked_for(head, shelf->update->server.image_path)) {
        shelf->images++;
        return answer(200, "application/octet-stream", shelf->image, reply, reterr);
    }
    shelf->others++;
    return answer(404, "text/plain", &body, reply, reterr);
}
