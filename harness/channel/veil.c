#include "channel/veil.h"

#include "base/secret.h"
#include "base/text.h"
#include "channel/veil_undo.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECRET_MAX = SECRET_TEXT_MAX + 1,
    NUMBER_MAX = 8,
    FORM_MAX = 6 * SECRET_MAX + NUMBER_MAX,
    UNDO_MAX = 3
};

static const char withheld[] = "(withheld: repeats a secret)";

struct form {
    char *text;
    size_t length;
    size_t of; /* length of the secret itself */
    const char *name;
    char *label;
};

struct veil {
    struct form *forms;
    size_t count;
    size_t capacity;
};

/* A secret on its way into the veil. */
struct entry {
    struct veil *veil;
    const char *label;
    const char *secret;
    size_t length;
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
        free(veil->forms[i].label);
    }
    free(veil->forms);
    free(veil);
}

static bool form_known(const struct entry *entry, const char *text, size_t length)
{
    const struct veil *veil = entry->veil;

    for (size_t i = 0; i < veil->count; i++) {
        const struct form *form = &veil->forms[i];

        if (form->of == entry->length && form->length == length &&
            memcmp(form->text, text, length) == 0) {
            return true;
        }
    }
    return false;
}

static void form_add(const struct entry *entry, const char *name, const char *text, size_t length)
{
    struct veil *veil = entry->veil;
    struct form form = { .length = length, .of = entry->length, .name = name };

    if (form_known(entry, text, length)) {
        return;
    }
    if (veil->count == veil->capacity) {
        veil->capacity = veil->capacity == 0 ? 32 : 2 * veil->capacity;
        veil->forms = reallocarray(veil->forms, veil->capacity, sizeof veil->forms[0]);
    }
    form.text = malloc(length);
    form.label = strdup(entry->label);
    if (veil->forms == NULL || form.text == NULL || form.label == NULL) {
        abort();
    }
    memcpy(form.text, text, length);
    veil->forms[veil->count++] = form;
}

static void text_form(const struct entry *entry, const char *name, const char *text)
{
    form_add(entry, name, text, strlen(text));
}

/* RFC 3986 section 2.1, with everything but unreserved characters encoded; a form's body
 * (application/x-www-form-urlencoded) has '+' for a space. */
static void percent(const struct entry *entry, const char *digits, bool plus, char *room)
{
    char *at = room;

    for (const char *from = entry->secret; *from != '\0'; from++) {
        unsigned char octet = (unsigned char) *from;

        if (isalnum(octet) || strchr("-._~", octet) != NULL) {
            *at++ = (char) octet;
        } else if (octet == ' ' && plus) {
            *at++ = '+';
        } else {
            *at++ = '%';
            *at++ = digits[octet >> 4];
            *at++ = digits[octet & 15];
        }
    }
    *at = '\0';
    text_form(entry, "percent-encoded", room);
}

struct escape {
    char character;
    const char *instead;
};

static const struct escape json_escapes[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { 0, NULL } };
static const struct escape json_slashes[] = {
    { '"', "\\\"" }, { '\\', "\\\\" }, { '/', "\\/" }, { 0, NULL }
};
static const struct escape html_escapes[] = { { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
                                              { '"', "&quot;" }, { '\'', "&#39;" }, { 0, NULL } };

static void escaped(const struct entry *entry, const char *name, const struct escape *escapes,
                    char *room)
{
    char *at = room;

    for (const char *from = entry->secret; *from != '\0'; from++) {
        const struct escape *escape = escapes;

        while (escape->instead != NULL && escape->character != *from) {
            escape++;
        }
        if (escape->instead == NULL) {
            *at++ = *from;
        } else {
            at = stpcpy(at, escape->instead);
        }
    }
    *at = '\0';
    text_form(entry, name, room);
}

/* Without the zero at its outer end, which may belong to a neighbour. */
static void utf16(const struct entry *entry, char *room)
{
    for (size_t i = 0; i < entry->length; i++) {
        room[2 * i] = entry->secret[i];
        room[2 * i + 1] = '\0';
    }
    form_add(entry, "UTF-16", room, 2 * entry->length - 1);
}

/* Every character written by its number; `cut` bytes at the end belong to no character. */
static void numbered(const struct entry *entry, const char *name, const char *format, size_t cut,
                     char *room)
{
    char *at = room;

    for (size_t i = 0; i < entry->length; i++) {
        at += snprintf(at, NUMBER_MAX, format, (unsigned) (unsigned char) entry->secret[i]);
    }
    form_add(entry, name, room, (size_t) (at - room) - cut);
}

static void all_numbered(const struct entry *entry, char *room)
{
    static const struct {
        const char *name;
        const char *format;
        size_t cut;
    } ways[] = { { "percent-encoded", "%%%02X", 0 },
                 { "percent-encoded", "%%%02x", 0 },
                 { "JSON", "\\u%04x", 0 },
                 { "JSON", "\\u%04X", 0 },
                 { "HTML", "&#%u;", 0 },
                 { "HTML", "&#x%x;", 0 },
                 { "HTML", "&#x%X;", 0 },
                 { "hexadecimal", "%02x ", 1 },
                 { "hexadecimal", "%02X ", 1 },
                 { "hexadecimal", "%02x:", 1 },
                 { "hexadecimal", "%02X:", 1 } };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        numbered(entry, ways[i].name, ways[i].format, ways[i].cut, room);
    }
}

/* Both alphabets of RFC 4648, sections 4 and 5. */
static void base64_alphabets(const struct entry *entry, char *text, size_t length)
{
    form_add(entry, "base64", text, length);
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    }
    form_add(entry, "base64url", text, length);
}

/* Those characters of the base64 of something longer that depend on the secret alone, for each
 * of the three places that it may have within a group of three octets. */
static void base64_slices(const struct entry *entry, char *room)
{
    static const size_t spoilt[] = { 0, 2, 3 };
    char shifted[SECRET_MAX + 2] = { 0 };

    for (size_t shift = 0; shift < 3; shift++) {
        size_t length = shift + entry->length;
        size_t whole = length * 8 / 6;

        memset(shifted, 0, shift);
        memcpy(shifted + shift, entry->secret, entry->length);
        text_base64(shifted, length, room);
        base64_alphabets(entry, room + spoilt[shift], whole - spoilt[shift]);
    }
    secret_wipe(shifted, sizeof shifted);
}

static void basic_form(const struct entry *entry, const char *user, char *room)
{
    char pair[2 * SECRET_MAX];

    if (strlen(user) >= SECRET_MAX) {
        return;
    }
    (void) snprintf(pair, sizeof pair, "%s:%s", user, entry->secret);
    text_base64(pair, strlen(pair), room);
    form_add(entry, "base64 of user:password", room, strlen(pair) * 8 / 6);
    secret_wipe(pair, sizeof pair);
}

void veil_add_as(struct veil *veil, const char *label, const char *user, const char *secret)
{
    struct entry entry = {
        .veil = veil, .label = label, .secret = secret, .length = strlen(secret)
    };
    char room[FORM_MAX];

    if (entry.length < VEIL_TRANSCRIPT_LEAST || entry.length >= SECRET_MAX) {
        return;
    }
    text_form(&entry, "as it is", secret);
    percent(&entry, "0123456789ABCDEF", false, room);
    percent(&entry, "0123456789abcdef", false, room);
    percent(&entry, "0123456789ABCDEF", true, room);
    percent(&entry, "0123456789abcdef", true, room);
    escaped(&entry, "JSON", json_escapes, room);
    escaped(&entry, "JSON", json_slashes, room);
    escaped(&entry, "HTML", html_escapes, room);
    text_hex(secret, entry.length, room);
    text_form(&entry, "hexadecimal", room);
    for (char *at = room; *at != '\0'; at++) {
        *at = (char) toupper((unsigned char) *at);
    }
    text_form(&entry, "hexadecimal", room);
    utf16(&entry, room);
    all_numbered(&entry, room);
    basic_form(&entry, user, room);
    base64_slices(&entry, room);
    secret_wipe(room, sizeof room);
}

void veil_add(struct veil *veil, const char *user, const char *secret)
{
    veil_add_as(veil, "", user, secret);
}

/* Of the data, what is known at its front was searched before. */
static void each_new(const struct veil *veil, const char *data, size_t length, size_t known,
                     size_t least, bool (*seen)(void *context, const struct sighting *sighting),
                     void *context)
{
    for (size_t i = 0; veil != NULL && length > 0 && i < veil->count; i++) {
        const struct form *form = &veil->forms[i];
        size_t from = known < form->length ? 0 : known - form->length + 1;

        if (form->of >= least &&
            memmem(data + from, length - from, form->text, form->length) != NULL) {
            const struct sighting sighting = { .label = form->label, .form = form->name };

            if (!seen(context, &sighting)) {
                return;
            }
        }
    }
}

void veil_each(const struct veil *veil, const void *data, size_t length, size_t least,
               bool (*seen)(void *context, const struct sighting *sighting), void *context)
{
    each_new(veil, data, length, 0, least, seen, context);
}

static size_t longest_of(const struct veil *veil)
{
    size_t longest = 0;

    for (size_t i = 0; i < veil->count; i++) {
        longest = veil->forms[i].length > longest ? veil->forms[i].length : longest;
    }
    return longest;
}

void veil_tail_drop(struct veil_tail *tail)
{
    if (tail->data != NULL) {
        secret_wipe(tail->data, tail->length);
        free(tail->data);
    }
    *tail = (struct veil_tail){ 0 };
}

static struct veil_tail tail_joined(const struct veil_tail *tail, const void *data, size_t length)
{
    struct veil_tail joined = { .data = malloc(tail->length + length),
                                .length = tail->length + length };

    if (joined.data == NULL) {
        abort();
    }
    if (tail->length > 0) {
        memcpy(joined.data, tail->data, tail->length);
    }
    memcpy(joined.data + tail->length, data, length);
    return joined;
}

/* At most the last `most` bytes; the tail is empty before. */
static void tail_keep(struct veil_tail *tail, const struct veil_tail *joined, size_t most)
{
    size_t keep = joined->length < most ? joined->length : most;

    if (keep > 0) {
        tail->data = malloc(keep);
        if (tail->data == NULL) {
            abort();
        }
        memcpy(tail->data, joined->data + joined->length - keep, keep);
        tail->length = keep;
    }
}

void veil_each_on(const struct veil *veil, struct veil_tail *tail, const void *data, size_t length,
                  size_t least, bool (*seen)(void *context, const struct sighting *sighting),
                  void *context)
{
    const size_t known = tail->length;
    struct veil_tail joined;

    if (veil == NULL || length == 0) {
        return;
    }
    joined = tail_joined(tail, data, length);
    each_new(veil, joined.data, joined.length, known, least, seen, context);
    veil_tail_drop(tail);
    tail_keep(tail, &joined, longest_of(veil));
    veil_tail_drop(&joined);
}

static bool one_is_enough(void *context, const struct sighting *sighting)
{
    (void) sighting;
    *(bool *) context = true;
    return false;
}

/* What mixes escapes with plain text is none of the forms until the escapes are undone; also of
 * escapes that were escaped. */
static bool hides_undone(const struct veil *veil, const char *data, size_t length, size_t least)
{
    bool hides = false;
    char *room;

    if (memchr(data, '%', length) == NULL && memchr(data, '\\', length) == NULL &&
        memchr(data, '&', length) == NULL) {
        return false;
    }
    room = malloc(length);
    if (room == NULL) {
        abort();
    }
    memcpy(room, data, length);
    for (size_t i = 0, left = length; i < UNDO_MAX && !hides; i++) {
        if (!veil_undo(room, left, room, &left)) {
            break;
        }
        veil_each(veil, room, left, least, one_is_enough, &hides);
    }
    secret_wipe(room, length);
    free(room);
    return hides;
}

bool veil_hides(const struct veil *veil, const void *data, size_t length, size_t least)
{
    bool hides = false;

    if (veil == NULL || length == 0) {
        return false;
    }
    veil_each(veil, data, length, least, one_is_enough, &hides);
    return hides || hides_undone(veil, data, length, least);
}

/* The longest end of data in which nothing is seen: what begins there may end in the next piece. */
static size_t unseen_end(const struct veil *veil, const struct veil_tail *data, size_t least)
{
    size_t unseen = 0;
    size_t seen = data->length;

    while (seen - unseen > 1) {
        size_t half = unseen + (seen - unseen) / 2;

        if (veil_hides(veil, data->data + data->length - half, half, least)) {
            seen = half;
        } else {
            unseen = half;
        }
    }
    return unseen;
}

bool veil_hides_on(const struct veil *veil, struct veil_tail *tail, const void *data, size_t length,
                   size_t least, size_t *ret_back)
{
    struct veil_tail joined = { 0 };
    bool hides;

    *ret_back = 0;
    if (veil == NULL || length == 0) {
        return false;
    }
    hides = veil_hides(veil, data, length, least);
    joined = tail_joined(tail, data, length);
    if (!hides && tail->length > 0 && veil_hides(veil, joined.data, joined.length, least)) {
        hides = true;
        *ret_back = tail->length;
    }
    veil_tail_drop(tail);
    tail_keep(tail, &joined, 2 * longest_of(veil));
    if (hides && veil_hides(veil, tail->data, tail->length, least)) {
        size_t unseen = unseen_end(veil, tail, least);

        veil_tail_drop(tail);
        tail_keep(tail, &joined, unseen);
    }
    veil_tail_drop(&joined);
    return hides;
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

static size_t mask(char *at, size_t length)
{
    memset(at, 'X', length);
    return length;
}

/* How much of the form ends the data, or begins it; 0: less than is looked for. */
static size_t edge_of(const struct form *form, const char *data, size_t length, bool at_end)
{
    size_t most = form->length - 1 < length ? form->length - 1 : length;

    for (size_t part = most; part >= VEIL_EDGE_LEAST; part--) {
        const char *there = at_end ? data + length - part : data;
        const char *ours = at_end ? form->text : form->text + form->length - part;

        if (memcmp(there, ours, part) == 0) {
            return part;
        }
    }
    return 0;
}

size_t veil_mask(const struct veil *veil, void *data, size_t length, size_t start)
{
    char *from = data;
    size_t masked = 0;

    for (size_t i = 0; veil != NULL && i < veil->count; i++) {
        const struct form *form = &veil->forms[i];
        size_t part;
        char *at;

        for (at = memmem(from, length, form->text, form->length); at != NULL;
             at = memmem(at, length - (size_t) (at - from), form->text, form->length)) {
            masked += mask(at, form->length);
        }
        part = edge_of(form, from, length, true);
        masked += mask(from + length - part, part);
        part = edge_of(form, from + start, length - start, false);
        masked += mask(from + start, part);
    }
    return masked;
}
