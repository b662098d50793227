/* broker_person.h - a person at the terminal, asked one thing in Japanese and English, with a time
 * limit that is shown.
 *
 * Only one process asks at a time, over all of a run: persons_share() comes before the first fork.
 * What is shown is cleared of everything that a terminal would obey. */
#pragma once

#include "base/bytes.h"
#include "base/text.h"

enum { PERSON_ANSWER_MAX = 1000, PERSON_FILE_MAX = 64 << 20 };

struct person_ask {
    unsigned ticket;
    const char *about; /* a check or a lever */
    const char *ja;
    const char *en;
    const char *choices; /* "yes / no", shown; NULL: any text */
    unsigned within_s;
};

enum person_state {
    PERSON_IDLE,
    PERSON_WAITS, /* for the terminal */
    PERSON_READY, /* has it; begins when whoever draws there has stopped */
    PERSON_ASKED,
    PERSON_ENDED
};

struct person {
    enum person_state state;
    unsigned ticket;
    int fd; /* of the terminal */
    int64_t since_ms;
    int64_t deadline_ms;
    int64_t shown_s;
    char about[128];
    char ja[1024];
    char en[1024];
    char choices[256];
    struct bytes typed;
    bool answered;      /* once ended */
    const char *detail; /* why not */
};

/* In the process that forks: the place where they agree who asks. */
void persons_share(void);

/* The terminal, before the session is left, or -1: there is nobody to ask. */
int person_terminal(void);

void person_begin(struct person *person, int fd, const struct person_ask *ask);

/* Without waiting; *ret_begins once: somebody is going to be asked now. */
void person_turn(struct person *person, bool *ret_begins);

/* Gives the terminal back. */
void person_done(struct person *person);
