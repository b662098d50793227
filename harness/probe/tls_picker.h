/* tls_picker.h - finds out everything a server would pick from a list, in its order: offer
 * all, take away what it picked, offer the rest, until it refuses.
 *
 * What counts as a refusal is decided here and nowhere else.  An alert that says no is one.  A
 * close or a reset without a word is one only if it happens three times, the last two without
 * anything in between, and the server meanwhile answers a hello that it is known to accept.
 * Silence, a garbled answer and a failed connection never are: then nothing is known.
 *
 * Over UDP many servers refuse by silence (RFC 6347 section 4.1.2.7 lets them), so there silence
 * counts as a close does: twice, each time after hellos that were repeated, with answers to a hello
 * that is known to be accepted in between and after. */
#pragma once

#include "probe/tls_dial.h"

enum offer_answer { OFFER_ACCEPTED, OFFER_REFUSED, OFFER_UNKNOWN };

/* A dialer and the hello that this server is known to accept: the first accepted one,
 * with only the suite that was picked.  Its other lists must outlive the asker, which
 * must not be moved. */
struct asker {
    struct dialer *dialer;
    uint16_t good_suite;
    struct tls_hello known_good;
    bool has_known_good;
    bool silence_refuses; /* UDP */
    /* Called for every answered exchange; may be NULL. */
    void (*witness)(void *context, const struct exchange *exchange);
    void *witness_context;
    bool spoke_tls;        /* any exchange brought a TLS record */
    bool connected;        /* any exchange got as far as a connection */
    unsigned silent_ends;  /* exchanges that ended in silence */
    unsigned not_upgraded; /* exchanges that STARTTLS kept from beginning */
};

/* Dials once and says what each answer means; an exchange that ended in neither
 * acceptance nor alert is dialed again alone.  Exchanges keep their last end. */
enum status tls_server_ask(struct asker *asker, struct exchange *const exchanges[], size_t count,
                           enum offer_answer *ret_answers, struct error *reterr) MUST_CHECK;

/* The same for exchanges that have been dialed already. */
enum status tls_server_ask_on(struct asker *asker, struct exchange *const exchanges[], size_t count,
                              enum offer_answer *ret_answers, struct error *reterr) MUST_CHECK;

/* Does the server still answer the known good hello?  Two attempts. */
enum status tls_server_still_answers(struct asker *asker, bool *ret_answers,
                                     struct error *reterr) MUST_CHECK;

enum pick_what { PICK_SUITES, PICK_GROUPS, PICK_SCHEMES };
enum pick_state { PICK_GOING, PICK_COMPLETE, PICK_INCOMPLETE };
enum { PICK_MAX = 512, PICK_CHUNK = 100 };

struct picker {
    struct tls_hello hello; /* the list that is being picked from is filled in here */
    enum pick_what what;
    bool whole_flight;
    uint16_t left[PICK_MAX]; /* not picked and not refused yet, in the order offered */
    size_t left_count;
    size_t chunk; /* at most so many at once */
    /* Groups: an elliptic-curve certificate may need its own curve among those offered
     * (RFC 8422 section 5.1); it then stays at the end of the list. */
    uint16_t companion; /* 0: none */
    bool companion_offered;
    /* Suites: a picker may be one of several lanes (tls_lanes.h).  It then also offers what the
     * lanes after it hold, until the server picks one of those. */
    const uint16_t *after; /* NULL: none */
    size_t after_count;
    bool alone;   /* one of those was picked */
    bool crossed; /* ... and after that still one of its own: its order is not known */
    uint16_t picked[PICK_MAX];
    size_t picked_count;
    enum pick_state state;
    bool out_of_order; /* the server picked something that was not offered */
    char why[96];      /* PICK_INCOMPLETE */
    /* Scratch of one round. */
    uint16_t offer[PICK_MAX];
    size_t own_count; /* of these, without the companion and those after */
};

/* Counts an accepted exchange that offered all of `left` as a first round. */
void tls_server_picker_feed(struct picker *picker, const struct exchange *exchange);

/* One round of those that are PICK_GOING. */
enum status tls_server_pick_once(struct asker *asker, struct picker *const pickers[], size_t count,
                                 struct error *reterr) MUST_CHECK;

/* Runs all side by side until none is PICK_GOING. */
enum status tls_server_pick(struct asker *asker, struct picker *const pickers[], size_t count,
                            struct error *reterr) MUST_CHECK;
