#include "probe/firmware.h"

#include "base/text.h"
#include "channel/image_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_OCTET = 4, READ_LENGTH = 1 << 14 };

const char *const firmware_kind_words[] = {
    [FIRMWARE_GOOD] = "good",
    [FIRMWARE_HEADER_FLIPPED] = "header_flipped",
    [FIRMWARE_MIDDLE_FLIPPED] = "middle_flipped",
    [FIRMWARE_SIGNATURE_FLIPPED] = "signature_flipped",
    [FIRMWARE_CUT_SHORT] = "cut_short",
    [FIRMWARE_LONGER] = "longer",
    [FIRMWARE_SIGNATURE_ZEROED] = "signature_zeroed",
    [FIRMWARE_SIGNATURE_CUT] = "signature_cut",
    [FIRMWARE_OTHER_KEY] = "other_key",
    [FIRMWARE_ALTERED] = "altered",
    [FIRMWARE_ALTERED_OTHER_KEY] = "altered_other_key",
    [FIRMWARE_VERSION_RAISED] = "version_raised",
    [FIRMWARE_PRODUCT_RENAMED] = "product_renamed",
    [FIRMWARE_OLDER] = "older",
    [FIRMWARE_OTHER_PRODUCT] = "other_product",
    [FIRMWARE_EMPTY] = "empty",
    [FIRMWARE_HUGE] = "huge",
    [FIRMWARE_KIND_COUNT] = NULL,
};

static const char *const helps[FIRMWARE_KIND_COUNT] = {
    [FIRMWARE_GOOD] = "the vendor's newer image",
    [FIRMWARE_HEADER_FLIPPED] = "one bit of its header is another",
    [FIRMWARE_MIDDLE_FLIPPED] = "one bit of its content is another",
    [FIRMWARE_SIGNATURE_FLIPPED] = "one bit of its signature is another",
    [FIRMWARE_CUT_SHORT] = "its second half is missing",
    [FIRMWARE_LONGER] = "one octet follows its end",
    [FIRMWARE_SIGNATURE_ZEROED] = "its signature is zeros",
    [FIRMWARE_SIGNATURE_CUT] = "its signature is missing",
    [FIRMWARE_OTHER_KEY] = "it is signed by a key that is not the vendor's",
    [FIRMWARE_ALTERED] = "its content is another, with the right digest",
    [FIRMWARE_ALTERED_OTHER_KEY] =
        "its content is another, with the right digest, signed by another key",
    [FIRMWARE_VERSION_RAISED] = "its version was raised without signing",
    [FIRMWARE_PRODUCT_RENAMED] = "its product was renamed without signing",
    [FIRMWARE_OLDER] = "a genuine image of an older version",
    [FIRMWARE_OTHER_PRODUCT] = "a genuine image for another product",
    [FIRMWARE_EMPTY] = "no octet at all",
    [FIRMWARE_HUGE] = "its first half, then zeros without end",
};

const char *firmware_kind_help(enum firmware_kind kind)
{
    return helps[kind];
}

static enum firmware_source needs(bool there, const char *why, const char **ret_why)
{
    if (!there) {
        *ret_why = why;
    }
    return there ? FIRMWARE_MADE : FIRMWARE_IMPOSSIBLE;
}

static enum firmware_source given(const char *path, const char *why, const char **ret_path,
                                  const char **ret_why)
{
    *ret_path = path;
    *ret_why = path == NULL ? why : NULL;
    return path != NULL ? FIRMWARE_GIVEN : FIRMWARE_IMPOSSIBLE;
}

enum firmware_source firmware_source(const struct update *update, enum firmware_kind kind,
                                     const char **ret_path, const char **ret_why)
{
    const struct update_signing *signing = &update->signing;

    *ret_path = NULL;
    *ret_why = NULL;
    switch (kind) {
    case FIRMWARE_SIGNATURE_FLIPPED:
    case FIRMWARE_SIGNATURE_ZEROED:
    case FIRMWARE_SIGNATURE_CUT:
        return needs(update_has_signature(update),
                     "the profile does not say where the signature stands", ret_why);
    case FIRMWARE_OTHER_KEY:
        if (!update_can_sign(update)) {
            return given(update->other_key_image,
                         "the harness cannot sign by this scheme, and no image signed by another "
                         "key is given",
                         ret_path, ret_why);
        }
        return FIRMWARE_MADE;
    case FIRMWARE_ALTERED_OTHER_KEY:
        return needs(update_can_sign(update), "the harness cannot sign by this scheme", ret_why);
    case FIRMWARE_ALTERED:
        return needs(signing->digest_algorithm != NULL,
                     "the profile does not say where a digest stands", ret_why);
    case FIRMWARE_VERSION_RAISED:
        return needs(signing->version.length > 0,
                     "the profile does not say where the version stands", ret_why);
    case FIRMWARE_PRODUCT_RENAMED:
        return needs(signing->product.length > 0,
                     "the profile does not say where the product's name stands", ret_why);
    case FIRMWARE_OLDER:
        return given(update->older_image, "the profile gives no older image", ret_path, ret_why);
    case FIRMWARE_OTHER_PRODUCT:
        return given(update->other_product_image, "the profile gives no image for another product",
                     ret_path, ret_why);
    default:
        return FIRMWARE_MADE;
    }
}

/* ---- places ---- */

struct span {
    size_t at;
    size_t length;
};

static enum status too_short(const char *what, struct error *reterr)
{
    return fail(reterr, STATUS_BAD_INPUT, "the image has no %s where the profile says", what);
}

static bool fits(const struct bytes *image, size_t at, size_t length)
{
    return at <= image->length && length <= image->length - at;
}

static enum status reach_of(const struct update_reach *reach, const struct bytes *image,
                            const char *what, struct span *ret_span, struct error *reterr)
{
    size_t end = image->length;

    if (reach->to != 0) {
        end = reach->to;
    } else if (reach->before_end <= end) {
        end -= reach->before_end;
    } else {
        return too_short(what, reterr);
    }
    if (end > image->length || reach->from >= end) {
        return too_short(what, reterr);
    }
    *ret_span = (struct span){ reach->from, end - reach->from };
    return STATUS_OK;
}

static enum status signature_of(const struct update *update, const struct bytes *image,
                                struct span *ret_span, struct error *reterr)
{
    const struct update_signing *signing = &update->signing;
    size_t at = signing->signature.at;

    if (signing->at_end) {
        if (at > image->length) {
            return too_short("signature", reterr);
        }
        at = image->length - at;
    }
    if (signing->signature.length == 0 || !fits(image, at, signing->signature.length)) {
        return too_short("signature", reterr);
    }
    *ret_span = (struct span){ at, signing->signature.length };
    return STATUS_OK;
}

/* What is neither header nor signature, as far as the profile lets it be known. */
static enum status content_of(const struct update *update, const struct bytes *image,
                              struct span *ret_span, struct error *reterr)
{
    const struct update_signing *signing = &update->signing;

    if (signing->digest_algorithm != NULL) {
        return reach_of(&signing->digest_covers, image, "content under the digest", ret_span,
                        reterr);
    }
    if (update_has_signature(update)) {
        return reach_of(&signing->covers, image, "signed content", ret_span, reterr);
    }
    *ret_span = (struct span){ 0, image->length };
    return image->length > 0 ? STATUS_OK : too_short("content", reterr);
}

static enum status flip(struct bytes *image, size_t at, struct error *reterr)
{
    if (at >= image->length) {
        return too_short("such octet", reterr);
    }
    image->data[at] ^= 0x10;
    return STATUS_OK;
}

/* The octet before the digest, which is often unused and so looked at by nothing but a check of
 * the signature; without a digest one behind what is usually a magic number. */
static enum status header_flip(const struct update *update, struct bytes *image,
                               struct error *reterr)
{
    const struct update_signing *signing = &update->signing;
    size_t first = update_has_signature(update) ? signing->covers.from : 0;

    if (signing->digest_algorithm != NULL && signing->digest_at > first) {
        return flip(image, signing->digest_at - 1, reterr);
    }
    return flip(image, first + HEADER_OCTET, reterr);
}

static enum status middle_flip(const struct update *update, struct bytes *image,
                               struct error *reterr)
{
    struct span content;

    TRY(content_of(update, image, &content, reterr));
    return flip(image, content.at + content.length / 2, reterr);
}

/* ---- digest and signature ---- */

static enum status digest_renew(const struct update *update, struct bytes *image,
                                struct error *reterr)
{
    const struct update_signing *signing = &update->signing;
    unsigned char digest[IMAGE_DIGEST_MAX];
    struct span covered = { 0 };
    size_t length;

    if (signing->digest_algorithm == NULL) {
        return STATUS_OK;
    }
    TRY(reach_of(&signing->digest_covers, image, "content under the digest", &covered, reterr));
    TRY(image_digest(signing->digest_algorithm, image->data + covered.at, covered.length, digest,
                     &length, reterr));
    if (!fits(image, signing->digest_at, length)) {
        return too_short("digest", reterr);
    }
    memcpy(image->data + signing->digest_at, digest, length);
    return STATUS_OK;
}

static enum status sign_anew(const struct update *update, struct bytes *image,
                             const struct firmware_signer *signer, struct error *reterr)
{
    DEFER(bytes_done) struct bytes signature = bytes_bounded(IMAGE_SIGNATURE_MAX);
    struct span place = { 0 };
    struct span covered = { 0 };

    TRY(signature_of(update, image, &place, reterr));
    TRY(reach_of(&update->signing.covers, image, "signed content", &covered, reterr));
    TRY(signer->sign(signer->context, &update->signing, image->data + covered.at, covered.length,
                     &signature, reterr));
    if (signature.length > place.length) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "a signature of %zu octets does not fit into the declared %zu",
                    signature.length, place.length);
    }
    memset(image->data + place.at, 0, place.length);
    memcpy(image->data + place.at, signature.data, signature.length);
    return STATUS_OK;
}

static enum status fresh_sign(void *context, const struct update_signing *signing, const void *data,
                              size_t length, struct bytes *ret_signature, struct error *reterr)
{
    static const enum image_key_kind by_scheme[] = {
        [UPDATE_ECDSA_P256_SHA256] = IMAGE_KEY_P256,
        [UPDATE_ECDSA_P384_SHA384] = IMAGE_KEY_P384,
        [UPDATE_RSA_PKCS1_SHA256] = IMAGE_KEY_PKCS1,
        [UPDATE_RSA_PSS_SHA256] = IMAGE_KEY_PSS,
    };
    DEFER(image_key_done) struct image_key *key = NULL;
    unsigned char room[IMAGE_SIGNATURE_MAX];
    size_t made = 0;

    (void) context;
    if (signing->scheme > UPDATE_RSA_PSS_SHA256) {
        return fail(reterr, STATUS_UNSUPPORTED, "the harness cannot sign by this scheme");
    }
    TRY(image_key_new(by_scheme[signing->scheme], signing->signature.length * 8, &key, reterr));
    TRY(image_key_sign(key, signing->der, data, length, room, &made, reterr));
    return bytes_append(ret_signature, room, made, reterr);
}

const struct firmware_signer firmware_fresh_key = { .sign = fresh_sign };

/* ---- names ---- */

static struct span name_of(const struct bytes *image, const struct update_span *span)
{
    const uint8_t *at = image->data + span->at;
    const uint8_t *end = memchr(at, 0, span->length);

    return (struct span){ span->at, end != NULL ? (size_t) (end - at) : span->length };
}

/* Its last digit below 9 goes up by one; without one a digit is put behind. */
static enum status version_raise(const struct update *update, struct bytes *image,
                                 struct error *reterr)
{
    const struct update_span *span = &update->signing.version;
    struct span name;

    if (!fits(image, span->at, span->length)) {
        return too_short("version", reterr);
    }
    name = name_of(image, span);
    for (size_t i = name.length; i > 0; i--) {
        uint8_t *digit = image->data + name.at + i - 1;

        if (*digit >= '0' && *digit < '9') {
            (*digit)++;
            return digest_renew(update, image, reterr);
        }
    }
    image->data[name.at + (name.length < span->length ? name.length : span->length - 1)] = '1';
    return digest_renew(update, image, reterr);
}

static enum status product_rename(const struct update *update, struct bytes *image,
                                  struct error *reterr)
{
    const struct update_span *span = &update->signing.product;
    struct span name;
    uint8_t *last;

    if (!fits(image, span->at, span->length)) {
        return too_short("product", reterr);
    }
    name = name_of(image, span);
    last = image->data + name.at + (name.length > 0 ? name.length - 1 : 0);
    *last = *last == 'X' ? 'Y' : 'X';
    return digest_renew(update, image, reterr);
}

bool firmware_names_version(const struct update *update, const struct bytes *image,
                            const char *version)
{
    const struct update_span *span = &update->signing.version;
    struct span name;

    if (span->length == 0) {
        return true;
    }
    if (!fits(image, span->at, span->length)) {
        return false;
    }
    name = name_of(image, span);
    return strlen(version) == name.length &&
           memcmp(image->data + name.at, version, name.length) == 0;
}

/* ---- images ---- */

static enum status signature_cut(const struct update *update, struct bytes *image,
                                 struct error *reterr)
{
    struct span place = { 0 };

    TRY(signature_of(update, image, &place, reterr));
    memmove(image->data + place.at, image->data + place.at + place.length,
            image->length - place.at - place.length);
    image->length -= place.length;
    return STATUS_OK;
}

static enum status signature_spoil(const struct update *update, bool zero, struct bytes *image,
                                   struct error *reterr)
{
    struct span place = { 0 };

    TRY(signature_of(update, image, &place, reterr));
    if (zero) {
        memset(image->data + place.at, 0, place.length);
        return STATUS_OK;
    }
    return flip(image, place.at + place.length / 2, reterr);
}

static enum status grow(struct bytes *image, size_t length, struct error *reterr)
{
    uint8_t *at;

    image->length /= 2;
    if (length <= image->length) {
        return STATUS_OK;
    }
    length -= image->length;
    TRY(bytes_reserve(image, length, &at, reterr));
    memset(at, 0, length);
    bytes_commit(image, length);
    return STATUS_OK;
}

enum status firmware_make(const struct update *update, enum firmware_kind kind,
                          const struct bytes *good, size_t huge_length,
                          const struct firmware_signer *signer, struct bytes *image,
                          struct error *reterr)
{
    if (kind == FIRMWARE_EMPTY) {
        return STATUS_OK;
    }
    TRY(bytes_append(image, good->data, good->length, reterr));
    switch (kind) {
    case FIRMWARE_HEADER_FLIPPED:
        return header_flip(update, image, reterr);
    case FIRMWARE_MIDDLE_FLIPPED:
        return middle_flip(update, image, reterr);
    case FIRMWARE_SIGNATURE_FLIPPED:
        return signature_spoil(update, false, image, reterr);
    case FIRMWARE_SIGNATURE_ZEROED:
        return signature_spoil(update, true, image, reterr);
    case FIRMWARE_SIGNATURE_CUT:
        return signature_cut(update, image, reterr);
    case FIRMWARE_CUT_SHORT:
        image->length /= 2;
        return STATUS_OK;
    case FIRMWARE_LONGER:
        return bytes_append(image, "", 1, reterr);
    case FIRMWARE_OTHER_KEY:
        return sign_anew(update, image, signer, reterr);
    case FIRMWARE_ALTERED:
        TRY(middle_flip(update, image, reterr));
        return digest_renew(update, image, reterr);
    case FIRMWARE_ALTERED_OTHER_KEY:
        TRY(middle_flip(update, image, reterr));
        TRY(digest_renew(update, image, reterr));
        return sign_anew(update, image, signer, reterr);
    case FIRMWARE_VERSION_RAISED:
        return version_raise(update, image, reterr);
    case FIRMWARE_PRODUCT_RENAMED:
        return product_rename(update, image, reterr);
    case FIRMWARE_HUGE:
        return grow(image, huge_length, reterr);
    default:
        return STATUS_OK; /* as it is: the good one, or a file of the vendor's */
    }
}

enum status firmware_read(const char *path, struct bytes *image, struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum status status = STATUS_OK;
    uint8_t block[READ_LENGTH];
    struct stat about;

    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        status = fail(reterr, STATUS_BAD_INPUT, "%.200s: %s", path,
                      fd < 0 ? strerror(errno) : "not a regular file");
    }
    while (status == STATUS_OK) {
        size_t room = image->limit - image->length;
        size_t length = room < READ_LENGTH ? room + 1 : READ_LENGTH;
        ssize_t got = read(fd, block, length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            status = fail(reterr, STATUS_IO, "%.200s: %s", path, strerror(errno));
        }
        if (got <= 0) {
            break;
        }
        status = bytes_append(image, block, (size_t) got, reterr);
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return status;
}
