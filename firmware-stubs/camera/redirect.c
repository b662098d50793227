/* The HTTP port: whatever is asked, the answer is where the administration page is. */
#include "camera/camera.h"
#include "support/http.h"

#include <stdio.h>
#include <string.h>

static bool is_host(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".-:[]";

    return *text != '\0' && text[strspn(text, allowed)] == '\0';
}

/* The host that the client named, without its port; else the address we listen on. */
static void host_of(const struct camera *camera, const struct message *request, char *ret_host,
                    size_t size)
{
    const char *bind = camera->stub->options.bind;

    if (!message_field(request, "Host", ret_host, size) || !is_host(ret_host)) {
        snprintf(ret_host, size, strchr(bind, ':') != NULL ? "[%s]" : "%s", bind);
        return;
    }
    char *bracket = strchr(ret_host, ']');
    char *colon = strchr(bracket == NULL ? ret_host : bracket, ':');
    if (colon != NULL) {
        *colon = '\0';
    }
}

static struct http_answer redirect_answer(struct connection *connection,
                                          const struct message *request, const char *path)
{
    const struct camera *camera = connection->device;
    struct http_answer answer = { .status = 301 };
    char host[128];

    host_of(camera, request, host, sizeof host);
    snprintf(answer.fields, sizeof answer.fields, "Location: https://%s:%u%s\r\n", host,
             camera->stub->ports[SERVICE_ADMIN], *path == '/' ? path : "/");
    return answer;
}

/* Defect header-hang: what a loop without an end would look like from outside. */
static bool redirect_hangs(struct connection *connection)
{
    struct camera *camera = connection->device;

    if (stub_has(camera->stub, DEFECT_HEADER_HANG) && connection->in.length > 4096) {
        camera->web_hangs = true;
    }
    return camera->web_hangs;
}

static enum next_step redirect_input(struct connection *connection)
{
    if (redirect_hangs(connection)) {
        return STEP_GO_ON;
    }
    return http_input(connection, redirect_answer);
}

const struct protocol camera_redirect = { .name = "http",
                                          .idle_ms = 10000,
                                          .input = redirect_input };
