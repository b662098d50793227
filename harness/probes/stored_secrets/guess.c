#include "guess.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "probe/credential_list.h"
#include "probe/data.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NT_DIGITS = 32 };

static bool known(const struct guesser *guesser, const char *password)
{
    for (size_t i = 0; i < guesser->count; i++) {
        if (strcmp(guesser->passwords[i], password) == 0) {
            return true;
        }
    }
    return false;
}

enum status guesser_start(struct guesser *guesser, struct arena *arena, int64_t deadline_ms,
                          struct error *reterr)
{
    struct credential_list list = { 0 };
    char path[512];

    TRY(data_path(path, sizeof path, "testsuites/jc-star/credentials/common.tsv", reterr));
    TRY(credential_list_load(path, arena, &list, reterr));
    *guesser = (struct guesser){ .room = calloc(1, sizeof(struct crypt_data)),
                                 .deadline_ms = deadline_ms };
    if (guesser->room == NULL) {
        abort();
    }
    guesser->passwords = arena_array(arena, list.count + 1, sizeof *guesser->passwords);
    guesser->passwords[guesser->count++] = "";
    for (size_t i = 0; i < list.count; i++) {
        if (!known(guesser, list.pairs[i].password)) {
            guesser->passwords[guesser->count++] = list.pairs[i].password;
        }
    }
    return STATUS_OK;
}

void guesser_done(struct guesser *guesser)
{
    free(guesser->room);
    guesser->room = NULL;
}

/* *ret_knows: crypt(3) knows this kind of hash. */
static bool fits(struct guesser *guesser, const char *password, const char *hash, bool nt,
                 bool *ret_knows)
{
    const char *made = crypt_r(password, nt ? "$3$" : hash, guesser->room);

    *ret_knows = made != NULL && made[0] != '*';
    if (!*ret_knows) {
        return false;
    }
    if (nt) {
        size_t length = strlen(made);

        return length >= NT_DIGITS && strcasecmp(made + length - NT_DIGITS, hash) == 0;
    }
    return strcmp(made, hash) == 0;
}

enum guess_word guess(struct guesser *guesser, const char *user, const char *hash, bool nt)
{
    bool knows = true;

    if (user[0] != '\0' && fits(guesser, user, hash, nt, &knows)) {
        guesser->hashes++;
        return GUESS_USER;
    }
    for (size_t i = 0; i < guesser->count; i++) {
        if (!knows || clock_left_ms(guesser->deadline_ms) <= 0) {
            guesser->untried++;
            return GUESS_NONE;
        }
        if (fits(guesser, guesser->passwords[i], hash, nt, &knows)) {
            guesser->hashes++;
            return i == 0 ? GUESS_EMPTY : GUESS_COMMON;
        }
    }
    guesser->untried += knows ? 0 : 1;
    guesser->hashes += knows ? 1 : 0;
    return GUESS_NONE;
}

const char *guess_text(enum guess_word word)
{
    static const char *const words[] = { [GUESS_NONE] = "none of the guesses",
                                         [GUESS_EMPTY] = "the empty password",
                                         [GUESS_USER] = "the name of its user",
                                         [GUESS_COMMON] = "a common password" };

    return words[word];
}
