/* firmware.h - what runs on the camera: two slots, the mark that says which one starts, and the
 * maker's signing key, which stands beside the unit because the maker's desk is on this machine. */
#pragma once

#include "camera/image.h"
#include "stub.h"

enum { FIRMWARE_WORD = 48 };

/* An image on its way into a slot. */
struct install {
    uint8_t *data; /* from malloc; NULL: none */
    size_t length;
    size_t written;
    int fd;
    char slot;
    int64_t next_ms;
};

struct firmware {
    struct stub *stub;
    EVP_PKEY *maker;              /* the maker's public key */
    char slot;                    /* 'a' or 'b' */
    char version[IMAGE_NAME + 1]; /* of what runs */
    const char *state;            /* idle, checking, installing, up-to-date, refused, failed */
    char reason[FIRMWARE_WORD];   /* of the last two */
    struct install install;
};

/* Why an image is not taken: an HTTP status and a word; status 0: it is taken. */
struct firmware_refusal {
    int status;
    const char *why;
};

/* firmware/: the maker's images, made anew; the first slot of a new unit.  Once, before the unit
 * first starts. */
bool firmware_provide(const struct stub *stub);

/* Reads the slots; false after saying so where none can start. */
bool firmware_boot(struct firmware *firmware, struct stub *stub);
void firmware_done(struct firmware *firmware);

struct firmware_refusal firmware_judge(const struct firmware *firmware, const struct image *image);

/* Judges, copies, and begins to write. */
struct firmware_refusal firmware_take(struct firmware *firmware, const void *data, size_t length);

/* Goes on writing; how long it may wait until the next turn, in milliseconds. */
int64_t firmware_turn(struct firmware *firmware);

/* The declared image in the first slot, as a flash programmer would. */
bool firmware_reinstall(const struct stub *stub);
