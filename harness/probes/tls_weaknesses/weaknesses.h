/* weaknesses.h - what is looked for, and what was seen of it. */
#pragma once

#include "talk.h"

enum weakness {
    WEAKNESS_HEARTBLEED,
    WEAKNESS_CCS,
    WEAKNESS_ROBOT,
    WEAKNESS_POODLE,
    WEAKNESS_MAC,
    WEAKNESS_CBC_ORACLE,
    WEAKNESS_TICKETBLEED,
    WEAKNESS_RENEGOTIATION_LEGACY,
    WEAKNESS_RENEGOTIATION_CLIENT,
    WEAKNESS_COUNT
};

enum sight { SIGHT_UNKNOWN, SIGHT_ABSENT, SIGHT_PRESENT, SIGHT_NOT_APPLICABLE };

struct finding {
    enum sight sight;
    char why[160]; /* unless ABSENT or PRESENT */
};

enum { ROBOT_SHORT, ROBOT_FULL, ROBOT_FLOWS };
enum { REACTION_SIZE = TALK_TEXT_SIZE + 16, SUITES_OFFERED_MAX = 512 };

struct weaknesses {
    struct bench bench;
    struct finding found[WEAKNESS_COUNT];
    char stopped_after[32]; /* ""; what it no longer answered after */
    bool speaks_tls;
    uint16_t version; /* of the first answer; 0: none */

    /* What is offered where the handshake need not be completed. */
    uint16_t offered[SUITES_OFFERED_MAX];
    size_t offered_count;
    bool can_complete; /* those are suites that we can complete */

    bool heartbeat_asked; /* a hello with it was answered */
    bool heartbeat_offered;
    size_t heartbeat_excess; /* bytes beyond those sent */
    bool heartbeat_measured;
    bool robot_strong;
    char robot[ROBOT_FLOWS][TLS_BLOCK_COUNT][REACTION_SIZE]; /* "": not seen */
    char records[TLS_RECORD_FLAW_COUNT][REACTION_SIZE];
    const char *request; /* application data that makes the service answer */
    bool waits;          /* it was seen to say nothing before it is asked */
};

/* Name of the fact and of the rows' column; static. */
const char *weakness_name(enum weakness weakness);

void weakness_seen(struct weaknesses *all, enum weakness weakness, bool present);
void weakness_unknown(struct weaknesses *all, enum weakness weakness, const char *format, ...)
    PRINTF_LIKE(3, 4);
void weakness_does_not_apply(struct weaknesses *all, enum weakness weakness, const char *format,
                             ...) PRINTF_LIKE(3, 4);

/* After a handshake: hears out a service that speaks first (SMTP, IMAP), so that what comes next is
 * an answer.  False when it ends the connection or goes on and on. */
enum status greeting_pass(struct weaknesses *all, struct talk *talk, bool *ret_passed,
                          struct error *reterr) MUST_CHECK;

/* Was the hello that this talk began with refused?  An alert says so; an end without one could be
 * an accident, and has to come again while other hellos are answered. */
enum status refusal_settle(struct weaknesses *all, const struct talk *talk,
                           const struct tls_hello *hello, bool *ret_refused,
                           struct error *reterr) MUST_CHECK;

/* Each fills its findings; one file each. */
enum status heartbleed_try(struct weaknesses *all, struct error *reterr) MUST_CHECK;
enum status early_ccs_try(struct weaknesses *all, struct error *reterr) MUST_CHECK;
enum status robot_try(struct weaknesses *all, struct error *reterr) MUST_CHECK;
enum status padding_try(struct weaknesses *all, struct error *reterr) MUST_CHECK;
enum status ticketbleed_try(struct weaknesses *all, struct error *reterr) MUST_CHECK;
enum status renegotiation_try(struct weaknesses *all, struct error *reterr) MUST_CHECK;
