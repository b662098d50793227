/* veil.h - the last look before anything is kept: does it repeat a secret?
 *
 * Probes and channels withhold what they send as a secret; a device may repeat it where
 * it likes: in a header, a redirect, an error page.  The veil knows the declared secrets
 * as they are, percent-encoded, in hexadecimal, escaped for JSON or HTML, in UTF-16, in base64
 * at each of the three places that it can begin at, and as "user:password" in base64
 * (RFC 7617); in hexadecimal and UTF-16 either way round; and as character references or escapes
 * of every character.  What mixes escaped and plain characters is seen after undoing the escapes.
 * A secret split over two reads is for veil_each_on and veil_hides_on. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct veil;

/* Shorter secrets would veil half of what is said, and are guessed anyway. */
enum { VEIL_TRANSCRIPT_LEAST = 4, VEIL_FACT_LEAST = 6 };

struct veil *veil_new(void);
void veil_free(struct veil *veil); /* wipes; NULL allowed */

/* user may be "". */
void veil_add(struct veil *veil, const char *user, const char *secret);

/* The same under a label for veil_each, which is kept as a copy. */
void veil_add_as(struct veil *veil, const char *label, const char *user, const char *secret);

/* Which secret was seen, and how it was written; both live as long as the veil. */
struct sighting {
    const char *label; /* "" when it was added without one */
    const char *form;  /* "as it is", "base64", "percent-encoded", ... */
};

/* Tells of every form of a secret of at least `least` characters that stands in data, until
 * seen() says false.  NULL veil: of none. */
void veil_each(const struct veil *veil, const void *data, size_t length, size_t least,
               bool (*seen)(void *context, const struct sighting *sighting), void *context);

/* The end of what was searched of a stream that comes in pieces; {0} is a beginning. */
struct veil_tail {
    char *data;
    size_t length;
};

/* The same of the next piece, with what began in the pieces before and ends in this one. */
void veil_each_on(const struct veil *veil, struct veil_tail *tail, const void *data, size_t length,
                  size_t least, bool (*seen)(void *context, const struct sighting *sighting),
                  void *context);
void veil_tail_drop(struct veil_tail *tail); /* wipes; a beginning again */

/* Overwrites every secret in data, in each of the forms above, with 'X', and at its end and at
 * `start` also what may be the beginning or the end of one that is in two packets, from
 * VEIL_EDGE_LEAST octets on.  Returns how many octets were overwritten. */
enum { VEIL_EDGE_LEAST = 3 };
size_t veil_mask(const struct veil *veil, void *data, size_t length, size_t start);

/* Does data hold one of the secrets of at least `least` characters?  NULL veil: no. */
bool veil_hides(const struct veil *veil, const void *data, size_t length, size_t least);

/* The same of the next piece of a stream: also true for a secret that began in pieces before.
 * *ret_back: how many bytes before this piece it may reach; 0 when it lies in this one. */
bool veil_hides_on(const struct veil *veil, struct veil_tail *tail, const void *data, size_t length,
                   size_t least, size_t *ret_back);

/* Replaces every text inside value that holds a secret of VEIL_FACT_LEAST or more. */
void veil_json(const struct veil *veil, json_t *value);
