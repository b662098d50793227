/* update_refusal - offers images that are wrong in one way each, made of the vendor's good one, by
 * the path that users take, and looks at what the device says and what it does.
 *
 * By hand: hoshitori probe update_refusal --profile profile.yaml --param offer=middle_flipped
 */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/text.h"
#include "refusal.h"

#include <stdlib.h>
#include <string.h>

extern const struct probe probe_update_refusal;

enum { RESERVE_MS = 5000 };

static const struct param params[] = {
    { .name = "offer",
      .type = FACT_TEXTS,
      .help = "Which wrong images are offered, in this order; the good one always is. Those for "
              "which the profile does not say enough are left out.",
      .fallback = "[\"header_flipped\",\"middle_flipped\",\"signature_flipped\",\"cut_short\","
                  "\"longer\",\"signature_zeroed\",\"signature_cut\",\"other_key\",\"altered\","
                  "\"altered_other_key\",\"version_raised\",\"product_renamed\",\"older\","
                  "\"other_product\",\"empty\",\"huge\"]",
      .choices = firmware_kind_words },
    { .name = "huge_bytes",
      .type = FACT_INT,
      .help = "How long the huge image is.",
      .fallback = "67108864",
      .minimum = 4096,
      .maximum = FIRMWARE_FILE_MAX },
    { .name = "watch_ms",
      .type = FACT_INT,
      .help = "After a refusal, how long the version is watched.",
      .fallback = "200",
      .minimum = 0,
      .maximum = 600000 },
    { .name = "wait_ms",
      .type = FACT_INT,
      .help = "After an image that was not refused, how long a change of version is waited for, "
              "at least; twice as long as the good image took when that is more.",
      .fallback = "3000",
      .minimum = 1,
      .maximum = 1800000 },
    { .name = "good_again",
      .type = FACT_BOOL,
      .help = "Whether the good image is offered once more after the wrong ones.",
      .fallback = "true" },
    TRIAL_PARAMS,
    PARAM_END,
};

static const struct fact facts[] = {
    TRIAL_FACTS,
    { .name = "good_installed",
      .type = FACT_BOOL,
      .help = "The good image, offered in the same way, was installed: its version was there "
              "afterwards." },
    { .name = "good_took_ms",
      .type = FACT_INT,
      .help = "From the beginning of its upload until its version was seen." },
    { .name = "offered", .type = FACT_TEXTS, .help = "Wrong images that were offered." },
    { .name = "refused",
      .type = FACT_TEXTS,
      .help = "Those that the device said no to, and after which its version was as before." },
    { .name = "ignored",
      .type = FACT_TEXTS,
      .help = "Those that it took, saying nothing against them, after which its version stayed as "
              "before, also over a loss of power where there is a lever for that." },
    { .name = "broken_off",
      .type = FACT_TEXTS,
      .help = "Those whose upload broke off without an answer; the version was as before." },
    { .name = "installed",
      .type = FACT_TEXTS,
      .help = "Those after which its version was another, whatever it had said." },
    { .name = "installed_later",
      .type = FACT_TEXTS,
      .help = "Those that it refused, or whose upload broke off, when one of them was installed "
              "all the same: another version ran when the last of them had had as long as the "
              "good image takes, or once the device had lost its power." },
    { .name = "restarted",
      .type = FACT_BOOL,
      .help = "After the last of them that was not installed the device was seen to lose its "
              "power, and its version was looked at when it was back. Left out without a lever." },
    { .name = "good_at_end",
      .type = FACT_BOOL,
      .help = "After the wrong images the good one was installed, still or again. Left out "
              "without good_again." },
    { .name = "silenced",
      .type = FACT_TEXTS,
      .help = "Those after which it did not answer any more within settle_ms." },
    { .name = "locked_out",
      .type = FACT_TEXTS,
      .help = "Those after which the declared password was not accepted." },
    { .name = "logged_in",
      .type = FACT_BOOL,
      .help = "Before the wrong images the declared password was accepted. Left out where the "
              "profile gives none." },
    { .name = "images",
      .type = FACT_ROWS,
      .help = "What came of each.",
      .columns = refusal_columns },
    { .name = "left_out",
      .type = FACT_ROWS,
      .help = "Wrong images that could not be made, or for which no time was left.",
      .columns = refusal_left_out_columns },
    FACT_END,
};

static const char guide[] =
    "  The profile declares update.image, how it is signed (update.signing), the levers\n"
    "  install_image and read_version, and a way back: save_state with restore_state, reinstall,\n"
    "  or update.stays. Images of an older version and for another product are the vendor's.\n";

static enum status round_make(struct refusal *refusal, enum firmware_kind kind, const char *path,
                              struct bytes *image, struct error *reterr)
{
    struct trial *trial = &refusal->trial;

    if (path != NULL) {
        return firmware_read(path, image, reterr);
    }
    return firmware_make(trial->update, kind, &trial->good, refusal->huge_bytes,
                         &firmware_fresh_key, image, reterr);
}

/* What was taken without a word, or refused and kept, may be installed when the device starts the
 * next time. */
static enum status restart_and_look(struct refusal *refusal, struct trial_look *look,
                                    struct error *reterr)
{
    struct trial *trial = &refusal->trial;

    if (!trial_has_power(trial)) {
        return STATUS_OK;
    }
    refusal->settled_count = refusal->round_count;
    return trial_restart(trial, &refusal->restarted, look, reterr);
}

static enum status go_back(struct refusal *refusal, struct error *reterr)
{
    refusal->settled_count = refusal->round_count;
    return trial_back(&refusal->trial, reterr);
}

static enum status round_play(struct refusal *refusal, enum firmware_kind kind, const char *path,
                              struct error *reterr)
{
    struct trial *trial = &refusal->trial;
    DEFER(bytes_done) struct bytes image = bytes_bounded(FIRMWARE_FILE_MAX + 1);
    struct round *round = &refusal->rounds[refusal->round_count++];
    struct trial_offer *offer = &round->offer;

    *round = (struct round){ .kind = kind };
    TRY(round_make(refusal, kind, path, &image, reterr));
    round->length = image.length;
    transcript_note(trial->call->transcript, 0, "offering an image of %zu octets: %s", image.length,
                    firmware_kind_help(kind));
    refusal->last_ms = clock_monotonic_ms();
    TRY(trial_offer(trial, &image, refusal->watch_ms, refusal->wait_ms, offer, reterr));
    if (offer->word == LEVER_DONE && offer->look.alive && !trial_is_changed(trial, &offer->look)) {
        TRY(restart_and_look(refusal, &offer->look, reterr));
    }
    if (offer->look.version_known) {
        TRY(trial_login(trial, &round->login, reterr));
    }
    if (!offer->look.version_known || trial_is_changed(trial, &offer->look) ||
        (round->login != NULL && !text_equal(round->login, "accepted"))) {
        return go_back(refusal, reterr);
    }
    return STATUS_OK;
}

/* The last image was installed, and nobody brings the first version back. */
static bool newer_stays(const struct refusal *refusal)
{
    return refusal->trial.way == TRIAL_STAYS && refusal->round_count > 0 &&
           trial_is_changed(&refusal->trial, &refusal->rounds[refusal->round_count - 1].offer.look);
}

static enum status wrong_ones(struct refusal *refusal, struct error *reterr)
{
    const json_t *wanted = probe_param_list(refusal->trial.call, "offer");
    size_t total = json_array_size(wanted);
    const json_t *word;
    size_t index;

    json_array_foreach(wanted, index, word)
    {
        enum firmware_kind kind = FIRMWARE_GOOD;
        const char *path;
        const char *why;

        while (!text_equal(firmware_kind_words[kind], json_string_value(word))) {
            kind++;
        }
        if (kind == FIRMWARE_GOOD || refusal->seen[kind]) {
            continue;
        }
        refusal->seen[kind] = true;
        if (firmware_source(refusal->trial.update, kind, &path, &why) == FIRMWARE_IMPOSSIBLE) {
            refusal_leave_out(refusal, kind, why);
            continue;
        }
        if (clock_left_ms(refusal->trial.call->deadline_ms) <
            refusal->wait_ms + 2 * refusal->trial.settle_ms + RESERVE_MS) {
            refusal_leave_out(refusal, kind, "no time was left");
            continue;
        }
        probe_progress(refusal->trial.call, (unsigned) index, (unsigned) total);
        TRY(round_play(refusal, kind, path, reterr));
        if (newer_stays(refusal)) {
            break; /* whatever follows would be offered to another version */
        }
    }
    return STATUS_OK;
}

/* A refusal may be no more than words: the last of those that were refused gets as long as an image
 * that is installed, and all of them a start. */
static enum status later_ones(struct refusal *refusal, struct error *reterr)
{
    struct trial *trial = &refusal->trial;
    struct trial_look look;

    if (refusal->settled_count == refusal->round_count) {
        return STATUS_OK;
    }
    refusal->later_from = refusal->settled_count;
    TRY(trial_wait(trial, trial->before,
                   refusal->last_ms + refusal->good_took_ms - clock_monotonic_ms(), &look, reterr));
    if (!trial_is_changed(trial, &look)) {
        TRY(restart_and_look(refusal, &look, reterr));
    }
    refusal->later_count =
        trial_is_changed(trial, &look) ? refusal->round_count - refusal->later_from : 0;
    if (!look.version_known) {
        refusal->rounds[refusal->round_count - 1].offer.look = look;
    }
    return look.version_known && refusal->later_count == 0 ? STATUS_OK : go_back(refusal, reterr);
}

static enum status good_one(struct refusal *refusal, struct error *reterr)
{
    struct trial *trial = &refusal->trial;
    struct trial_offer offer;

    TRY(trial_offer(trial, &trial->good, 0, trial->settle_ms, &offer, reterr));
    refusal->good_installed = trial_is_new(trial, &offer.look);
    if (offer.word == LEVER_CUT && !refusal->good_installed) {
        return fail(reterr, STATUS_IO, "the lever install_image failed: %s", offer.words);
    }
    probe_fact_bool(trial->call, "good_installed", refusal->good_installed);
    if (refusal->good_installed) {
        probe_fact_int(trial->call, "good_took_ms", offer.took_ms);
        refusal->good_took_ms = offer.took_ms;
        if (2 * offer.took_ms > refusal->wait_ms) {
            refusal->wait_ms = 2 * offer.took_ms;
        }
    }
    return STATUS_OK;
}

/* Who refuses everything after the first update says nothing by a refusal. */
static enum status good_at_end(struct refusal *refusal, struct error *reterr)
{
    struct trial *trial = &refusal->trial;
    struct trial_offer offer;

    if (trial->way == TRIAL_STAYS) {
        TRY(good_one(refusal, reterr));
        probe_fact_bool(trial->call, "good_at_end", refusal->good_installed);
        return STATUS_OK;
    }
    if (!probe_param_bool(trial->call, "good_again")) {
        return STATUS_OK;
    }
    TRY(trial_offer(trial, &trial->good, 0, trial->settle_ms, &offer, reterr));
    probe_fact_bool(trial->call, "good_at_end", trial_is_new(trial, &offer.look));
    return STATUS_OK;
}

static enum status offer_all(struct refusal *refusal, struct error *reterr)
{
    struct trial *trial = &refusal->trial;
    const char *login = NULL;

    TRY(trial_login(trial, &login, reterr));
    if (login != NULL) {
        probe_fact_bool(trial->call, "logged_in", text_equal(login, "accepted"));
    }
    /* Where the newer version stays, a wrong image of it could not be seen afterwards. */
    if (trial->way != TRIAL_STAYS) {
        TRY(good_one(refusal, reterr));
        if (!refusal->good_installed) {
            return STATUS_OK;
        }
        TRY(trial_back(trial, reterr));
    }
    TRY(wrong_ones(refusal, reterr));
    if (!newer_stays(refusal)) {
        TRY(later_ones(refusal, reterr));
    }
    refusal_report(refusal);
    return good_at_end(refusal, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    struct refusal *refusal;
    enum status status;
    bool ready = false;

    if (call->subject->update == NULL || call->subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile that declares its update");
    }
    refusal = refusal_new(call);
    status = trial_open(&refusal->trial, call, &ready, reterr);
    if (status == STATUS_OK && ready) {
        status = trial_keep(&refusal->trial, reterr);
        status = status == STATUS_OK ? offer_all(refusal, reterr) : status;
        status = status == STATUS_OK ? trial_back(&refusal->trial, reterr) : status;
        call->owes = status != STATUS_OK;
    }
    refusal_free(refusal);
    return status;
}

const struct probe probe_update_refusal = {
    .decl = { .name = "update_refusal",
              .summary = { .ja = "正しいイメージから作った一箇所だけ誤ったイメージを与え、機器が拒"
                                 "否し、"
                                 "版が変わらず、動き続けるかを調べる",
                           .en = "Offers images that are wrong in one way each, and sees whether "
                                 "the device refuses them and goes on as before" },
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
