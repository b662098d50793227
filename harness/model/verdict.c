#include "model/verdict.h"

#include <assert.h>
#include <string.h>

static const char *const verdict_words[VERDICT_COUNT] = {
#define X(name, word) [VERDICT_##name] = word,
    VERDICT_LIST(X)
#undef X
};

static const char *const overall_words[] = {
    [OVERALL_INCONCLUSIVE] = "inconclusive",
    [OVERALL_CONFORMANT] = "conformant",
    [OVERALL_NONCONFORMANT] = "nonconformant",
};

/* The place of word among words, or count. */
static size_t word_place(const char *const *words, size_t count, const char *word)
{
    size_t place = 0;

    while (place < count && strcmp(words[place], word) != 0) {
        place++;
    }
    return place;
}

const char *verdict_word(enum verdict verdict)
{
    assert(verdict < VERDICT_COUNT);
    return verdict_words[verdict];
}

bool verdict_from_word(const char *word, enum verdict *ret_verdict)
{
    size_t place = word_place(verdict_words, VERDICT_COUNT, word);

    if (place == VERDICT_COUNT) {
        return false;
    }
    *ret_verdict = (enum verdict) place;
    return true;
}

const char *overall_word(enum overall overall)
{
    return overall_words[overall];
}

bool overall_from_word(const char *word, enum overall *ret_overall)
{
    const size_t count = sizeof overall_words / sizeof overall_words[0];
    size_t place = word_place(overall_words, count, word);

    if (place == count) {
        return false;
    }
    *ret_overall = (enum overall) place;
    return true;
}

enum verdict verdict_worse(enum verdict a, enum verdict b)
{
    return a > b ? a : b;
}

enum verdict verdict_of_clause(const enum verdict *checks, size_t count)
{
    enum verdict worst = VERDICT_NA;

    if (count == 0) {
        return VERDICT_NOT_TESTED;
    }
    for (size_t i = 0; i < count; i++) {
        worst = verdict_worse(worst, checks[i]);
    }
    return worst;
}

enum overall overall_of_level(const struct clause_outcome *clauses, size_t count)
{
    bool open = false;
    bool passed = false;

    for (size_t i = 0; i < count; i++) {
        if (!clauses[i].mandatory) {
            continue;
        }
        if (clauses[i].verdict == VERDICT_FAIL) {
            return OVERALL_NONCONFORMANT;
        }
        passed = passed || clauses[i].verdict == VERDICT_PASS;
        open = open || (clauses[i].verdict != VERDICT_PASS && clauses[i].verdict != VERDICT_NA);
    }
    return passed && !open ? OVERALL_CONFORMANT : OVERALL_INCONCLUSIVE;
}
