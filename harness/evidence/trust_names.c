/* When are two names of organisations one, and when do they merely look it? */
#include "base/text.h"
#include "evidence/trust_private.h"

#include <ctype.h>
#include <string.h>

enum { FOLDED_MAX = 256 };

/* What a reader of a list takes for the other (Unicode UTS #39 has thousands; these are the ones
 * that Japanese and Latin names of companies are made of). */
static const struct {
    const char *from;
    const char *to;
} folds[] = {
    { "株式会社", "" }, { "有限会社", "" }, { "合同会社", "" }, { "(株)", "" }, { "（株）", "" },
    { "㈱", "" },       { "　", "" },       { " ", "" },        { "-", "" },    { "‐", "" },
    { "–", "" },        { "ー", "" },       { "一", "" },       { "・", "" },   { ".", "" },
    { ",", "" },        { "0", "o" },       { "1", "l" },       { "i", "l" },   { "|", "l" },
    { "А", "a" },       { "а", "a" },       { "В", "b" },       { "Е", "e" },   { "е", "e" },
    { "К", "k" },       { "М", "m" },       { "Н", "h" },       { "О", "o" },   { "о", "o" },
    { "Р", "p" },       { "р", "p" },       { "С", "c" },       { "с", "c" },   { "Т", "t" },
    { "Х", "x" },       { "х", "x" },       { "Ѕ", "s" },       { "І", "l" },   { "і", "l" },
    { "Α", "a" },       { "Β", "b" },       { "Ε", "e" },       { "Ζ", "z" },   { "Η", "h" },
    { "Ι", "l" },       { "Κ", "k" },       { "Μ", "m" },       { "Ν", "n" },   { "Ο", "o" },
    { "Ρ", "p" },       { "Τ", "t" },       { "Χ", "x" },       { "ニ", "二" }, { "ロ", "口" },
    { "カ", "力" },     { "エ", "工" },     { "タ", "夕" },     { "ハ", "八" }, { "ト", "卜" },
    { "へ", "ヘ" },     { "べ", "ベ" },     { "ぺ", "ペ" },     { "り", "リ" },
};

/* One character, in lower case and of half width; how many octets it was. */
static size_t fold_ascii(const char *at, char *ret_letter)
{
    const unsigned char *octets = (const unsigned char *) at;
    size_t length = 0;
    unsigned point = 0;

    if (octets[0] < 0x80) {
        point = octets[0];
        length = 1;
    } else if (octets[0] == 0xef && (octets[1] == 0xbc || octets[1] == 0xbd)) {
        /* U+FF01..FF5E are U+0021..007E in full width. */
        unsigned wide = ((octets[1] & 0x3fU) << 6) | (octets[2] & 0x3fU);

        point = wide >= 0xf01 && wide <= 0xf5e ? wide - 0xf01 + 0x21 : 0;
        length = point == 0 ? 0 : 3;
    }
    *ret_letter = (char) (point >= 'A' && point <= 'Z' ? point - 'A' + 'a' : point);
    return length;
}

/* The next octet that tells names apart, or 0 at the end. */
static char next_telling(const char **at)
{
    while (**at != '\0') {
        char letter = '\0';
        size_t length = fold_ascii(*at, &letter);

        if (length == 0) {
            length = text_blank(*at);
            letter = length == 0 ? **at : '\0';
            length = length == 0 ? 1 : length;
        } else if (!isalnum((unsigned char) letter)) {
            letter = '\0';
        }
        *at += length;
        if (letter != '\0') {
            return letter;
        }
    }
    return '\0';
}

bool trust_same_name(const char *a, const char *b)
{
    char left;

    do {
        left = next_telling(&a);
        if (left != next_telling(&b)) {
            return false;
        }
    } while (left != '\0');
    return true;
}

bool trust_same_organisation(const struct trust_key *a, const struct trust_key *b)
{
    return (a->corporate_number != NULL && text_equal(a->corporate_number, b->corporate_number)) ||
           trust_same_name(a->organisation, b->organisation);
}

/* Of a name longer than the room only the beginning is compared. */
const char *trust_name_looks(const char *name, struct arena *arena)
{
    char room[FOLDED_MAX];
    size_t used = 0;

    while (*name != '\0' && used + 8 < FOLDED_MAX) {
        char letter[2] = "";
        size_t length = fold_ascii(name, letter);
        const char *as = letter;

        if (length == 0) {
            length = 1;
            letter[0] = *name;
        }
        for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++) {
            size_t here = strlen(folds[i].from);

            if (strncmp(name, folds[i].from, here) == 0 || text_equal(letter, folds[i].from)) {
                as = folds[i].to;
                length = strncmp(name, folds[i].from, here) == 0 ? here : length;
                break;
            }
        }
        memcpy(room + used, as, strlen(as));
        used += strlen(as);
        name += length;
    }
    room[used] = '\0';
    return arena_text(arena, room);
}
