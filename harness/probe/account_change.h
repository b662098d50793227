/* account_change.h - changing one account's password and changing it back, one step at a time. */
#pragma once

#include "probe/change_answer.h"
#include "probe/mechanism.h"
#include "probe/recipe.h"
#include "probe/temporary.h"

#include <stdbool.h>

enum { LOGINS_LEAST = 20 }; /* what one run may need, the way back included */

struct course {
    /* Given. */
    struct probe_call *call;
    const struct auth *auth;
    const struct change *change;
    const struct credential *credential;
    struct mechanism_setting setting;
    const struct mechanism *mechanism;
    void *state;
    unsigned budget; /* log-ins of run(); 0: no limit, to bring the device back */

    char temporary[TEMPORARY_SIZE];
    const char *proof_path; /* shows whether a session lives; NULL: not found */

    /* Found. */
    unsigned attempts; /* log-ins sent */
    bool budget_exhausted;
    unsigned waited_s;
    int change_status; /* of the last change that was asked for; 0: no answer */
    const char *proof; /* what the last accepted log-in rests on; static */
    char detail[192];  /* of the last answer that was no plain acceptance or refusal */
};

/* Somebody with or without a session of their own. */
struct visitor {
    struct http_client *client;
    struct recipe_outcome login;
    const char *password; /* of Basic and Digest, which have no session; or NULL */
    bool lacks_token;     /* the last change was asked for without the token that it repeats */
};

void visitor_done(struct visitor *visitor);

/* Opens the mechanism and computes the temporary password. */
enum status course_open(struct course *course, struct probe_call *call, struct arena *arena,
                        struct error *reterr) MUST_CHECK;
void course_close(struct course *course);

bool course_keeps_sessions(const struct course *course);

/* One log-in by a stranger.  A lock is waited for. */
enum status course_login(struct course *course, const char *password, enum attempt_word *ret_word,
                         struct error *reterr) MUST_CHECK;

/* password NULL: a stranger.  *ret_in: logged in, or a stranger. */
enum status visitor_enter(struct course *course, const char *password, struct visitor *ret_visitor,
                          bool *ret_in, struct error *reterr) MUST_CHECK;

/* Finds a page that refuses a stranger and opens for this visitor. */
enum status course_find_proof(struct course *course, struct visitor *visitor,
                              struct error *reterr) MUST_CHECK;

enum sight { SIGHT_OPENS, SIGHT_REFUSED, SIGHT_UNKNOWN };
enum status visitor_sees(struct course *course, struct visitor *visitor, enum sight *ret_sight,
                         struct error *reterr) MUST_CHECK;

/* Asks for the change. */
enum status visitor_changes(struct course *course, struct visitor *visitor,
                            const char *old_password, const char *new_password,
                            enum change_word *ret_word, struct error *reterr) MUST_CHECK;

enum return_word {
    RETURN_DONE,     /* the declared password is accepted, the temporary one is not */
    RETURN_LEFTOVER, /* both are: the device keeps the old one */
    RETURN_FAILED
};

/* Until the declared password is in force.  twice: when there is nothing to do, look once
 * more after a while, as a request of somebody who is gone may still be on its way. */
enum status course_return(struct course *course, bool twice, enum return_word *ret_word,
                          struct error *reterr) MUST_CHECK;
