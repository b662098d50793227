/* update_power_cut - cuts the power in the middle of an update, at moments spread over the time
 * that a whole one takes, and looks whether the device comes back with the old or the new version.
 *
 * By hand: hoshitori probe update_power_cut --profile profile.yaml
 */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/text.h"
#include "cuts.h"

#include <errno.h>
#include <string.h>
#include <time.h>

extern const struct probe probe_update_power_cut;

/* Who stayed silent twice need not be put to death ten times. */
enum { SILENT_ENOUGH = 2 };

static const struct param params[] = {
    { .name = "moments",
      .type = FACT_INT,
      .help = "How often the power is cut; no further once the device did not come back twice.",
      .fallback = "10",
      .minimum = 1,
      .maximum = CUTS_MAX },
    TRIAL_PARAMS,
    PARAM_END,
};

static const struct fact facts[] = {
    TRIAL_FACTS,
    { .name = "good_installed",
      .type = FACT_BOOL,
      .help = "The same update without a cut was installed." },
    { .name = "duration_ms",
      .type = FACT_INT,
      .help = "How long that took: the moments are spread over it." },
    { .name = "cuts",
      .type = FACT_INT,
      .help = "How often the power was cut during an update, and the device seen to be gone." },
    { .name = "not_gone",
      .type = FACT_INT,
      .help = "How often it answered on although the power had been cut: then nothing is known." },
    { .name = "old", .type = FACT_INT, .help = "Afterwards it ran the version before." },
    { .name = "new", .type = FACT_INT, .help = "Afterwards it ran the newer version." },
    { .name = "other", .type = FACT_INT, .help = "Afterwards it ran neither." },
    { .name = "silent",
      .type = FACT_INT,
      .help = "It did not come back within settle_ms after the power was back." },
    { .name = "locked_out",
      .type = FACT_INT,
      .help = "It came back and did not accept the declared password." },
    { .name = "moments",
      .type = FACT_ROWS,
      .help = "What came of each cut.",
      .columns = cuts_columns },
    FACT_END,
};

static const char guide[] =
    "  The profile declares update.image, the levers install_image, read_version, power_off with\n"
    "  power_on (or power_cycle), and a way back: save_state with restore_state, or reinstall.\n";

static void sleep_until(int64_t until_ms)
{
    for (int64_t left_ms = until_ms - clock_monotonic_ms(); left_ms > 0;
         left_ms = until_ms - clock_monotonic_ms()) {
        struct timespec left = { .tv_sec = (time_t) (left_ms / 1000),
                                 .tv_nsec = left_ms % 1000 * 1000000 };

        if (nanosleep(&left, NULL) != 0 && errno != EINTR) {
            return;
        }
    }
}

/* The upload goes on beside us until the device loses its power; what its end was is data. */
static enum status interrupted(struct trial *trial, struct cut *cut, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    const struct lever_input input = { .image = &trial->good };
    int64_t at_ms = clock_monotonic_ms() + cut->at_ms;
    struct error error = { .status = STATUS_OK };
    struct control_task *task = NULL;
    enum status status;

    TRY(control_begin(trial->call, LEVER_INSTALL_IMAGE, &input, &task, reterr));
    sleep_until(at_ms);
    status = trial_power_off(trial, &cut->gone, &error);
    if (status == STATUS_OK && cut->gone) {
        control_give_up(trial->call, task);
    }
    TRY(control_end(trial->call, &task, &output, reterr));
    if (status != STATUS_OK) {
        return fail(reterr, status, "%s", error.message);
    }
    cut->answer = output.word;
    return trial_power_on(trial, reterr);
}

static enum status cut_make(struct trial *trial, struct cut *cut, struct error *reterr)
{
    const char *login = NULL;

    TRY(interrupted(trial, cut, reterr));
    TRY(trial_wait(trial, NULL, trial->settle_ms, &cut->look, reterr));
    if (cut->look.version_known) {
        TRY(trial_login(trial, &login, reterr));
        cut->login = login;
    }
    cut->outcome = cuts_outcome(trial, &cut->look);
    return cut->outcome == CUT_OLD && (login == NULL || text_equal(login, "accepted"))
               ? STATUS_OK
               : trial_back(trial, reterr);
}

static enum status play(struct trial *trial, struct error *reterr)
{
    struct probe_call *call = trial->call;
    const unsigned wanted = (unsigned) probe_param_int(call, "moments");
    struct cut cuts[CUTS_MAX];
    struct trial_offer whole;
    unsigned made = 0;
    unsigned silent = 0;
    bool installed;

    TRY(trial_offer(trial, &trial->good, 0, trial->settle_ms, &whole, reterr));
    installed = trial_is_new(trial, &whole.look);
    if (whole.word == LEVER_CUT && !installed) {
        return fail(reterr, STATUS_IO, "the lever install_image failed: %s", whole.words);
    }
    probe_fact_bool(call, "good_installed", installed);
    if (!installed) {
        return STATUS_OK;
    }
    probe_fact_int(call, "duration_ms", whole.took_ms);
    TRY(trial_back(trial, reterr));
    while (made < wanted && silent < SILENT_ENOUGH &&
           clock_left_ms(call->deadline_ms) > whole.took_ms + 3 * trial->settle_ms) {
        struct cut *cut = &cuts[made++];

        *cut = (struct cut){ .at_ms = whole.took_ms * (2 * (int64_t) made - 1) / (2 * wanted) };
        probe_progress(call, made, wanted);
        TRY(cut_make(trial, cut, reterr));
        silent += cut->outcome == CUT_SILENT;
    }
    cuts_report(call, cuts, made);
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { 0 };
    bool ready = false;

    if (call->subject->update == NULL || call->subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile that declares its update");
    }
    TRY(trial_open(&trial, call, &ready, reterr));
    if (ready && (trial.way == TRIAL_STAYS || !trial_has_power(&trial))) {
        probe_fact_text(call, "hindrance",
                        trial.way == TRIAL_STAYS
                            ? "the update can be repeated only where the bench brings the first "
                              "version back"
                            : "the profile declares no lever for power");
        ready = false;
    }
    if (!ready) {
        return STATUS_OK;
    }
    TRY(trial_keep(&trial, reterr));
    TRY(play(&trial, reterr));
    TRY(trial_back(&trial, reterr));
    call->owes = false;
    return STATUS_OK;
}

const struct probe probe_update_power_cut = {
    .decl = { .name = "update_power_cut",
              .summary = { .ja = "更新の途中で電源を切り、元の版か新しい版で動き出すかを調べる",
                           .en = "Cuts the power in the middle of an update, and sees whether the "
                                 "device comes back with the old or the new version" },
              .guide = guide,
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_UPDATE,
              .deadline_ms = 3600000 },
    .run = run,
    .restore = trial_restore,
    .restore_ms = 600000,
    .moves = TRIAL_MOVES,
};
