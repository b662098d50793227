#include "stamps.h"

#include "evidence/archive_stamp.h"
#include "evidence/sigstore.h"

#include <stdlib.h>

static const char *const statements[] = { BUNDLE_ATT_RUN, BUNDLE_ATT_RESULT };

/* ---- the store ---- */

static void put_certificate(X509 *certificate, struct bytes *out)
{
    size_t length = 0;
    uint8_t *der = tsa_certificate(certificate, &length);
    struct error error = { 0 };

    must(bytes_append(out, der, length, &error), &error);
    free(der);
}

/* Makes the store name an authority, or two; `compromised` is since when the first is not. */
void trust_authorities(struct attempt *attempt, const struct tsa *const *authorities, size_t count,
                       struct world_store store, const char *compromised)
{
    struct bytes certificates[WORLD_AUTHORITIES_MAX];

    for (size_t i = 0; i < count; i++) {
        certificates[i] = bytes_bounded(1 << 16);
        put_certificate(authorities[i]->root == NULL ? authorities[i]->ca : authorities[i]->root,
                        &certificates[i]);
        store.authorities[i] = &certificates[i];
    }
    store.authority_compromised = compromised;
    attempt_trust(attempt, &store);
    for (size_t i = 0; i < count; i++) {
        bytes_done(&certificates[i]);
    }
}

void trust_authority(struct attempt *attempt, const struct tsa *tsa)
{
    const struct world_store store = { 0 };

    trust_authorities(attempt, &tsa, 1, store, NULL);
}

/* ---- tokens ---- */

void add_token(struct attempt *attempt, const char *name, const void *token, size_t length)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(4 << 20);
    struct raw_entry *entry = raw_zip_find(&attempt->zip, name);
    struct error error = { 0 };

    must(sigstore_stamp(entry->data, entry->length, token, length, &out, &error), &error);
    raw_entry_set(entry, out.data, out.length);
}

/* A token over the signature of `of`, put into `into`. */
void stamp_into(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how,
                const char *of, const char *into)
{
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    const struct raw_entry *entry = raw_zip_find(&attempt->zip, of);
    struct error error = { 0 };
    size_t length = 0;
    uint8_t *token;

    must(sigstore_read(entry->data, entry->length, &envelope, &error), &error);
    token = tsa_stamp(tsa, envelope.signature.der, envelope.signature.length, how, &length);
    add_token(attempt, into, token, length);
    free(token);
}

void stamp_all(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        stamp_into(attempt, tsa, how, statements[i], statements[i]);
    }
}

void stamp_as_planned(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(stamp_done) struct stamp *stamp = NULL;
    DEFER(bytes_done) struct bytes file = bytes_bounded(4 << 20);
    struct error error = { 0 };
    char in[WORLD_PATH];
    char out[WORLD_PATH];

    world_path(attempt->world, "other.hoshi", in);
    world_path(attempt->world, "case.hoshi", out);
    must(raw_zip_write(&attempt->zip, &file, &error), &error);
    attempt_write_file(in, &file);
    must(stamp_open(in, arena, &stamp, &error), &error);
    must(stamp_plan(stamp, false, &error), &error);
    for (size_t i = 0; i < stamp_count(stamp); i++) {
        const struct tst_blob over = stamp_at(stamp, i)->over;
        size_t length = 0;
        size_t found = 0;
        uint8_t *token = tsa_stamp(tsa, over.data, over.length, how, &length);

        must(stamp_take(stamp, token, length, NULL, &found, &error), &error);
        free(token);
    }
    must(stamp_write(stamp, out, &error), &error);
    raw_zip_done(&attempt->zip);
    must(raw_zip_load(&attempt->zip, out, &error), &error);
}
