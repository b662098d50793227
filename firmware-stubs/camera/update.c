/* Newer firmware: sent by the administrator, or fetched from the update server. */
#include "camera/admin.h"
#include "support/files.h"

#include <string.h>

enum { ASK_PAUSE_MS = 500 };

static struct http_answer update_get(const struct visit *visit)
{
    const struct firmware *firmware = &visit->camera->firmware;

    return answer_json(visit->camera, 200,
                       json_pack("{s:s, s:s, s:s}", "version", firmware->version, "state",
                                 firmware->state, "reason", firmware->reason));
}

static struct http_answer update_post(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    const struct message *request = visit->request;
    struct firmware_refusal refusal =
        firmware_take(&camera->firmware, request->body, request->body_length);

    if (refusal.status != 0) {
        return answer_error(camera, refusal.status, refusal.why);
    }
    struct http_answer answer = update_get(visit);
    answer.status = 202;
    return answer;
}

bool camera_update_ask(struct camera *camera, const char **ret_why)
{
    struct firmware *firmware = &camera->firmware;

    *ret_why = NULL;
    if (camera->stub->options.update_server == NULL) {
        *ret_why = "no update server";
    } else if (camera->fetch.fd >= 0 || firmware->install.data != NULL) {
        *ret_why = "an update is under way";
    } else if (!fetch_begin(&camera->fetch, camera->stub, firmware->version)) {
        *ret_why = "not started";
    } else {
        firmware->state = "checking";
        firmware->reason[0] = '\0';
    }
    return *ret_why == NULL;
}

static struct http_answer check_post(const struct visit *visit)
{
    const char *why = NULL;

    if (!camera_update_ask(visit->camera, &why)) {
        return answer_error(visit->camera, 409, why);
    }
    struct http_answer answer = update_get(visit);
    answer.status = 202;
    return answer;
}

static const struct route ROUTES[] = {
    ROUTE("GET", "/api/update", NEED_ADMIN, update_get),
    ROUTE("POST", "/api/update", NEED_ADMIN, update_post),
    ROUTE("POST", "/api/update/check", NEED_ADMIN, check_post),
};

const struct route_table update_routes = { ROUTES, sizeof ROUTES / sizeof *ROUTES };

static void fetch_take(struct camera *camera)
{
    struct firmware *firmware = &camera->firmware;
    struct buffer *got = &camera->fetch.got;
    char kind = got->length == 0 ? FETCH_FAILED : got->data[0];

    if (kind == FETCH_IMAGE) {
        (void) firmware_take(firmware, got->data + 1, got->length - 1);
    } else {
        firmware->state = kind == FETCH_NOTHING_NEWER ? "up-to-date" : "failed";
        size_t length = got->length == 0 ? 0 : got->length - 1;
        length = length < sizeof firmware->reason ? length : sizeof firmware->reason - 1;
        memcpy(firmware->reason, got->length == 0 ? "" : got->data + 1, length);
        firmware->reason[length] = '\0';
    }
    fetch_end(&camera->fetch);
}

int64_t camera_tick(void *device)
{
    struct camera *camera = device;
    int64_t wait_ms = firmware_turn(&camera->firmware);
    int64_t now_ms = server_now_ms();
    const char *why = NULL;

    if (camera->fetch.fd >= 0) {
        int64_t fetch_ms = fetch_turn(&camera->fetch);
        if (fetch_ms == 0) {
            fetch_take(camera);
        }
        return fetch_ms < wait_ms ? fetch_ms : wait_ms;
    }
    if (camera->asks && !camera->stub->network_down && camera->firmware.install.data == NULL) {
        if (now_ms >= camera->asks_next_ms) {
            camera->asks_next_ms = now_ms + ASK_PAUSE_MS;
            camera->asks = camera_update_ask(camera, &why);
            return 0;
        }
        int64_t left_ms = camera->asks_next_ms - now_ms;
        wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
    }
    return wait_ms;
}

bool camera_lever(struct stub *stub, void *device, const char *word)
{
    struct camera *camera = device;

    if (strcmp(word, "network-down") == 0) {
        fetch_end(&camera->fetch);
        return true;
    }
    if (strcmp(word, "network-up") == 0) {
        camera->stream_hangs = stub_has(stub, DEFECT_NETWORK_LOSS_HANGS);
        return true;
    }
    if (strcmp(word, "reset-button") == 0) {
        return camera_erase(camera, ERASE_FACTORY_RESET);
    }
    if (strncmp(word, "client-", 7) == 0) {
        camera->asks = strcmp(word, "client-start") == 0;
        if (!camera->asks) {
            fetch_end(&camera->fetch);
        }
        return stub->options.update_server != NULL;
    }
    return false;
}
