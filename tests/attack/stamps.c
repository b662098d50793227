#include "stamps.h"

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
        put_certificate(authorities[i]->ca, &certificates[i]);
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
