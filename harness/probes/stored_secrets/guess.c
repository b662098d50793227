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

enum { NT_DIGITS = 32, ROUNDS_DIGITS_MOST = 6, COST_MOST = 12 };

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

static int place_in64(char digit)
{
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);

    return at == NULL ? 64 : (int) (at - digits);
}

/* Whether one guess may take minutes or a gigabyte: nothing ends crypt(3) once it has begun, and
 * the cost is what a stranger wrote (crypt(5)). */
static bool is_dear(const char *hash)
{
    const char *rounds = strstr(hash, "$rounds=");

    if (rounds != NULL && strspn(rounds + 8, "0123456789") > ROUNDS_DIGITS_MOST) {
        return true;
    }
    if (hash[0] == '$' && hash[1] == '2') {
        return strlen(hash) < 7 || hash[4] > '1' || (hash[4] == '1' && hash[5] > '2');
    }
    if (strncmp(hash, "$y$", 3) == 0 || strncmp(hash, "$gy$", 4) == 0) {
        const char *cost = strchr(hash + 1, '$') + 1;

        return strcspn(cost, "$") != 3 || cost[0] != 'j' || place_in64(cost[1]) > COST_MOST ||
               place_in64(cost[2]) > place_in64('T');
    }
    return strncmp(hash, "$7$", 3) == 0; /* its cost is spread over eleven characters */
}

enum guess_word guess(struct guesser *guesser, const char *user, const char *hash, bool nt)
{
    bool knows = true;

    if (!nt && is_dear(hash)) {
        guesser->untried++;
        return GUESS_NONE;
    }
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
