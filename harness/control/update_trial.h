/* update_trial.h - offering an image to the device by the path that its users take, and seeing what
 * became of it: the version that it shows, whether it answers, whether one can log in as before.
 *
 * An answer alone says nothing: a device may thank for an image and do nothing, or refuse it and
 * install it all the same. */
#pragma once

#include "base/arena.h"
#include "control/first_state.h"
#include "probe/firmware.h"

enum trial_way {
    TRIAL_STATE,     /* the bench keeps the unit and brings it back */
    TRIAL_REINSTALL, /* the bench brings the declared firmware back */
    TRIAL_STAYS,     /* the newer version may stay */
    TRIAL_NONE
};

struct trial {
    struct probe_call *call;
    const struct update *update;
    enum trial_way way;
    struct bytes good;
    char before[VERSION_TEXT_SIZE]; /* the version at the beginning */
    int64_t settle_ms;
    unsigned login_ms; /* how long one exchange of a log-in may take */
};

#define TRIAL_MOVES                                                                                \
    (LEVER_BIT(LEVER_INSTALL_IMAGE) | LEVER_BIT(LEVER_REINSTALL) | LEVER_BIT(LEVER_POWER_OFF) |    \
     CONTROL_BACK_MOVES | FIRST_STATE_MOVES)

/* Rows of the tables of probes that use it. */
#define TRIAL_PARAMS                                                                               \
    { .name = "settle_ms",                                                                         \
      .type = FACT_INT,                                                                            \
      .help = "How long the device may take until it answers again, or shows another version; 0: " \
              "control.settle_s of the profile.",                                                  \
      .fallback = "0",                                                                             \
      .minimum = 0,                                                                                \
      .maximum = 1800000 },                                                                        \
        PARAM_TIMEOUT_MS("5000")

#define TRIAL_FACTS                                                                                \
    { .name = "hindrance",                                                                         \
      .type = FACT_TEXT,                                                                           \
      .help = "Why no image was offered; then nothing else is known." },                           \
        { .name = "way_back",                                                                      \
          .type = FACT_TEXT,                                                                       \
          .help = "How the device came back to its first version: state, reinstall or stays." },   \
    {                                                                                              \
        .name = "version_before", .type = FACT_TEXT,                                               \
        .help = "What the device said of its version before anything was offered."                 \
    }

/* Reads the good image and the version, and sets the facts above.  *ret_ready false: a hindrance
 * was found and told, and nothing is to be offered.  Wants trial_done in every case. */
enum status trial_open(struct trial *trial, struct probe_call *call, bool *ret_ready,
                       struct error *reterr) MUST_CHECK;
void trial_done(struct trial *trial);

/* Before the first image: from here on the device is owed its first state. */
enum status trial_keep(struct trial *trial, struct error *reterr) MUST_CHECK;

/* The first version again (not where it may stay).  An error when it does not come. */
enum status trial_back(struct trial *trial, struct error *reterr) MUST_CHECK;

/* For restore() of these probes: from whatever state. */
enum status trial_restore(struct probe_call *call, struct error *reterr) MUST_CHECK;

struct trial_look {
    bool alive;
    bool version_known;
    char version[VERSION_TEXT_SIZE];
};

/* Until the device answers and its version is another than `not_version` (NULL: any will do), or
 * within_ms have passed. */
enum status trial_wait(struct trial *trial, const char *not_version, int64_t within_ms,
                       struct trial_look *ret_look, struct error *reterr) MUST_CHECK;

struct trial_offer {
    enum lever_word word;
    char words[160]; /* of a refusal, or of an upload that broke off; printable */
    struct trial_look look;
    int64_t took_ms; /* from the beginning to that look */
};

/* Offers an image and waits for a change of version: watch_ms after a refusal, else wait_ms. */
enum status trial_offer(struct trial *trial, const struct bytes *image, int64_t watch_ms,
                        int64_t wait_ms, struct trial_offer *ret_offer,
                        struct error *reterr) MUST_CHECK;

bool trial_is_changed(const struct trial *trial, const struct trial_look *look);
bool trial_is_new(const struct trial *trial, const struct trial_look *look);

/* "accepted", "rejected", ...; NULL where the profile declares no account to log in with. */
enum status trial_login(struct trial *trial, const char **ret_word,
                        struct error *reterr) MUST_CHECK;

/* Away and back, by power_off and power_on or by power_cycle.  *ret_gone: it was seen to be
 * silent. */
bool trial_has_power(const struct trial *trial);
enum status trial_power_off(struct trial *trial, bool *ret_gone, struct error *reterr) MUST_CHECK;
enum status trial_power_on(struct trial *trial, struct error *reterr) MUST_CHECK;

/* What was put aside may be installed when the device starts: away and back, and its version then.
 * Wants trial_has_power. */
enum status trial_restart(struct trial *trial, bool *ret_gone, struct trial_look *ret_look,
                          struct error *reterr) MUST_CHECK;
