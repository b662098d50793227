/* mechanism.h - one way of logging in, and how it proves that a log-in reached
 * something.  A probe decides what is tried and when; a mechanism only tries. */
#pragma once

#include "base/arena.h"
#include "probe/probe.h"

#include <stdbool.h>
#include <stdint.h>

struct candidate {
    const char *label;
    const char *user;
    const char *password;
    bool is_secret; /* the device's own credential: also its dialogue is withheld */
};

enum attempt_word {
    ATTEMPT_ACCEPTED, /* something that needs a log-in was reached */
    ATTEMPT_REJECTED,
    ATTEMPT_LOCKED, /* the device says that it does not look at log-ins for now */
    ATTEMPT_CLOSED, /* it takes no connection */
    ATTEMPT_AGAIN,  /* a connection that was kept ended in place of an answer; the same
                     * candidate is to be tried again, and goes over a new one */
    ATTEMPT_UNCLEAR
};

struct attempt {
    enum attempt_word word;
    long long retry_after_s; /* -1: not said */
    const char *proof;       /* static: what the word rests on */
    bool unasked;            /* accepted before anybody asked for the password: it was not sent */
    char detail[192];
};

struct mechanism_setting {
    const struct probe_call *call;
    const char *scheme;
    const struct auth *auth; /* NULL by hand */
    bool tls;
    unsigned timeout_ms; /* of one exchange */
    const char *path;    /* by hand, or in place of the declared one; NULL: as declared */
    const char *proof_path;
    const char *body; /* template of the log-in's body, by hand */
};

/* Rows of a parameter table: how to log in where no profile says it.  scheme_choices: what the
 * probe takes, ended by NULL. */
#define MECHANISM_PARAMS_BY_HAND(scheme_choices)                                                   \
    { .name = "scheme",                                                                            \
      .type = FACT_TEXT,                                                                           \
      .help = "By hand: how to log in.",                                                           \
      .choices = (scheme_choices) },                                                               \
        { .name = "path",                                                                          \
          .type = FACT_TEXT,                                                                       \
          .help = "By hand: the page behind Basic or Digest, or where the log-in is sent to." },   \
        { .name = "proof_path",                                                                    \
          .type = FACT_TEXT,                                                                       \
          .help = "By hand: a page that opens only after a log-in." },                             \
        { .name = "body",                                                                          \
          .type = FACT_TEXT,                                                                       \
          .help = "By hand: the log-in's body, user=${user}&pw=${password} or a JSON object." },   \
        PARAM_TLS_BY_HAND

/* From those and timeout_ms, or as the subject's mechanism is declared. */
struct mechanism_setting mechanism_setting_read(const struct probe_call *call);

struct mechanism {
    const char *name;
    bool side_by_side; /* several states may be used at once, each by a thread of its own */

    /* *ret_state belongs to the mechanism until close; asked for once. */
    enum status (*open)(const struct mechanism_setting *setting, struct arena *arena,
                        void **ret_state, struct error *reterr);

    /* A stranger tries one candidate; called by mechanism_try.  *attempt comes in as UNCLEAR
     * without words. */
    enum status (*attempt)(void *state, const struct candidate *candidate, struct attempt *attempt,
                           struct error *reterr);

    /* Ends the connection that attempts keep, and no knowledge of the device: the next
     * attempt comes over a new one.  A process forked after it shares no connection. */
    enum status (*reconnect)(void *state, struct error *reterr);
    void (*close)(void *state);
};

extern const struct mechanism mechanism_form;  /* a declared request, a session after it */
extern const struct mechanism mechanism_basic; /* Basic and Digest (RFC 7617, RFC 7616) */
extern const struct mechanism mechanism_telnet;
extern const struct mechanism mechanism_mqtt; /* CONNECT, then a subscription */
extern const struct mechanism mechanism_snmp; /* a community, or a user of v3 */
extern const struct mechanism mechanism_ftp;
extern const struct mechanism mechanism_ssh;  /* password, else keyboard-interactive */
extern const struct mechanism mechanism_rtsp; /* Basic and Digest over RTSP */

/* NULL: no mechanism for this scheme is built in. */
const struct mechanism *mechanism_find(const char *scheme);

/* One log-in.  Any candidate but the device's own credential is counted against the
 * account's attempts first; LIMIT when there are none. */
enum status mechanism_try(const struct mechanism *mechanism, void *state,
                          const struct probe_call *call, const struct candidate *candidate,
                          struct attempt *ret_attempt, struct error *reterr) MUST_CHECK;

/* When an exchange that begins now must end. */
int64_t mechanism_deadline(const struct mechanism_setting *setting);
