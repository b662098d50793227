/* outage.h - what must outlast a loss of power or of the network, and the loss itself, one step at
 * a time. */
#pragma once

#include "control/first_state.h"
#include "probe/account_change.h"
#include "probe/marked_value.h"
#include "probe/roll_call.h"

enum { HELD_MAX = 8 };

enum moment { MOMENT_IDLE, MOMENT_AFTER_CREDENTIAL, MOMENT_DURING_SETTING };

/* A setting that must outlast it, written by an access path or by a lever of the bench. */
struct held {
    const char *id;
    struct probe_call call; /* the caller's, about this access path */
    struct subject subject;
    const struct lever_way *way; /* of the lever that reads it; NULL: an access path */
    struct marked_value value;
    struct marked_value other; /* another marker, for writes that are cut short */
    bool marked;               /* the marked value was read back */
    const char *state;         /* after it: static words; NULL: not looked at */
};

struct outage {
    struct probe_call *call;
    bool power; /* else the network */
    enum moment moment;
    struct course account;
    struct held held[HELD_MAX];
    size_t held_count;
    struct roll before;
    struct roll after;
    char version[VERSION_TEXT_SIZE];
    bool version_known;
    struct secret label; /* the default on the unit's label; empty: not given */
    bool is_default;     /* the declared password is that */
    bool hangs;          /* a service that answered before does not */
    bool differs;        /* in what no password or setting brings back */
    bool gone;           /* the device did not come back */
};

/* ---- held.c ---- */

/* Every setting that can be read and written. */
void held_find(struct outage *outage);
void held_done(struct outage *outage);
/* Writes marked values and reads them back, with the declared passwords. */
enum status held_mark(struct outage *outage, struct error *reterr) MUST_CHECK;
/* Logs in with `password` (NULL: the declared one) and writes one setting again and again, until
 * it is no longer answered, or until the deadline; *ret_written of them were answered.  False in
 * *ret_begun: there is no setting to do it with. */
struct scribe {
    struct guest guest;
    struct held *held;
    unsigned written;
    bool broken; /* the last write went without its answer */
};
enum status scribe_begin(struct outage *outage, const char *password, struct scribe *ret_scribe,
                         bool *ret_begun, struct error *reterr) MUST_CHECK;
enum status scribe_write(struct scribe *scribe, struct error *reterr) MUST_CHECK;
void scribe_done(struct scribe *scribe);
/* Looks at each and puts the old value back; *ret_back: all stand as they did. */
enum status held_compare(struct outage *outage, bool *ret_back, struct error *reterr) MUST_CHECK;
/* For somebody who knows nothing of the run. */
enum status held_recover(struct outage *outage, struct error *reterr) MUST_CHECK;

/* ---- cut.c ---- */

struct cut {
    bool seen; /* the device fell silent */
    bool back;
    int64_t back_after_ms;
    unsigned written; /* of a scribe */
    bool broken;
};

/* False, and why, when the profile declares no lever for it. */
bool cut_can(const struct outage *outage, const char **ret_why);
/* Takes power or network away, sees that the device is silent, and gives it back.  scribe: writes
 * meanwhile; or NULL. */
enum status cut_make(struct outage *outage, struct scribe *scribe, struct cut *ret_cut,
                     struct error *reterr) MUST_CHECK;
