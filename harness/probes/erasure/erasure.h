/* erasure.h - what a user leaves on the device, and what is left of it after an erasure. */
#pragma once

#include "control/first_state.h"
#include "probe/account_change.h"
#include "probe/marked_value.h"

enum {
    PLANTS_MAX = 24,
    PASSWORD_SIZE = 24,
    MARKER_SIZE = sizeof "hoshitori-" + GUEST_MARKER_RANDOM
};

enum plant_state {
    PLANT_NOT,    /* it was not seen on the device before: it says nothing */
    PLANT_UNREAD, /* what reads it was not answered afterwards */
    PLANT_GONE,
    PLANT_FOUND
};

/* One piece of data with a marker: planted data, or an access path that writes and reads. */
struct plant {
    const char *id;
    const char *kind;               /* as user_data says; "setting" for an access path */
    const struct user_datum *datum; /* NULL: an access path */
    struct probe_call call;         /* the caller's, about this piece */
    struct subject subject;
    struct marked_value value; /* of an access path */
    char marker[MARKER_SIZE];
    char secret[PASSWORD_SIZE]; /* the password or key beside it */
    struct secret token;        /* that opens it; empty: none */
    bool planted;               /* the marker was read back */
    bool token_opened;
    bool account_opened; /* the planted account logged in */
    enum plant_state state;
    const char *found_in; /* id of what still shows the marker */
};

/* One clear answer for all of a kind: false as soon as one still opens something; absent when none
 * was clearly refused. */
struct many {
    unsigned opened;
    unsigned refused;
    unsigned unclear;
};

/* Who logs in, to plant or to look; by the account mechanism. */
struct entrance {
    const struct auth *auth; /* that owns the accounts; NULL: none over HTTP */
    struct probe_call call;
    struct subject subject;
    const struct credential *top; /* the highest role's */
    const char *password;         /* that works for it now; NULL: none is known */
};

struct erasure {
    struct probe_call *call;
    struct plant plants[PLANTS_MAX];
    size_t plant_count;
    bool more; /* than fit */
    struct entrance entrance;
    struct secret label;      /* of the unit on the bench; empty: not given */
    bool stirred;             /* it was silent, or threw somebody out, right after the erasure */
    struct guest session;     /* open before */
    const struct plant *seen; /* what it reads */
    json_t *open_before;      /* ids of access paths that were open to anybody; NULL: not asked */
    struct course account;    /* another account, whose password is changed before */
    json_t *account_params;
    struct probe_call account_call;
    struct subject account_subject;
    bool account_open;
    bool account_changed;
    enum attempt_word changed_word; /* what became of the changed password */
    const char *account_password;   /* that works for it after the erasure; NULL: none is known */
    struct many tokens;
    struct many accounts;
    struct many changed;
    char fresh[TEMPORARY_SIZE]; /* the first password after a reset, set through first use */
};

/* ---- plants.c ---- */

void plants_find(struct erasure *erasure);
void plants_done(struct erasure *erasure);
/* Plants each and reads it back. */
enum status plants_set(struct erasure *erasure, struct error *reterr) MUST_CHECK;
/* After the bench brought the unit back: a status when a marker is there still, or a setting that
 * was read before is another one. */
enum status plants_are_away(struct erasure *erasure, struct error *reterr) MUST_CHECK;
/* Logs somebody in by the mechanism; words as of a mechanism. */
enum status entrance_try(const struct erasure *erasure, const char *user, const char *password,
                         bool is_secret, enum attempt_word *ret_word,
                         struct error *reterr) MUST_CHECK;
void plants_before_facts(const struct erasure *erasure);

/* ---- search.c ---- */

/* Whatever was asked for, every marker is looked for in the answer; id: of what was read. */
void search_look_through(struct erasure *erasure, const struct http_answer *answer, const char *id);
/* The thing itself was handed out, or is not there any more: what it lacks is gone. */
bool search_settles(const struct http_answer *answer, const char *path);
/* Looks for every marker by every declared way to read over HTTP, as who is known to get in; again,
 * for erased_within_ms, while one is found or not settled. */
enum status search_patiently(struct erasure *erasure, struct error *reterr) MUST_CHECK;
/* What an erasure only hid, or only forgot until the next start, is there again after it. */
enum status search_after_start(struct erasure *erasure, struct error *reterr) MUST_CHECK;
enum status search_session(struct erasure *erasure, struct error *reterr) MUST_CHECK;
/* What tokens, accounts and the changed password of before are worth; may be repeated. */
enum status search_leftovers(struct erasure *erasure, struct error *reterr) MUST_CHECK;
void search_facts(const struct erasure *erasure);

/* ---- delivery.c: is it as it was delivered? ---- */

/* What anybody gets before the erasure is not the erasure's doing. */
enum status delivery_look_before(struct erasure *erasure, struct error *reterr) MUST_CHECK;
/* Finds what the device lets in after the erasure: its first use, the default on the label, the
 * declared password, or one that anybody guesses; and says so as facts. */
enum status delivery_look(struct erasure *erasure, struct error *reterr) MUST_CHECK;
/* Who gets in after a start: what did before it, else what was in force before the erasure. */
enum status delivery_again(struct erasure *erasure, struct error *reterr) MUST_CHECK;
