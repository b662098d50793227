#include "channel/veil.h"

#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 256, FORMS_MAX = 512 };

static const char withheld[] = "(withheld: repeats a secret)";

struct form {
    char *text;
    size_t length;
    size_t of; /* length of the secret itself */
};

struct veil {
    struct form forms[FORMS_MAX];
    size_t count;
};

struct veil *veil_new(void)
{
    struct veil *veil = calloc(1, sizeof *veil);

    if (veil == NULL) {
        abort();
    }
    return veil;
}

void veil_free(struct veil *veil)
{
    if (veil == NULL) {
        return;
    }
    for (size_t i = 0; i < veil->count; i++) {
        secret_wipe(veil->forms[i].text, veil->forms[i].length);
        free(veil->forms[i].text);
    }
    free(veil);
}

static void form_add(struct veil *veil, const char *text, size_t of)
{
    if (veil->count < FORMS_MAX) {
        char *copy = strdup(text);

        if (copy == NULL) {
            abort();
        }
        veil->forms[veil->count++] =
            (struct form){ .text = copy, .length = strlen(copy), .of = of };
    }
}

/* RFC 3986 section 2.1, with everything but unreserved characters encoded. */
static void percent(const char *secret, const char *digits, char *room)
{
    for (; *secret != '\0'; secret++) {
        unsigned char octet = (unsigned char) *secret;

        if (isalnum(octet) || strchr("-._~", octet) != NULL) {
            *room++ = (char) octet;
        } else {
            *room++ = '%';
            *room++ = digits[octet >> 4];
            *room++ = digits[octet & 15];
        }
    }
    *room = '\0';
}

/* Without the padding, since what follows may change the last characters. */
static void base64_form(struct veil *veil, const char *text, size_t of)
{
    char room[4 * (2 * SECRET_MAX + 4) / 3 + 8];
    size_t length = strlen(text) / 3 * 3;

    if (length > 0) {
        text_base64(text, length, room);
        form_add(veil, room, of);
    }
    secret_wipe(room, sizeof room);
}

void veil_add(struct veil *veil, const char *user, const char *secret)
{
    char room[3 * SECRET_MAX + 1];
    size_t length = strlen(secret);

    if (length < VEIL_TRANSCRIPT_LEAST || length >= SECRET_MAX || strlen(user) >= SECRET_MAX) {
        return;
    }
    form_add(veil, secret, length);
    percent(secret, "0123456789ABCDEF", room);
    form_add(veil, room, length);
    percent(secret, "0123456789abcdef", room);
    form_add(veil, room, length);
    text_hex(secret, length, room);
    form_add(veil, room, length);
    base64_form(veil, secret, length);
    (void) snprintf(room, sizeof room, "%s:%s", user, secret);
    base64_form(veil, room, length);
    secret_wipe(room, sizeof room);
}

bool veil_hides(const struct veil *veil, const void *data, size_t length, size_t least)
{
    for (size_t i = 0; veil != NULL && length > 0 && i < veil->count; i++) {
        const struct form *form = &veil->forms[i];

        if (form->of >= least && memmem(data, length, form->text, form->length) != NULL) {
            return true;
        }
    }
    return false;
}

static json_t *veiled(const struct veil *veil, json_t *value)
{
    if (json_is_string(value) &&
        veil_hides(veil, json_string_value(value), json_string_length(value), VEIL_FACT_LEAST)) {
        return json_string(withheld);
    }
    veil_json(veil, value);
    return NULL;
}

void veil_json(const struct veil *veil, json_t *value)
{
    json_t *member;
    const char *key;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach(value, i, member)
        {
            json_t *instead = veiled(veil, member);

            if (instead != NULL && json_array_set_new(value, i, instead) != 0) {
                abort();
            }
        }
        return;
    }
    json_object_foreach(value, key, member)
    {
        json_t *instead = veiled(veil, member);

        if (instead != NULL && json_object_set_new(value, key, instead) != 0) {
            abort();
        }
    }
}
