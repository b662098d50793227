#include "evidence/tst.h"

#include "base/text.h"

#include <string.h>
#include <time.h>

enum {
    GRANTED = 0,
    GRANTED_WITH_MODS = 1,
    ACCURACY_MAX_S = 86400,
    TIME_DIGITS = 14,
    FRACTION_DIGITS_MAX = 9
};

/* Object identifiers, as encoded. */
static const uint8_t oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
static const uint8_t oid_tst_info[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                        0x01, 0x09, 0x10, 0x01, 0x04 };
static const uint8_t oid_content_type[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03 };
static const uint8_t oid_message_digest[] = {
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04
};
static const uint8_t oid_signing_certificate[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                                   0x01, 0x09, 0x10, 0x02, 0x0c };
static const uint8_t oid_signing_certificate_v2[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                                      0x01, 0x09, 0x10, 0x02, 0x2f };
static const uint8_t oid_sha1[] = { 0x2b, 0x0e, 0x03, 0x02, 0x1a };
static const uint8_t oid_sha256[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
static const uint8_t oid_sha384[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 };
static const uint8_t oid_sha512[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 };

#define IS(item, oid) der_equals(item, oid, sizeof(oid))

static const struct {
    const uint8_t *oid;
    size_t oid_length;
    size_t size;
} hashes[] = {
    [TST_SHA1] = { oid_sha1, sizeof oid_sha1, 20 },
    [TST_SHA256] = { oid_sha256, sizeof oid_sha256, 32 },
    [TST_SHA384] = { oid_sha384, sizeof oid_sha384, 48 },
    [TST_SHA512] = { oid_sha512, sizeof oid_sha512, 64 },
};

static enum status malformed(struct error *reterr, const char *what)
{
    return fail(reterr, STATUS_BAD_INPUT, "timestamp.malformed: %s", what);
}

/* AlgorithmIdentifier (RFC 5280 section 4.1.1.2) of a hash: no parameters, or NULL. */
static enum status read_hash(struct der *der, enum tst_hash *ret_hash, struct error *reterr)
{
    struct der algorithm = der_enter(der, DER_SEQUENCE);
    const struct der_item oid = der_take(&algorithm, DER_OID);

    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        if (der_equals(&oid, hashes[i].oid, hashes[i].oid_length)) {
            *ret_hash = (enum tst_hash) i;
            return STATUS_OK;
        }
    }
    return der_ok(&algorithm)
               ? fail(reterr, STATUS_BAD_INPUT, "timestamp.hash: an unknown hash algorithm")
               : malformed(reterr, "a hash algorithm");
}

/* ---- TSTInfo (RFC 3161 section 2.4.2) ---- */

static bool digits(const uint8_t *at, size_t count, int *ret_value)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        value = value * 10 + (at[i] - '0');
    }
    *ret_value = value;
    return true;
}

/* YYYYMMDDhhmmss[.s...]Z, the fraction without a trailing zero. */
static bool read_time(const struct der_item *item, int64_t *ret_ms)
{
    const uint8_t *at = item->data;
    struct tm tm = { 0 };
    struct tm back;
    int64_t fraction = 0;
    time_t seconds;

    if (item->length < TIME_DIGITS + 1 || at[item->length - 1] != 'Z' ||
        !digits(at, 4, &tm.tm_year) || !digits(at + 4, 2, &tm.tm_mon) ||
        !digits(at + 6, 2, &tm.tm_mday) || !digits(at + 8, 2, &tm.tm_hour) ||
        !digits(at + 10, 2, &tm.tm_min) || !digits(at + 12, 2, &tm.tm_sec)) {
        return false;
    }
    if (item->length > TIME_DIGITS + 1) {
        const size_t count = item->length - TIME_DIGITS - 2;
        int scale = 100;

        if (at[TIME_DIGITS] != '.' || count == 0 || count > FRACTION_DIGITS_MAX ||
            at[item->length - 2] == '0') {
            return false;
        }
        for (size_t i = 0; i < count; i++, scale /= 10) {
            int digit = 0;

            if (!digits(at + TIME_DIGITS + 1 + i, 1, &digit)) {
                return false;
            }
            fraction += (int64_t) digit * scale;
        }
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    back = tm;
    seconds = timegm(&back);
    /* timegm bends what does not exist, such as 31 June, into something that does. */
    if (back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday || back.tm_hour != tm.tm_hour ||
        back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec) {
        return false;
    }
    *ret_ms = (int64_t) seconds * 1000 + fraction;
    return true;
}

static uint64_t small_number(const struct der_item *item, bool *ret_good)
{
    uint64_t value = 0;

    *ret_good = *ret_good && item->length > 0 && item->length <= 4 && item->data[0] < 0x80;
    for (size_t i = 0; *ret_good && i < item->length; i++) {
        value = value << 8 | item->data[i];
    }
    return value;
}

/* Rounded up: a claim about time is never made tighter than it was. */
static bool read_accuracy(struct der *info, int64_t *ret_ms)
{
    struct der accuracy = der_enter(info, DER_SEQUENCE);
    const struct der_item seconds = der_optional(&accuracy, DER_INTEGER);
    const struct der_item millis = der_optional(&accuracy, DER_CONTEXT(0));
    const struct der_item micros = der_optional(&accuracy, DER_CONTEXT(1));
    bool good = der_ends(&accuracy);
    int64_t ms = 0;

    if (seconds.tag != 0) {
        ms += (int64_t) small_number(&seconds, &good) * 1000;
    }
    if (millis.tag != 0) {
        ms += (int64_t) small_number(&millis, &good);
    }
    if (micros.tag != 0) {
        ms += (int64_t) (small_number(&micros, &good) + 999) / 1000;
    }
    *ret_ms = ms;
    return good && ms <= (int64_t) ACCURACY_MAX_S * 1000;
}

static enum status read_info(struct tst *tst, struct error *reterr)
{
    struct der outer = der_in(&tst->content);
    struct der info = der_enter(&outer, DER_SEQUENCE);
    const uint64_t version = der_number(&info);
    struct der imprint;
    struct der_item stated;

    (void) der_take(&info, DER_OID); /* the authority's policy */
    imprint = der_enter(&info, DER_SEQUENCE);
    if (!der_ok(&info) || version != 1) {
        return malformed(reterr, "TSTInfo");
    }
    TRY(read_hash(&imprint, &tst->imprint_hash, reterr));
    tst->imprint = der_take(&imprint, DER_OCTETS);
    if (!der_ends(&imprint) || tst->imprint.length != hashes[tst->imprint_hash].size) {
        return malformed(reterr, "the imprint");
    }
    tst->serial = der_take(&info, DER_INTEGER);
    stated = der_take(&info, DER_TIME);
    if (!der_ok(&info) || !read_time(&stated, &tst->time_ms)) {
        return malformed(reterr, "genTime");
    }
    if (der_peek(&info) == DER_SEQUENCE && !read_accuracy(&info, &tst->accuracy_ms)) {
        return malformed(reterr, "the accuracy");
    }
    (void) der_optional(&info, DER_BOOLEAN); /* ordering */
    tst->nonce = der_optional(&info, DER_INTEGER);
    (void) der_optional(&info, DER_TAGGED(0)); /* the authority's name; proves nothing */
    (void) der_optional(&info, DER_TAGGED(1)); /* extensions; none is understood */
    return der_ends(&info) && der_ends(&outer) ? STATUS_OK : malformed(reterr, "TSTInfo");
}

/* ---- the signer (RFC 5652 section 5.3, RFC 5035, RFC 5816) ---- */

/* The first certificate hash names the signer; the others would only narrow its chain. */
static enum status read_ess(struct der *value, bool second, struct tst *tst, struct error *reterr)
{
    struct der attribute = der_enter(value, DER_SEQUENCE);
    struct der list = der_enter(&attribute, DER_SEQUENCE);
    struct der first = der_enter(&list, DER_SEQUENCE);

    tst->signer_hash = second ? TST_SHA256 : TST_SHA1;
    if (second && der_peek(&first) == DER_SEQUENCE) {
        TRY(read_hash(&first, &tst->signer_hash, reterr));
    }
    tst->signer_digest = der_take(&first, DER_OCTETS);
    return der_ok(&first) && der_ok(&list) &&
                   tst->signer_digest.length == hashes[tst->signer_hash].size
               ? STATUS_OK
               : malformed(reterr, "the name of the signer's certificate");
}

struct attributes {
    bool type;
    bool digest;
    bool ess;
    bool ess_v2;
};

static enum status read_attribute(struct der *list, struct attributes *seen, struct tst *tst,
                                  struct error *reterr)
{
    struct der attribute = der_enter(list, DER_SEQUENCE);
    const struct der_item oid = der_take(&attribute, DER_OID);
    struct der values = der_enter(&attribute, DER_SET);
    bool twice = false;

    if (!der_ends(&attribute)) {
        return malformed(reterr, "a signed attribute");
    }
    if (IS(&oid, oid_content_type)) {
        const struct der_item type = der_take(&values, DER_OID);

        twice = seen->type || !IS(&type, oid_tst_info) || !der_ends(&values);
        seen->type = true;
    } else if (IS(&oid, oid_message_digest)) {
        tst->message_digest = der_take(&values, DER_OCTETS);
        twice = seen->digest || !der_ends(&values);
        seen->digest = true;
    } else if (IS(&oid, oid_signing_certificate_v2)) {
        twice = seen->ess_v2;
        seen->ess_v2 = true;
        TRY(read_ess(&values, true, tst, reterr));
    } else if (IS(&oid, oid_signing_certificate)) {
        struct tst other = { 0 };

        /* Beside the second version, which comes before or after, the first adds nothing. */
        twice = seen->ess;
        seen->ess = true;
        TRY(read_ess(&values, false, seen->ess_v2 ? &other : tst, reterr));
    }
    return twice ? malformed(reterr, "signed attributes contradict each other") : STATUS_OK;
}

static enum status read_attributes(struct tst *tst, struct error *reterr)
{
    struct attributes seen = { 0 };
    struct der list = der_in(&tst->signed_attributes);

    while (der_peek(&list) != 0) {
        TRY(read_attribute(&list, &seen, tst, reterr));
    }
    if (!der_ends(&list) || !seen.type || !seen.digest || !(seen.ess || seen.ess_v2)) {
        return malformed(reterr, "a signed attribute is missing");
    }
    return STATUS_OK;
}

static enum status read_signer(struct der *signers, struct tst *tst, struct error *reterr)
{
    struct der signer = der_enter(signers, DER_SEQUENCE);
    struct der algorithm;

    (void) der_number(&signer);
    if (der_peek(&signer) == DER_SEQUENCE) {
        struct der name = der_enter(&signer, DER_SEQUENCE);

        tst->issuer = der_take(&name, DER_SEQUENCE);
        tst->issuer_serial = der_take(&name, DER_INTEGER);
        signer.broken = signer.broken || !der_ends(&name);
    } else {
        tst->key_identifier = der_take(&signer, DER_CONTEXT(0));
    }
    if (!der_ok(&signer)) {
        return malformed(reterr, "the signer's name");
    }
    TRY(read_hash(&signer, &tst->hash, reterr));
    tst->signed_attributes = der_take(&signer, DER_TAGGED(0));
    algorithm = der_enter(&signer, DER_SEQUENCE);
    tst->signature_algorithm = der_take(&algorithm, DER_OID);
    tst->signature = der_take(&signer, DER_OCTETS);
    (void) der_optional(&signer, DER_TAGGED(1));
    if (!der_ends(&signer) || !der_ok(&algorithm) || !der_ends(signers)) {
        return malformed(reterr, "not exactly one signer");
    }
    return read_attributes(tst, reterr);
}

/* ---- SignedData (RFC 5652 section 5.1) ---- */

/* Attribute certificates and other kinds may lie in the bag; they are passed over. */
static enum status read_bag(struct der *data, struct tst *tst, struct error *reterr)
{
    const struct der_item bag = der_optional(data, DER_TAGGED(0));
    struct der list;

    if (bag.tag == 0) {
        return STATUS_OK;
    }
    list = der_in(&bag);
    while (der_peek(&list) != 0) {
        const struct der_item item = der_any(&list);

        if (item.tag == DER_SEQUENCE) {
            if (tst->bag_count == TST_BAG_MAX) {
                return fail(reterr, STATUS_BAD_INPUT, "timestamp.bag: more than %d certificates",
                            TST_BAG_MAX);
            }
            tst->bag[tst->bag_count++] = item;
        }
    }
    return der_ends(&list) ? STATUS_OK : malformed(reterr, "the certificates");
}

static enum status read_signed_data(struct der *data, struct tst *tst, struct error *reterr)
{
    struct der inner;
    struct der wrapped;
    struct der_item type;
    struct der signers;

    (void) der_number(data);
    (void) der_take(data, DER_SET); /* digest algorithms: the signer's own is what counts */
    inner = der_enter(data, DER_SEQUENCE);
    type = der_take(&inner, DER_OID);
    wrapped = der_enter(&inner, DER_TAGGED(0));
    tst->content = der_take(&wrapped, DER_OCTETS);
    if (!der_ok(data) || !IS(&type, oid_tst_info) || !der_ends(&wrapped) || !der_ends(&inner)) {
        return malformed(reterr, "the content is not a TSTInfo");
    }
    TRY(read_bag(data, tst, reterr));
    (void) der_optional(data, DER_TAGGED(1)); /* revocation lists */
    signers = der_enter(data, DER_SET);
    if (!der_ends(data)) {
        return malformed(reterr, "SignedData");
    }
    TRY(read_signer(&signers, tst, reterr));
    return read_info(tst, reterr);
}

static enum status read_token(struct der *info, struct tst *tst, struct error *reterr)
{
    const struct der_item type = der_take(info, DER_OID);
    struct der wrapped = der_enter(info, DER_TAGGED(0));
    struct der data = der_enter(&wrapped, DER_SEQUENCE);

    if (!IS(&type, oid_signed_data) || !der_ends(&wrapped) || !der_ends(info)) {
        return malformed(reterr, "not a CMS SignedData");
    }
    return read_signed_data(&data, tst, reterr);
}

/* PKIStatusInfo (RFC 3161 section 2.4.2): the authority's own words are not repeated. */
static enum status read_status(struct der *response, struct error *reterr)
{
    struct der status = der_enter(response, DER_SEQUENCE);
    const uint64_t code = der_number(&status);

    if (!der_ok(&status)) {
        return malformed(reterr, "the status");
    }
    return code == GRANTED || code == GRANTED_WITH_MODS
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "timestamp.status: the authority refused (status %llu)",
                      (unsigned long long) code);
}

enum status tst_read(const void *data, size_t length, struct tst *ret_tst, struct error *reterr)
{
    struct der outer = der_over(data, length);
    struct der first = der_enter(&outer, DER_SEQUENCE);
    struct der token;

    *ret_tst = (struct tst){ 0 };
    if (length > TST_SIZE_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "timestamp.size: %zu bytes", length);
    }
    if (!der_ends(&outer)) {
        return malformed(reterr, "not DER");
    }
    if (der_peek(&first) == DER_OID) { /* a token without its answer */
        return read_token(&first, ret_tst, reterr);
    }
    TRY(read_status(&first, reterr));
    token = der_enter(&first, DER_SEQUENCE);
    if (!der_ends(&first)) {
        return malformed(reterr, "the answer holds no token");
    }
    return read_token(&token, ret_tst, reterr);
}
