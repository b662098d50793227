/* fields.h - security.txt (RFC 9116) taken apart.  Pure; accepts any bytes. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { FIELDS_VALUES_MAX = 50, FIELDS_VALUE_SIZE = 512 };

/* From jansson; fields_done. */
struct fields {
    json_t *contacts; /* URIs (section 2.5.3) */
    json_t *policies; /* section 2.5.7 */
    char expires[64]; /* of the first; "" when there is none (section 2.5.5) */
    unsigned expires_count;
    bool is_signed; /* with an OpenPGP clear-text signature (section 2.3) */
};

struct fields fields_read(const char *text, size_t length);
void fields_done(struct fields *fields);

/* Seconds since 1970 of a date-time of RFC 3339; false when it is none. */
bool fields_time(const char *text, long long *ret_seconds);
