#include "probe/temporary.h"

#include "base/text.h"
#include "channel/sha256.h"
#include "channel/veil.h"

#include <string.h>

enum { MESSAGE_MAX = 512, ROUNDS_MAX = 8, NAME_LEAST = 3 };

static const char UPPER[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
static const char LOWER[] = "abcdefghijkmnpqrstuvwxyz";
static const char DIGITS[] = "23456789";
static const char PLAIN[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/* Octets without end: HMAC over the message and a counter. */
struct source {
    const struct secret *key;
    unsigned char message[MESSAGE_MAX];
    size_t length; /* of the message without its counter */
    unsigned char block[SHA256_SIZE];
    size_t used;
};

static enum status source_open(struct source *source, const struct probe_call *call,
                               const struct credential *credential, struct error *reterr)
{
    struct builder message = builder_over(source->message, sizeof source->message - 1);

    builder_put(&message, "hoshitori change", strlen("hoshitori change"));
    for (int shift = 56; shift >= 0; shift -= 8) {
        builder_u8(&message, (uint8_t) (call->run_seed >> shift));
    }
    if (call->check != NULL) {
        builder_put(&message, call->check, strlen(call->check));
    }
    if (message.overflow) {
        return fail(reterr, STATUS_LIMIT, "the id of the check is too long");
    }
    source->key = &credential->secret;
    source->length = message.length;
    source->message[source->length] = 0;
    source->used = sizeof source->block;
    return STATUS_OK;
}

static enum status source_octet(struct source *source, unsigned char *ret_octet,
                                struct error *reterr)
{
    if (source->used == sizeof source->block) {
        TRY(sha256_hmac(secret_reveal(source->key), source->key->length, source->message,
                        source->length + 1, source->block, reterr));
        source->message[source->length]++;
        source->used = 0;
    }
    *ret_octet = source->block[source->used++];
    return STATUS_OK;
}

/* Each as likely as the others: octets past the last whole multiple are passed over. */
static enum status source_one_of(struct source *source, const char *set, char *ret_one,
                                 struct error *reterr)
{
    size_t count = strlen(set);
    unsigned char octet = 0;

    do {
        TRY(source_octet(source, &octet, reterr));
    } while (octet >= 256 - 256 % count);
    *ret_one = set[octet % count];
    return STATUS_OK;
}

/* It begins with a letter: some devices take nothing else at the start. */
static enum status write(struct source *source, const struct change *rules, char *room,
                         struct error *reterr)
{
    const char *symbols = rules->symbols != NULL ? rules->symbols : "-_!";
    size_t length = rules->length != 0 ? rules->length : TEMPORARY_LENGTH;

    for (size_t i = 0; i < length; i++) {
        const char *set = i == 0                         ? UPPER
                          : i == 1                       ? LOWER
                          : i == 2                       ? DIGITS
                          : i == 5 && symbols[0] != '\0' ? symbols
                                                         : PLAIN;

        TRY(source_one_of(source, set, &room[i], reterr));
    }
    room[length] = '\0';
    return STATUS_OK;
}

enum status temporary_password(const struct probe_call *call, const struct credential *credential,
                               const struct change *rules, char room[TEMPORARY_SIZE],
                               struct error *reterr)
{
    struct source source;
    enum status status;
    bool named = true;

    if (rules->length != 0 &&
        (rules->length < TEMPORARY_LENGTH_MIN || rules->length >= TEMPORARY_SIZE)) {
        return fail(reterr, STATUS_BAD_INPUT, "a temporary password has 8 to 64 characters");
    }
    TRY(source_open(&source, call, credential, reterr));
    status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && named && i < ROUNDS_MAX; i++) {
        status = write(&source, rules, room, reterr);
        named = strlen(credential->user) >= NAME_LEAST && strcasestr(room, credential->user);
    }
    secret_wipe(&source, sizeof source);
    if (status == STATUS_OK && call->veil != NULL) {
        veil_add(call->veil, credential->user, room);
    }
    return status;
}
