#include "camera/firmware.h"

#include "camera/camera.h"
#include "camera/rootfs.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A device needs a while to write its flash; whoever cuts its power may do so in between. */
enum { INSTALL_TURNS = 16, INSTALL_PAUSE_MS = 20 };

static const char DECLARED[] = "firmware/hc100-" CAMERA_VERSION ".img";

static const struct {
    const char *path;
    const char *product;
    const char *version;
} IMAGES[] = {
    { DECLARED, CAMERA_MODEL, CAMERA_VERSION },
    { "firmware/hc100-1.5.0.img", CAMERA_MODEL, "1.5.0" },
    { "firmware/hc100-1.3.0.img", CAMERA_MODEL, "1.3.0" },
    { "firmware/hc200-1.5.0.img", "HC-200", "1.5.0" },
};

/* Defect update-lost-on-power: what runs in memory, and nowhere else.  It ends with the process,
 * as power does. */
static char in_memory[IMAGE_NAME + 1];

static void key_done(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static bool key_write(const struct stub *stub, const char *name, EVP_PKEY *key, bool secret)
{
    DEFER(text_free) char *path = path_join(stub->state, name);
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool right =
        memory != NULL && (secret ? PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL)
                                  : PEM_write_bio_PUBKEY(memory, key)) == 1;

    if (right) {
        long length = BIO_get_mem_data(memory, &text);
        right = file_write(path, secret ? 0600 : 0644, text, (size_t) length);
    }
    BIO_free(memory);
    return right;
}

static EVP_PKEY *key_read(const struct stub *stub, const char *name, bool secret)
{
    DEFER(text_free) char *path = path_join(stub->state, name);
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = NULL;

    if (file != NULL) {
        key = secret ? PEM_read_PrivateKey(file, NULL, NULL, NULL)
                     : PEM_read_PUBKEY(file, NULL, NULL, NULL);
        fclose(file);
    }
    return key;
}

static enum image_signed what_is_signed(const struct stub *stub)
{
    return stub_has(stub, DEFECT_UPDATE_BODY_UNCHECKED) ? IMAGE_SIGNED_HEADER : IMAGE_SIGNED_WHOLE;
}

static bool images_write(const struct stub *stub, EVP_PKEY *key)
{
    for (size_t i = 0; i < sizeof IMAGES / sizeof *IMAGES; i++) {
        DEFER(buffer_done) struct buffer payload = buffer_bounded(IMAGE_MAX);
        DEFER(buffer_done) struct buffer image = buffer_bounded(IMAGE_MAX);
        DEFER(text_free) char *path = path_join(stub->state, IMAGES[i].path);
        const struct image_order order = { .product = IMAGES[i].product,
                                           .version = IMAGES[i].version,
                                           .payload = &payload,
                                           .key = key,
                                           .what = what_is_signed(stub) };
        if (!rootfs_pack(stub, IMAGES[i].version, &payload) || !image_make(&order, &image)) {
            return complain("%s cannot be made", IMAGES[i].path);
        }
        if (!file_write(path, 0644, image.data, image.length)) {
            return false;
        }
    }
    return true;
}

static char *slot_path(const struct stub *stub, char slot)
{
    return path_join(stub->state, slot == 'a' ? "slot-a.img" : "slot-b.img");
}

static bool slot_mark(const struct stub *stub, char slot)
{
    const char text[] = { slot, '\n', '\0' };

    return file_write_text(stub->state, "boot", 0600, text);
}

bool firmware_reinstall(const struct stub *stub)
{
    DEFER(text_free) char *from = path_join(stub->state, DECLARED);
    DEFER(text_free) char *to = slot_path(stub, 'a');
    DEFER(buffer_done) struct buffer image = buffer_bounded(IMAGE_MAX);

    return file_read(from, &image) && file_write(to, 0600, image.data, image.length) &&
           slot_mark(stub, 'a');
}

bool firmware_provide(const struct stub *stub)
{
    DEFER(text_free) char *folder = path_join(stub->state, "firmware");
    DEFER(text_free) char *desk = path_join(stub->state, "vendor");
    DEFER(text_free) char *mark = path_join(stub->state, "boot");
    DEFER(key_done) EVP_PKEY *key = key_read(stub, "vendor/signing.key", true);

    if (!directory_make(folder) || !directory_make(desk)) {
        return false;
    }
    if (key == NULL) {
        key = EVP_EC_gen("P-256");
        if (key == NULL || !key_write(stub, "vendor/signing.key", key, true)) {
            return false;
        }
    }
    return key_write(stub, "firmware/maker.pub.pem", key, false) && images_write(stub, key) &&
           (access(mark, F_OK) == 0 || firmware_reinstall(stub));
}

/* Whether the slot holds something that starts; its version. */
static bool slot_read(struct firmware *firmware, char slot)
{
    const struct stub *stub = firmware->stub;
    DEFER(text_free) char *path = slot_path(stub, slot);
    DEFER(buffer_done) struct buffer data = buffer_bounded(IMAGE_MAX);
    struct image image;
    bool spoiled_will_do = stub_has(stub, DEFECT_UPDATE_BODY_UNCHECKED) ||
                           stub_has(stub, DEFECT_UPDATE_TRUNCATED_ACCEPTED);

    if (access(path, F_OK) != 0 || !file_read(path, &data) ||
        !image_read((const uint8_t *) data.data, data.length, &image) ||
        (!image_digest_right(&image) && !spoiled_will_do)) {
        return false;
    }
    firmware->slot = slot;
    memcpy(firmware->version, image.version, sizeof firmware->version);
    return true;
}

bool firmware_boot(struct firmware *firmware, struct stub *stub)
{
    DEFER(text_free) char *path = path_join(stub->state, "boot");
    DEFER(buffer_done) struct buffer mark = buffer_bounded(16);
    bool marked = file_read(path, &mark) && mark.length > 0 && mark.data[0] == 'b';

    *firmware = (struct firmware){ .stub = stub, .state = "idle", .install = { .fd = -1 } };
    firmware->maker = key_read(stub, "firmware/maker.pub.pem", false);
    if (firmware->maker == NULL) {
        return complain("the maker's public key is not there");
    }
    /* The other slot holds what ran before, which is better than nothing. */
    if (!slot_read(firmware, marked ? 'b' : 'a') && !slot_read(firmware, marked ? 'a' : 'b')) {
        firmware_done(firmware);
        return complain("no slot holds firmware that starts");
    }
    if (in_memory[0] != '\0') {
        memcpy(firmware->version, in_memory, sizeof in_memory);
    }
    return true;
}

static void install_done(struct install *install)
{
    free(install->data);
    if (install->fd >= 0) {
        close(install->fd);
    }
    *install = (struct install){ .fd = -1 };
}

void firmware_done(struct firmware *firmware)
{
    install_done(&firmware->install);
    EVP_PKEY_free(firmware->maker);
    firmware->maker = NULL;
}

static bool trailer_is_zero(const struct image *image)
{
    static const uint8_t zeros[IMAGE_TRAILER] = { 0 };

    return memcmp(image->data + image->length - IMAGE_TRAILER, zeros, sizeof zeros) == 0;
}

static bool signature_will_do(const struct firmware *firmware, const struct image *image)
{
    const struct stub *stub = firmware->stub;

    if (stub_has(stub, DEFECT_UPDATE_UNSIGNED_ACCEPTED) && trailer_is_zero(image)) {
        return true;
    }
    return stub_has(stub, DEFECT_UPDATE_ANY_KEY)
               ? image_signature_formed(image)
               : image_signature_right(image, firmware->maker, what_is_signed(stub));
}

/* Length, digest and signature. */
static struct firmware_refusal origin_judge(const struct firmware *firmware,
                                            const struct image *image)
{
    const struct stub *stub = firmware->stub;
    size_t bare = IMAGE_HEADER + image->payload_length;

    if (stub_has(stub, DEFECT_UPDATE_TRUNCATED_ACCEPTED) && image->length < bare + IMAGE_TRAILER) {
        return (struct firmware_refusal){ 0 };
    }
    if (stub_has(stub, DEFECT_UPDATE_UNSIGNED_ACCEPTED) && image->length == bare &&
        image_digest_right(image)) {
        return (struct firmware_refusal){ 0 };
    }
    if (!image_whole(image)) {
        return (struct firmware_refusal){ 400, "length" };
    }
    if (!stub_has(stub, DEFECT_UPDATE_BODY_UNCHECKED) && !image_digest_right(image)) {
        return (struct firmware_refusal){ 422, "digest" };
    }
    if (!signature_will_do(firmware, image)) {
        return (struct firmware_refusal){ 403, "signature" };
    }
    return (struct firmware_refusal){ 0 };
}

struct firmware_refusal firmware_judge(const struct firmware *firmware, const struct image *image)
{
    const struct stub *stub = firmware->stub;
    struct firmware_refusal refusal = origin_judge(firmware, image);

    if (refusal.status != 0) {
        return refusal;
    }
    if (!stub_has(stub, DEFECT_UPDATE_OTHER_PRODUCT) && strcmp(image->product, CAMERA_MODEL) != 0) {
        return (struct firmware_refusal){ 422, "product" };
    }
    if (!stub_has(stub, DEFECT_UPDATE_DOWNGRADE) &&
        version_compare(image->version, firmware->version) < 0) {
        return (struct firmware_refusal){ 409, "older than what runs" };
    }
    return (struct firmware_refusal){ 0 };
}

static bool install_begin(struct firmware *firmware, const void *data, size_t length)
{
    struct install *install = &firmware->install;
    const struct stub *stub = firmware->stub;
    bool in_place = stub_has(stub, DEFECT_UPDATE_BRICKS);

    install->slot = (firmware->slot == 'a') == in_place ? 'a' : 'b';
    DEFER(text_free) char *path = slot_path(stub, install->slot);
    install->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    install->data = malloc(length);
    if (install->fd < 0 || install->data == NULL) {
        complain("%s: %s", path, strerror(errno));
        install_done(install);
        return false;
    }
    memcpy(install->data, data, length);
    install->length = length;
    return true;
}

struct firmware_refusal firmware_take(struct firmware *firmware, const void *data, size_t length)
{
    struct image image;

    if (firmware->install.data != NULL) {
        return (struct firmware_refusal){ 409, "an update is under way" };
    }
    if (!image_read(data, length, &image)) {
        return (struct firmware_refusal){ 400, "no firmware image" };
    }
    struct firmware_refusal refusal = firmware_judge(firmware, &image);
    if (refusal.status == 0 && !install_begin(firmware, data, length)) {
        refusal = (struct firmware_refusal){ 500, "not written" };
    }
    firmware->state = refusal.status == 0 ? "installing" : "refused";
    snprintf(firmware->reason, sizeof firmware->reason, "%s",
             refusal.why == NULL ? "" : refusal.why);
    return refusal;
}

/* The whole image is in the slot: from now on it starts. */
static bool install_end(struct firmware *firmware)
{
    struct install *install = &firmware->install;
    struct stub *stub = firmware->stub;
    struct image image;
    bool right = fsync(install->fd) == 0;

    if (stub_has(stub, DEFECT_UPDATE_LOST_ON_POWER)) {
        right = image_read(install->data, install->length, &image);
        memcpy(in_memory, image.version, sizeof in_memory);
    } else if (!stub_has(stub, DEFECT_UPDATE_DOES_NOTHING)) {
        right = right && slot_mark(stub, install->slot);
    }
    install_done(install);
    return right;
}

int64_t firmware_turn(struct firmware *firmware)
{
    struct install *install = &firmware->install;
    int64_t now_ms = server_now_ms();

    if (install->data == NULL) {
        return INT64_MAX;
    }
    if (now_ms < install->next_ms) {
        return install->next_ms - now_ms;
    }
    size_t piece = install->length / INSTALL_TURNS + 1;
    size_t left = install->length - install->written;
    piece = piece < left ? piece : left;
    ssize_t written = write(install->fd, install->data + install->written, piece);
    if (written < 0 || (written == 0 && piece > 0)) {
        complain("the slot: %s", strerror(errno));
        install_done(install);
        firmware->state = "failed";
        return INT64_MAX;
    }
    install->written += (size_t) written;
    install->next_ms = now_ms + INSTALL_PAUSE_MS;
    if (install->written == install->length) {
        bool right = install_end(firmware);
        firmware->state = right ? "idle" : "failed";
        firmware->stub->restart = right;
        if (right) {
            server_stop(firmware->stub->server);
        }
        return INT64_MAX;
    }
    return INSTALL_PAUSE_MS;
}
