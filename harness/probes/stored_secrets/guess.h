/* guess.h - is it the hash of a common password, of its user's name, or of none? */
#pragma once

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guesser {
    const char **passwords; /* each once, the empty one first */
    size_t count;
    void *room; /* for crypt(3) */
    int64_t deadline_ms;
    unsigned hashes;  /* all of whose guesses were made */
    unsigned untried; /* of a kind that crypt(3) does not know, or that time ran out for */
};

enum guess_word { GUESS_NONE, GUESS_EMPTY, GUESS_USER, GUESS_COMMON };

/* The published list of common log-ins; BAD_INPUT when it cannot be read. */
enum status guesser_start(struct guesser *guesser, struct arena *arena, int64_t deadline_ms,
                          struct error *reterr) MUST_CHECK;
void guesser_done(struct guesser *guesser);

/* hash: as it stands in a shadow file, or the 32 hexadecimal digits of an NT hash. */
enum guess_word guess(struct guesser *guesser, const char *user, const char *hash, bool nt);

const char *guess_text(enum guess_word word);
