/* Stream control: RTSP 1.0 (RFC 2326) with Digest authentication (RFC 2617 without qop, the form
 * that recorders speak).  It describes the stream; pictures leave the camera over TLS only. */
#include "camera/camera.h"
#include "support/message.h"

#include <stdio.h>
#include <string.h>

struct conversation {
    char nonce[TOKEN_TEXT]; /* empty: none given yet */
};

struct digest_claim {
    const char *user;
    const char *nonce;
    const char *method;
    const char *uri;
    const char *response;
};

static const char DESCRIPTION[] = "v=0\r\n"
                                  "o=- 1 1 IN IP4 0.0.0.0\r\n"
                                  "s=" CAMERA_MODEL "\r\n"
                                  "c=IN IP4 0.0.0.0\r\n"
                                  "t=0 0\r\n"
                                  "m=video 0 RTP/SAVP 96\r\n"
                                  "a=rtpmap:96 H264/90000\r\n"
                                  "a=control:track1\r\n";

static void answer(struct connection *connection, const struct message *request, int status,
                   const char *reason, const char *fields)
{
    char sequence[16] = "";

    buffer_format(&connection->out, "RTSP/1.0 %d %s\r\n", status, reason);
    if (request != NULL && message_field(request, "CSeq", sequence, sizeof sequence) &&
        sequence[strspn(sequence, "0123456789")] == '\0') {
        buffer_format(&connection->out, "CSeq: %s\r\n", sequence);
    }
    buffer_format(&connection->out, "%s\r\n", fields);
}

/* One parameter of a Digest field: name=value or name="value" (RFC 2617 section 3.2.2). */
static bool parameter(const char *field, const char *name, char *ret_value, size_t size)
{
    const char *at = field + strcspn(field, " ");
    size_t name_length = strlen(name);

    while (*at != '\0') {
        at += strspn(at, " ,\t");
        size_t length = strcspn(at, "= ,");
        bool found = length == name_length && strncasecmp(at, name, length) == 0;
        at += length;
        if (*at != '=') {
            at += *at == '\0' ? 0 : 1;
            continue;
        }
        bool quoted = *++at == '"';
        at += quoted ? 1 : 0;
        length = strcspn(at, quoted ? "\"" : ", \t");
        if (found && length < size) {
            memcpy(ret_value, at, length);
            ret_value[length] = '\0';
            return true;
        }
        at += length + (quoted && at[length] == '"' ? 1 : 0);
    }
    return false;
}

static bool digest_matches(const char *password, const void *argument)
{
    const struct digest_claim *claim = argument;
    char first[MD5_TEXT];
    char second[MD5_TEXT];
    char expected[MD5_TEXT];

    md5_joined(first, (const char *const[]){ claim->user, CAMERA_MODEL, password }, 3);
    md5_joined(second, (const char *const[]){ claim->method, claim->uri }, 2);
    md5_joined(expected, (const char *const[]){ first, claim->nonce, second }, 3);
    return text_equal_secretly(expected, claim->response, 64);
}

static void challenge(struct connection *connection, const struct message *request, bool stale)
{
    struct conversation *conversation = connection->state;
    char fields[160];

    token_random(conversation->nonce);
    snprintf(fields, sizeof fields, "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\"%s\r\n",
             CAMERA_MODEL, conversation->nonce, stale ? ", stale=true" : "");
    answer(connection, request, 401, "Unauthorized", fields);
}

/* True for a right log-in; otherwise the refusal is already written. */
static bool authorised(struct connection *connection, const struct message *request)
{
    struct camera *camera = connection->device;
    const struct conversation *conversation = connection->state;
    char field[1024];
    char user[64];
    char nonce[64];
    char uri[sizeof request->target];
    char response[64];
    char fields[64];

    if (!message_field(request, "Authorization", field, sizeof field) ||
        strncasecmp(field, "Digest ", 7) != 0 || !parameter(field, "username", user, sizeof user) ||
        !parameter(field, "nonce", nonce, sizeof nonce) ||
        !parameter(field, "uri", uri, sizeof uri) ||
        !parameter(field, "response", response, sizeof response)) {
        challenge(connection, request, false);
        return false;
    }
    if (strcmp(uri, request->target) != 0) {
        answer(connection, request, 400, "Bad Request", "");
        return false;
    }
    /* A nonce is good on its own connection only: nothing overheard can be replayed. */
    if (conversation->nonce[0] == '\0' || strcmp(nonce, conversation->nonce) != 0) {
        challenge(connection, request, true);
        return false;
    }
    struct digest_claim claim = { user, nonce, request->method, uri, response };
    struct login login = accounts_login(&camera->accounts, user, digest_matches, &claim);
    if (login.answer == LOGIN_LOCKED) {
        snprintf(fields, sizeof fields, "Retry-After: %u\r\n", login.retry_after_s);
        answer(connection, request, 503, "Service Unavailable", fields);
    } else if (login.answer == LOGIN_WRONG) {
        challenge(connection, request, false);
    }
    return login.answer == LOGIN_RIGHT;
}

/* Defect rtsp-open: nobody is asked who they are.  Defect rtsp-open-path: the path that the
 * manufacturer's own test tool uses is still there. */
static bool open_to_all(const struct camera *camera, const char *path)
{
    return stub_has(camera->stub, DEFECT_RTSP_OPEN) ||
           (stub_has(camera->stub, DEFECT_RTSP_OPEN_PATH) && path != NULL &&
            strcmp(path, "/stream1") == 0);
}

static bool path_known(const struct camera *camera, const char *path)
{
    return path != NULL &&
           (strcmp(path, "/live") == 0 ||
            (stub_has(camera->stub, DEFECT_RTSP_OPEN_PATH) && strcmp(path, "/stream1") == 0));
}

static void describe(struct connection *connection, const struct message *request)
{
    const struct camera *camera = connection->device;
    const char *path = strstr(request->target, "://");
    char fields[256];

    path = path == NULL ? request->target : strchr(path + 3, '/');
    if (!open_to_all(camera, path) && !authorised(connection, request)) {
        return;
    }
    if (!path_known(camera, path)) {
        answer(connection, request, 404, "Not Found", "");
        return;
    }
    snprintf(fields, sizeof fields, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n",
             sizeof DESCRIPTION - 1);
    answer(connection, request, 200, "OK", fields);
    buffer_append(&connection->out, DESCRIPTION, sizeof DESCRIPTION - 1);
}

static void respond(struct connection *connection, const struct message *request)
{
    static const char methods[] = "OPTIONS, DESCRIBE, GET_PARAMETER";
    char fields[64];

    if (strcmp(request->method, "OPTIONS") == 0) {
        snprintf(fields, sizeof fields, "Public: %s\r\n", methods);
        answer(connection, request, 200, "OK", fields);
    } else if (strcmp(request->method, "DESCRIBE") == 0) {
        describe(connection, request);
    } else if (strcmp(request->method, "GET_PARAMETER") == 0) {
        /* RFC 2326 section 10.8: without a body it only asks whether we are there. */
        if (request->body_length == 0) {
            answer(connection, request, 200, "OK", "");
        } else if (authorised(connection, request)) {
            answer(connection, request, 451, "Parameter Not Understood", "");
        }
    } else {
        snprintf(fields, sizeof fields, "Allow: %s\r\n", methods);
        answer(connection, request, 405, "Method Not Allowed", fields);
    }
}

static enum next_step stream_input(struct connection *connection)
{
    struct message request;
    char sequence[16];
    const struct camera *camera = connection->device;
    int state = message_read(connection->in.data, connection->in.length, &request);

    if (state == MESSAGE_MORE || camera->stream_hangs) {
        return STEP_GO_ON;
    }
    if (state != MESSAGE_READY || strncmp(request.version, "RTSP/", 5) != 0) {
        answer(connection, NULL, 400, "Bad Request", "");
        return STEP_CLOSE;
    }
    if (strcmp(request.version, "RTSP/1.0") != 0) {
        answer(connection, &request, 505, "RTSP Version Not Supported", "");
        return STEP_CLOSE;
    }
    /* RFC 2326 section 12.17: the sequence number is in every request. */
    if (!message_field(&request, "CSeq", sequence, sizeof sequence)) {
        answer(connection, NULL, 400, "Bad Request", "");
        return STEP_CLOSE;
    }
    respond(connection, &request);
    buffer_consume(&connection->in, request.length);
    return STEP_GO_ON;
}

const struct protocol camera_stream = {
    .name = "rtsp",
    .idle_ms = 30000,
    .state_size = sizeof(struct conversation),
    .input = stream_input,
};
