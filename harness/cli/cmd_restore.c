/* restore - brings the device back after a run that could not do so itself. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/preflight.h"
#include "cli/run_inputs.h"
#include "engine/run.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <sys/prctl.h>

struct restoring {
    struct run_options options;
    struct run_inputs inputs;
    struct run *run;
    json_t *opening;
};

static void restoring_done(struct restoring *restoring)
{
    run_done(&restoring->run);
    run_inputs_done(&restoring->inputs);
    json_decref(restoring->opening);
}

static enum status prepare(const struct arguments *arguments, struct arena *arena,
                           struct restoring *restoring, struct error *reterr)
{
    const char *folder = argument_positional(arguments, 0);
    const char *profile = argument_text(arguments, "profile");
    struct run_setup setup = { 0 };
    bool silent;

    TRY(run_read_opening(folder, &restoring->opening, reterr));
    TRY(run_options_from_json(json_object_get(restoring->opening, "options"), arena,
                              &restoring->options, reterr));
    if (profile != NULL) {
        restoring->options.profile = profile;
    }
    TRY(run_inputs_load(&restoring->options, arena, &restoring->inputs, reterr));
    TRY(preflight_to_restore(restoring->inputs.profile, NULL, &silent, reterr));
    setup.plan = restoring->inputs.plan;
    setup.seed = (uint64_t) json_integer_value(json_object_get(restoring->opening, "seed"));
    return run_reopen_to_restore(&setup, folder, &restoring->run, reterr);
}

static int restore_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(restoring_done) struct restoring restoring = { 0 };
    struct error error = { 0 };
    size_t tried = 0;
    bool ja = argument_language(arguments) == LANGUAGE_JA;

    (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (prepare(arguments, arena, &restoring, &error) != STATUS_OK ||
        run_restore(restoring.run, &tried, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (tried == 0) {
        printf(ja ? "戻すものはありません\n" : "nothing to bring back\n");
    } else {
        printf(ja ? "機器を試験前の状態に戻しました(検査%zu件)\n"
                  : "the device is as it was before (%zu checks)\n",
               tried);
    }
    return EXIT_OK;
}

static const struct option options[] = {
    { "profile",
      "FILE",
      { .en = "the profile of the device (default: the one the run began with)",
        .ja = "機器のプロファイル(既定は試験開始時のもの)" },
      false },
    OPTION_END,
};

const struct command command_restore = {
    .name = "restore",
    .summary = { .en = "brings a device back after a run that was cut short",
                 .ja = "中断した試験の後、機器を試験前の状態に戻す" },
    .positionals = "DIR.partial",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "A run that is killed brings the device back by itself. Where it could not, "
                   "its\n"
                   "folder says what it had begun, and this undoes it. It may be repeated. A\n"
                   "changed program or suite does not matter as long as the check is still there.",
               .ja = "強制終了された試験も、機器を自動で元に戻します。戻せなかった場合に、残った\n"
                     "フォルダの記録をもとに元に戻します。何度実行しても構いません。検査が残って\n"
                     "いれば、プログラムやスイートが変わっていても使えます。" },
    .example = "  hoshitori restore --profile profile.yaml hc100.hoshi.partial",
    .exits = "  0 as it was before  64 usage  65 bad input  69 not reachable, or not brought back\n"
             "  70 our own fault",
    .main = restore_main,
};
