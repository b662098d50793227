#include "derive.h"

#include "base/text.h"
#include "channel/hash.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_SIZE = 160,
    SPELLINGS_MAX = 12,
    PIECE_DIGITS = 6, /* a shorter piece is found in any number by chance */
    PIECE_HEX = 5,
    PIECE_TEXT = 4,
    PIECE_ENOUGH = 8, /* a piece so long is no chance, however long the password is */
    WHOLE_LEAST = 4,
    DIGEST_WHOLE =
        8, /* as long a password may stand anywhere in a digest, a shorter one at an end */
    DIGEST_LEAST = 6,
    NUMBER_DIGITS_MAX = 15,
    NEAR = 100 /* numbers that differ by no more follow each other */
};

struct spellings {
    char texts[SPELLINGS_MAX][TEXT_SIZE];
    size_t count;
};

static void lower_copy(const char *from, char room[TEXT_SIZE])
{
    size_t i = 0;

    for (; from[i] != '\0' && i + 1 < TEXT_SIZE; i++) {
        room[i] = (char) tolower((unsigned char) from[i]);
    }
    room[i] = '\0';
}

static void spelling_add(struct spellings *spellings, const char *text)
{
    if (text[0] != '\0' && spellings->count < SPELLINGS_MAX) {
        lower_copy(text, spellings->texts[spellings->count++]);
    }
}

static void reversed_add(struct spellings *spellings, const char *text)
{
    char room[TEXT_SIZE];
    size_t length = strlen(text);

    if (length >= TEXT_SIZE) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        room[i] = text[length - 1 - i];
    }
    room[length] = '\0';
    spelling_add(spellings, room);
}

/* Letters and digits alone. */
static void bare(const char *text, char room[TEXT_SIZE])
{
    size_t used = 0;

    for (; *text != '\0' && used + 1 < TEXT_SIZE; text++) {
        if (isalnum((unsigned char) *text)) {
            room[used++] = *text;
        }
    }
    room[used] = '\0';
}

static struct spellings spell(const char *text)
{
    struct spellings spellings = { .count = 0 };
    char room[TEXT_SIZE];

    spelling_add(&spellings, text);
    bare(text, room);
    if (strcmp(room, text) != 0) {
        spelling_add(&spellings, room);
    }
    reversed_add(&spellings, room);
    return spellings;
}

/* Also the numbers, and the neighbouring addresses that other interfaces of the unit have. */
static struct spellings spell_mac(const char *mac)
{
    struct spellings spellings = spell(mac);
    char digits[TEXT_SIZE];
    char room[TEXT_SIZE];
    uint64_t number;

    bare(mac, digits);
    if (strlen(digits) != 12 || strspn(digits, "0123456789abcdefABCDEF") != 12) {
        return spellings;
    }
    number = strtoull(digits, NULL, 16);
    for (uint64_t i = 0; i < 5; i++) {
        if (i != 2) {
            (void) snprintf(room, sizeof room, "%012llx",
                            (unsigned long long) ((number + i - 2) & 0xffffffffffff));
            spelling_add(&spellings, room);
        }
    }
    (void) snprintf(room, sizeof room, "%llu", (unsigned long long) number);
    spelling_add(&spellings, room);
    (void) snprintf(room, sizeof room, "%llu", (unsigned long long) (number & 0xffffff));
    spelling_add(&spellings, room);
    return spellings;
}

/* Length of the longest text that stands in both. */
static size_t common_piece(const char *a, const char *b)
{
    size_t longest = 0;

    for (size_t i = 0; a[i] != '\0'; i++) {
        for (size_t j = 0; b[j] != '\0'; j++) {
            size_t length = 0;

            while (a[i + length] != '\0' && a[i + length] == b[j + length]) {
                length++;
            }
            longest = length > longest ? length : longest;
        }
    }
    return longest;
}

/* How long a piece must be so that chance does not explain it. */
static size_t piece_least(const char *password)
{
    size_t length = strlen(password);

    if (strspn(password, "0123456789") == length) {
        return PIECE_DIGITS;
    }
    return strspn(password, "0123456789abcdef") == length ? PIECE_HEX : PIECE_TEXT;
}

static bool holds_piece(const char *password, const char *text)
{
    size_t length = strlen(password);
    size_t piece = common_piece(password, text);

    if (length >= WHOLE_LEAST && piece == length) {
        return true;
    }
    return piece >= PIECE_ENOUGH || (piece >= piece_least(password) && 2 * piece >= length);
}

static bool in_digest(const char *password, const char *digest)
{
    size_t length = strlen(password);
    size_t whole = strlen(digest);

    if (length < DIGEST_LEAST || length > whole) {
        return false;
    }
    return strncmp(digest, password, length) == 0 ||
           strcmp(digest + whole - length, password) == 0 ||
           (length >= DIGEST_WHOLE && strstr(digest, password) != NULL);
}

/* The digest in hex and in base64, against the password as it is and in lower case. */
static enum status digest_try(enum hash_kind kind, const char *text, const char *password,
                              const char *lower, bool *ret_fits, struct error *reterr)
{
    unsigned char digest[HASH_BYTES_MAX];
    char room[4 * HASH_BYTES_MAX];
    size_t length = 0;

    TRY(hash_of(kind, text, strlen(text), digest, &length, reterr));
    text_hex(digest, length, room);
    *ret_fits = in_digest(lower, room);
    text_base64(digest, length, room);
    *ret_fits = *ret_fits || in_digest(password, room);
    return STATUS_OK;
}

/* Firmware feeds the digest lower case, upper case, and what echo prints. */
static enum status digests_try(const char *text, const char *password, const char *lower,
                               enum hash_kind *ret_kind, bool *ret_fits, struct error *reterr)
{
    char upper[TEXT_SIZE];
    char forms[4][TEXT_SIZE + 1];
    size_t i = 0;

    for (; text[i] != '\0'; i++) {
        upper[i] = (char) toupper((unsigned char) text[i]);
    }
    upper[i] = '\0';
    (void) snprintf(forms[0], sizeof forms[0], "%s", text);
    (void) snprintf(forms[1], sizeof forms[1], "%s", upper);
    (void) snprintf(forms[2], sizeof forms[2], "%s\n", text);
    (void) snprintf(forms[3], sizeof forms[3], "%s\n", upper);
    for (enum hash_kind kind = 0; kind < HASH_KIND_COUNT; kind++) {
        for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            TRY(digest_try(kind, forms[i], password, lower, ret_fits, reterr));
            if (*ret_fits) {
                *ret_kind = kind;
                return STATUS_OK;
            }
        }
    }
    return STATUS_OK;
}

static enum status source_try(const char *name, const struct spellings *spellings,
                              const char *password, char rule[DERIVE_RULE_SIZE],
                              struct error *reterr)
{
    char lower[TEXT_SIZE];

    lower_copy(password, lower);
    for (size_t i = 0; i < spellings->count && rule[0] == '\0'; i++) {
        enum hash_kind kind = HASH_MD5;
        bool fits = false;

        if (holds_piece(lower, spellings->texts[i])) {
            (void) snprintf(rule, DERIVE_RULE_SIZE, "part of the %s", name);
            return STATUS_OK;
        }
        TRY(digests_try(spellings->texts[i], password, lower, &kind, &fits, reterr));
        if (fits) {
            (void) snprintf(rule, DERIVE_RULE_SIZE, "%s of the %s", hash_word(kind), name);
        }
    }
    return STATUS_OK;
}

enum status derive_rule(const struct identity *identity, const char *password,
                        char rule[DERIVE_RULE_SIZE], struct error *reterr)
{
    const struct {
        const char *name;
        const char *text;
    } sources[] = {
        { "MAC address", identity->mac },      { "serial number", identity->serial },
        { "network's name", identity->ssid },  { "model number", identity->model },
        { "vendor's name", identity->vendor },
    };

    rule[0] = '\0';
    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && rule[0] == '\0'; i++) {
        if (sources[i].text != NULL) {
            struct spellings spellings =
                i == 0 ? spell_mac(sources[i].text) : spell(sources[i].text);

            TRY(source_try(sources[i].name, &spellings, password, rule, reterr));
        }
    }
    return STATUS_OK;
}

static bool number_of(const char *text, size_t length, const char *digits, int base,
                      unsigned long long *ret_number)
{
    char room[NUMBER_DIGITS_MAX + 1];

    if (length == 0 || length > NUMBER_DIGITS_MAX || strspn(text, digits) < length) {
        return false;
    }
    memcpy(room, text, length);
    room[length] = '\0';
    *ret_number = strtoull(room, NULL, base);
    return true;
}

/* Two numbers that are near each other, decimal or hexadecimal. */
static bool near(const char *a, size_t a_length, const char *b, size_t b_length)
{
    static const struct {
        const char *digits;
        int base;
    } kinds[] = { { "0123456789", 10 }, { "0123456789abcdef", 16 } };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        unsigned long long first = 0;
        unsigned long long second = 0;

        if (number_of(a, a_length, kinds[i].digits, kinds[i].base, &first) &&
            number_of(b, b_length, kinds[i].digits, kinds[i].base, &second)) {
            return (first > second ? first - second : second - first) <= NEAR;
        }
    }
    return false;
}

enum relation derive_relation(const char *first, const char *second)
{
    char a[TEXT_SIZE] = "";
    char b[TEXT_SIZE] = "";
    size_t head = 0;
    size_t tail = 0;
    size_t shorter;
    size_t longer;

    lower_copy(first, a);
    lower_copy(second, b);
    if (strcmp(a, b) == 0) {
        return RELATION_SAME;
    }
    shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    longer = strlen(a) < strlen(b) ? strlen(b) : strlen(a);
    while (head < shorter && a[head] == b[head]) {
        head++;
    }
    while (tail < shorter - head && a[strlen(a) - 1 - tail] == b[strlen(b) - 1 - tail]) {
        tail++;
    }
    if (near(a, strlen(a), b, strlen(b))) {
        return RELATION_SEQUENTIAL;
    }
    if (2 * (head + tail) < longer) {
        return RELATION_NONE;
    }
    return near(a + head, strlen(a) - head - tail, b + head, strlen(b) - head - tail)
               ? RELATION_SEQUENTIAL
               : RELATION_ALIKE;
}

unsigned derive_classes(const char *password)
{
    bool lower = false;
    bool upper = false;
    bool digit = false;
    bool other = false;

    for (; *password != '\0'; password++) {
        unsigned char character = (unsigned char) *password;

        lower = lower || islower(character) != 0;
        upper = upper || isupper(character) != 0;
        digit = digit || isdigit(character) != 0;
        other = other || isalnum(character) == 0;
    }
    return (unsigned) lower + (unsigned) upper + (unsigned) digit + (unsigned) other;
}
