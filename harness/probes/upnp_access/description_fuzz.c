#include "probe/upnp_description.h"
#include "probe/upnp_locate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a device sent, as each of the things that it may be taken for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct upnp_description description;
    static struct upnp_actions actions;
    const struct upnp_url base = { .host = "192.0.2.1", .port = 80, .path = "/a/b" };
    struct upnp_result result;
    struct whereabouts where = { .answered = false };
    struct upnp_url url;
    char path[UPNP_TEXT_SIZE];

    if (upnp_description_read(data, size, &description, NULL) == STATUS_OK) {
        for (size_t i = 0; i < description.count; i++) {
            (void) upnp_short_type(description.services[i].type);
            if (upnp_url_resolve(&base, description.services[i].control, path) && path[0] != '/') {
                abort();
            }
        }
    }
    if (upnp_actions_read(data, size, &actions, NULL) == STATUS_OK) {
        for (size_t i = 0; i < actions.count; i++) {
            (void) upnp_name_reads(actions.items[i].name);
        }
    }
    (void) upnp_result_read(data, size, "GetStatusInfo", &result);
    (void) upnp_search_read(data, size, "192.0.2.1", &where);
    if (size < 1000) {
        char text[1001];

        memcpy(text, data, size);
        text[size] = '\0';
        if (upnp_url_split(text, &url) && (url.port == 0 || url.path[0] != '/')) {
            abort();
        }
    }
    return 0;
}
