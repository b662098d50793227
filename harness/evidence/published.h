/* published.h - does text that everybody may read hold something shaped like a secret?
 *
 * Looked for: private keys (PEM, or the DER of PKCS #8, PKCS #1 and SEC 1 in base64), credentials
 * in a URL's userinfo, HTTP Basic credentials (RFC 7617), bearer tokens (RFC 6750), JSON Web Tokens
 * (RFC 7519), and values after names such as "password=".  Marks that stand in a secret's place,
 * such as "${password}" or "(withheld)", are none.  Content with a NUL in it is not text and is
 * passed over.  What is found is never repeated: only its shape and its place are told. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PUBLISHED_ROOM = 32 * 1024 };

/* Piece by piece; the first finding ends the search. */
struct published {
    const char *shape; /* NULL: nothing found; static words otherwise */
    uint64_t offset;   /* of the finding, from 0 */
    bool binary;
    size_t from;   /* where in the room the search goes on */
    size_t length; /* of what is in the room */
    uint64_t base; /* the room's first byte in the content */
    uint8_t room[PUBLISHED_ROOM];
};

void published_open(struct published *published);
void published_feed(struct published *published, const void *data, size_t length);
void published_close(struct published *published);

/* The shape of the first finding in a whole text, or NULL. */
const char *published_shape(const void *data, size_t length, size_t *ret_offset);

/* Replaces every text inside value that has such a shape. */
void published_json(json_t *value);
