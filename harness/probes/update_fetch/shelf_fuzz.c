/* Whatever a device sends to the played update server, in two pieces. */
#include "shelf.h"

#include "model/profile.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct client client = { .host = "h", .port = 1 };
    const struct update update = { .server = { .client = &client,
                                               .manifest_path = "/m",
                                               .manifest_text = "${version}",
                                               .image_path = "/i" } };
    DEFER(bytes_done) struct bytes image = bytes_bounded(16);
    DEFER(bytes_done) struct bytes reply = bytes_bounded(4096);
    struct shelf shelf = {
        .update = &update, .image = &image, .version = "1", .request = bytes_bounded(256)
    };
    size_t first = size / 2;

    if (shelf_serve(&shelf, data, first, &reply, NULL) != STATUS_OK) {
        abort();
    }
    if (reply.length == 0 &&
        shelf_serve(&shelf, data + first, size - first, &reply, NULL) != STATUS_OK) {
        abort();
    }
    if (shelf.manifests + shelf.images + shelf.others != (reply.length > 0 ? 1u : 0u)) {
        abort();
    }
    bytes_done(&shelf.request);
    return 0;
}
