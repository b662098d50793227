#include "findings.h"

#include "base/secret.h"
#include "base/text.h"
#include "wire/leaks.h"

#include <stdlib.h>
#include <string.h>

enum { UNDO_MOST = 1 << 20, NT_DIGITS = 32 };

void findings_start(struct findings *findings)
{
    json_t **lists[] = { &findings->secrets,     &findings->keys,
                         &findings->keys_locked, &findings->hashes,
                         &findings->weak_hashes, &findings->open_doors,
                         &findings->fixed,       &findings->keys_in_programs };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        *lists[i] = json_array();
        if (*lists[i] == NULL) {
            abort();
        }
    }
}

void findings_done(struct findings *findings)
{
    json_decref(findings->secrets);
    json_decref(findings->keys);
    json_decref(findings->keys_locked);
    json_decref(findings->hashes);
    json_decref(findings->weak_hashes);
    json_decref(findings->open_doors);
    json_decref(findings->fixed);
    json_decref(findings->keys_in_programs);
}

/* One blob being searched. */
struct place {
    struct findings *findings;
    const struct image_blob *blob;
    char path[IMAGE_PATH_SIZE];
    bool any; /* a declared secret was seen in it */
};

/* FNV-1a: it need only tell apart what was found, and forging one hides a repetition at most. */
static uint64_t mark_of(const void *data, size_t length, unsigned salt)
{
    const uint8_t *octets = data;
    uint64_t mark = 0xcbf29ce484222325u ^ salt;

    for (size_t i = 0; i < length; i++) {
        mark = (mark ^ octets[i]) * 0x100000001b3u;
    }
    return mark;
}

/* Whether it is met for the first time: file systems repeat what their files hold. */
static bool first_time(struct findings *findings, uint64_t mark)
{
    for (size_t i = 0; i < findings->known_count; i++) {
        if (findings->known[i] == mark) {
            return false;
        }
    }
    if (findings->known_count < FINDINGS_KNOWN) {
        findings->known[findings->known_count++] = mark;
    }
    return true;
}

static void row_add(struct findings *findings, json_t *list, json_t *row)
{
    if (row == NULL) {
        abort();
    }
    if (json_array_size(list) == FINDINGS_MAX) {
        findings->cut = true;
        json_decref(row);
    } else if (json_array_append_new(list, row) != 0) {
        abort();
    }
}

static bool secret_seen(void *context, const struct sighting *sighting)
{
    struct place *place = context;
    struct findings *findings = place->findings;
    uint64_t mark = mark_of(sighting->label, strlen(sighting->label), 1) ^
                    mark_of(place->path, strlen(place->path), 2);

    place->any = true;
    if (first_time(findings, mark)) {
        row_add(findings, findings->secrets,
                json_pack("{s:s, s:s, s:s}", "secret", sighting->label, "form", sighting->form,
                          "path", place->path));
    }
    return true;
}

static void secrets_search(struct place *place)
{
    struct findings *findings = place->findings;
    const struct image_blob *blob = place->blob;

    veil_each(findings->veil, blob->data, blob->length, VEIL_FACT_LEAST, secret_seen, place);
    if (!place->any && blob->length > 0 && blob->length <= UNDO_MOST &&
        veil_hides(findings->veil, blob->data, blob->length, VEIL_FACT_LEAST)) {
        row_add(findings, findings->secrets,
                json_pack("{s:s, s:s, s:s}", "secret", "one of those declared", "form",
                          "partly escaped", "path", place->path));
    }
}

/* Libraries carry the keys of their own tests, and manuals show hashes: nobody trusts these. */
static bool is_program(const struct place *place)
{
    return place->blob->length > 4 && memcmp(place->blob->data,
                                             "\x7f"
                                             "ELF",
                                             4) == 0;
}

static bool is_documentation(const struct place *place)
{
    return strstr(place->path, "/share/doc/") != NULL ||
           strstr(place->path, "/share/man/") != NULL ||
           strstr(place->path, "/share/info/") != NULL;
}

static void hash_add(struct place *place, const struct leak *leak, json_t *row)
{
    struct findings *findings = place->findings;
    const bool nt = text_equal(leak->what, "NT hash");
    size_t skip = nt ? leak->secret_length - NT_DIGITS : 0;
    char hash[LEAK_HASH_MAX + 1] = "";
    enum guess_word word;

    if (leak->secret_length > LEAK_HASH_MAX || leak->secret_length < skip) {
        row_add(findings, findings->hashes, row);
        return;
    }
    memcpy(hash, place->blob->data + leak->secret + skip, leak->secret_length - skip);
    word = guess(findings->guesser, leak->user, hash, nt);
    secret_wipe(hash, sizeof hash);
    if (word == GUESS_NONE || is_documentation(place)) {
        row_add(findings, findings->hashes, row);
        return;
    }
    if (json_object_set_new(row, "of", json_string(guess_text(word))) != 0) {
        abort();
    }
    row_add(findings, findings->weak_hashes, row);
}

static bool leak_seen_here(void *context, const struct leak *leak)
{
    struct place *place = context;
    struct findings *findings = place->findings;
    const uint8_t *data = place->blob->data;
    char quote[LEAK_QUOTE_SIZE];
    char user[LEAK_USER_SIZE];
    json_t *row;
    uint64_t mark = leak->secret_length > 0
                        ? mark_of(data + leak->secret, leak->secret_length, leak->kind)
                        : mark_of(data + leak->offset, leak->length, leak->kind);

    if (!first_time(findings, mark)) {
        return true;
    }
    wire_leak_quote(data, place->blob->length, leak, quote);
    text_printable(leak->user, strlen(leak->user), user, sizeof user);
    row = json_pack("{s:s, s:s, s:s, s:I, s:s}", "what", leak->what, "user", user, "path",
                    place->path, "offset", (json_int_t) leak->offset, "quote", quote);
    switch (leak->kind) {
    case LEAK_KEY:
        row_add(findings,
                is_program(place) || is_documentation(place) ? findings->keys_in_programs
                                                             : findings->keys,
                row);
        break;
    case LEAK_KEY_LOCKED:
        row_add(findings, findings->keys_locked, row);
        break;
    case LEAK_HASH:
        hash_add(place, leak, row);
        break;
    case LEAK_NO_PASSWORD:
    case LEAK_SHELL:
        row_add(findings, findings->open_doors, row);
        break;
    case LEAK_LOGIN:
        if (is_documentation(place)) {
            json_decref(row); /* an example */
            break;
        }
        row_add(findings, findings->fixed, row);
        break;
    case LEAK_TOKEN:
        row_add(findings, findings->fixed, row);
        break;
    }
    return true;
}

enum status findings_search(void *context, const struct image_blob *blob, struct error *reterr)
{
    struct findings *findings = context;
    struct place place = { .findings = findings, .blob = blob };

    (void) reterr;
    text_printable(blob->path, strlen(blob->path), place.path, sizeof place.path);
    if (findings->contains != NULL && blob->length > 0 &&
        memmem(blob->data, blob->length, findings->contains, strlen(findings->contains)) != NULL) {
        findings->control_inside |= blob->depth > 0;
        findings->control_outside |= blob->depth == 0;
    }
    secrets_search(&place);
    wire_leaks_each(blob->data, blob->length, leak_seen_here, &place);
    return STATUS_OK;
}
