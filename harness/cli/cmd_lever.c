/* lever - what a profile can do to its unit: a list, and one by hand, before a run relies on it. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/lever_view.h"
#include "cli/target.h"

#include "base/clock.h"
#include "control/control.h"
#include "engine/worker.h"
#include "evidence/json_strict.h"
#include "probe/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { DEADLINE_MARGIN_MS = 30000, SHOWN_MAX = 300 };

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

struct pulling {
    struct profile *profile;
    const struct lever_way *way;
    json_t *params;
    json_t *facts;
    json_t *event;
    char fault[256];
};

static void pulling_done(struct pulling *pulling)
{
    profile_done(pulling->profile);
    json_decref(pulling->params);
    json_decref(pulling->facts);
    json_decref(pulling->event);
}

/* ---- in the child ---- */

static const struct param params[] = {
    { .name = "lever", .type = FACT_TEXT, .help = "which", .required = true },
    { .name = "way", .type = FACT_TEXT, .help = "which of several" },
    { .name = "value", .type = FACT_TEXT, .help = "for ${value}" },
    { .name = "user", .type = FACT_TEXT, .help = "for ${user}" },
    { .name = "image", .type = FACT_TEXT, .help = "a file" },
    { .name = "secret", .type = FACT_TEXT, .help = "a file" },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "word", .type = FACT_TEXT, .help = "done, refused or cut" },
    { .name = "detail", .type = FACT_TEXT, .help = "why" },
    { .name = "text", .type = FACT_TEXT, .help = "what it printed or answered" },
    { .name = "elapsed_ms", .type = FACT_INT, .help = "how long it took" },
    { .name = "before", .type = FACT_BOOL, .help = "the device answered before" },
    { .name = "after", .type = FACT_BOOL, .help = "the device answered afterwards" },
    { .name = "waited_ms", .type = FACT_INT, .help = "until then" },
    FACT_END,
};

static enum status image_read(const char *path, struct bytes *image, struct error *reterr)
{
    uint8_t room[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status status = STATUS_OK;
    ssize_t got;

    if (fd < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    }
    while (status == STATUS_OK && (got = read(fd, room, sizeof room)) > 0) {
        status = bytes_append(image, room, (size_t) got, reterr);
    }
    (void) close(fd);
    return status;
}

static bool takes_it_away(enum lever lever)
{
    return lever == LEVER_POWER_OFF || lever == LEVER_NETWORK_DOWN;
}

/* Whether the device answers is asked as often as it takes to see what the lever is for. */
static enum status look_after(struct probe_call *call, enum lever lever, struct error *reterr)
{
    const int64_t within_ms = (int64_t) call->subject->profile->settle_s * 1000;
    int64_t started_ms = clock_monotonic_ms();
    bool reached = false;

    if (takes_it_away(lever)) {
        TRY(control_wait_gone(call, within_ms, &reached, reterr));
    } else {
        TRY(control_wait_alive(call, within_ms, &reached, NULL, reterr));
    }
    probe_fact_bool(call, "after", takes_it_away(lever) ? !reached : reached);
    probe_fact_int(call, "waited_ms", clock_monotonic_ms() - started_ms);
    return STATUS_OK;
}

static enum status pull(struct probe_call *call, struct error *reterr)
{
    const enum lever lever = lever_find(probe_param_text(call, "lever"));
    const char *image_path = probe_param_text(call, "image");
    const char *secret_path = probe_param_text(call, "secret");
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    DEFER(bytes_done) struct bytes image = bytes_bounded(LEVER_IMAGE_MAX);
    DEFER(secret_done) struct secret secret = { 0 };
    struct lever_input input = { .way = probe_param_text(call, "way"),
                                 .value = probe_param_text(call, "value"),
                                 .user = probe_param_text(call, "user"),
                                 .image = image_path != NULL ? &image : NULL,
                                 .secret = secret_path != NULL ? &secret : NULL };
    struct control_task *task = NULL;
    bool alive = false;
    char text[SHOWN_MAX];

    if (image_path != NULL) {
        TRY(image_read(image_path, &image, reterr));
    }
    if (secret_path != NULL) {
        TRY(secret_from_file(&secret, secret_path, true, SECRET_FOR_CHILDREN, reterr));
    }
    TRY(control_wait_alive(call, 0, &alive, NULL, reterr));
    probe_fact_bool(call, "before", alive);
    TRY(control_begin(call, lever, &input, &task, reterr));
    TRY(control_end(call, &task, &output, reterr));
    lever_output_text(&output, text, sizeof text);
    probe_fact_text(call, "word", lever_word_text(output.word));
    probe_fact_text(call, "detail", output.detail);
    probe_fact_text(call, "text", text);
    probe_fact_int(call, "elapsed_ms", output.elapsed_ms);
    if (output.word != LEVER_DONE) {
        TRY(control_wait_alive(call, 0, &alive, NULL, reterr));
        probe_fact_bool(call, "after", alive);
        return STATUS_OK;
    }
    return look_after(call, lever, reterr);
}

static struct probe lever_probe = {
    .decl = { .name = "lever", .params = params, .facts = facts },
    .run = pull,
    .moves = ~0u,
};

/* ---- here ---- */

static enum status hear(void *context, json_t *line, struct error *reterr)
{
    struct pulling *pulling = context;
    const char *kind = json_string_value(json_object_get(line, "kind"));

    (void) reterr;
    if (text_equal(kind, "observation") && pulling->facts == NULL) {
        pulling->facts = json_incref(json_object_get(line, "facts"));
    } else if (text_equal(kind, "fault")) {
        (void) snprintf(pulling->fault, sizeof pulling->fault, "%s",
                        json_string_value(json_object_get(line, "message")));
    }
    return STATUS_OK;
}

static enum status drive(struct pulling *pulling, struct error *reterr)
{
    const struct check check = { .id = "lever", .probe = &lever_probe.decl };
    const struct plan_item item = { .id = "lever",
                                    .check = &check,
                                    .subject = { .profile = pulling->profile,
                                                 .address = pulling->profile->addresses[0] },
                                    .params = pulling->params };
    const struct worker_order order = { .item = &item,
                                        .probe = &lever_probe,
                                        .seed = (uint64_t) clock_wall_ms(),
                                        .attempt = 1,
                                        .without_liveness = true };
    struct sigaction action = { .sa_handler = on_signal };
    struct worker worker;
    char fault[256];
    enum status status;

    (void) sigaction(SIGINT, &action, NULL);
    (void) sigaction(SIGTERM, &action, NULL);
    lever_probe.decl.deadline_ms =
        (pulling->way->within_s + pulling->profile->settle_s) * 1000 + DEADLINE_MARGIN_MS;
    TRY(worker_start(&order, &worker, reterr));
    status = worker_attend(&worker, hear, pulling, &interrupted, reterr);
    (void) worker_reap(&worker, fault);
    if (interrupted != 0) {
        return fail(reterr, STATUS_INTERRUPTED,
                    "interrupted; the command was ended, and the unit may be anyhow");
    }
    TRY(status);
    if (pulling->facts == NULL) {
        return fail(reterr, STATUS_INTERNAL, "%s",
                    pulling->fault[0] != '\0' ? pulling->fault : fault);
    }
    return STATUS_OK;
}

static void say(const struct pulling *pulling, bool ja)
{
    const json_t *got = pulling->facts;
    const char *word = json_string_value(json_object_get(got, "word"));
    const char *detail = json_string_value(json_object_get(got, "detail"));
    const char *text = json_string_value(json_object_get(got, "text"));
    bool after = json_is_true(json_object_get(got, "after"));

    printf("%s%s%s: %s (%.1f s)%s%s\n", lever_words[pulling->way->lever],
           pulling->way->id != NULL ? " " : "", pulling->way->id != NULL ? pulling->way->id : "",
           text_equal(word, "done")      ? (ja ? "実行された" : "done")
           : text_equal(word, "refused") ? (ja ? "機器が拒んだ" : "the device refused")
                                         : (ja ? "失敗した" : "FAILED"),
           (double) json_integer_value(json_object_get(got, "elapsed_ms")) / 1000,
           detail != NULL && detail[0] != '\0' ? ": " : "", detail != NULL ? detail : "");
    if (text != NULL && text[0] != '\0') {
        printf("  %s%s\n", ja ? "出力: " : "said: ", text);
    }
    printf("  %s %s, %s %s (%.1f s)\n", ja ? "機器の応答 前:" : "the device before:",
           json_is_true(json_object_get(got, "before")) ? (ja ? "あり" : "answers")
                                                        : (ja ? "なし" : "does not answer"),
           ja ? "後:" : "afterwards:",
           after ? (ja ? "あり" : "answers") : (ja ? "なし" : "does not answer"),
           (double) json_integer_value(json_object_get(got, "waited_ms")) / 1000);
    if (text_equal(word, "done") && takes_it_away(pulling->way->lever) && after) {
        printf("  %s\n", ja ? "注意: このレバーは成功と言うが、機器は応答し続けている"
                            : "ATTENTION: the lever says that it moved, and the device still "
                              "answers");
    }
}

static enum status prepare(const struct arguments *arguments, struct pulling *pulling,
                           struct error *reterr)
{
    static const struct {
        const char *option;
        const char *param;
    } given[] = { { "way", "way" },
                  { "value", "value" },
                  { "user", "user" },
                  { "image", "image" },
                  { "secret-file", "secret" } };
    const char *name = argument_positional(arguments, 1);
    const char *way = argument_text(arguments, "way");
    enum lever lever = lever_find(name);
    DEFER(json_strict_done) json_t *texts = json_pack("{s:s}", "lever", name);

    if (lever == LEVER_COUNT) {
        return fail(reterr, STATUS_USAGE, "there is no lever '%.40s' (see hoshitori lever PROFILE)",
                    name);
    }
    pulling->way = profile_lever(pulling->profile, lever, way, 0);
    if (pulling->way == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile declares no lever %s%s%.40s", name,
                    way != NULL ? " " : "", way != NULL ? way : "");
    }
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        const char *value = argument_text(arguments, given[i].option);

        if (value != NULL) {
            (void) json_object_set_new(texts, given[i].param, json_string(value));
        }
    }
    TRY(target_authorized(pulling->profile->addresses[0], pulling->profile, reterr));
    return params_complete(params, texts, &pulling->params, reterr);
}

static int lever_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(pulling_done) struct pulling pulling = { 0 };
    struct error error = { 0 };
    bool ja = argument_language(arguments) == LANGUAGE_JA;
    const char *word;

    (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (profile_load(argument_positional(arguments, 0), arena, &pulling.profile, &error) !=
        STATUS_OK) {
        return exit_with(&error);
    }
    if (argument_positional_count(arguments) == 1) {
        levers_print(stdout, pulling.profile, argument_language(arguments));
        return EXIT_OK;
    }
    if (prepare(arguments, &pulling, &error) != STATUS_OK || drive(&pulling, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    say(&pulling, ja);
    word = json_string_value(json_object_get(pulling.facts, "word"));
    if (text_equal(word, "cut")) {
        return EXIT_OUR_FAULT;
    }
    return text_equal(word, "refused") ? EXIT_NONCONFORMANT : EXIT_OK;
}

static const struct option options[] = {
    { "way",
      "ID",
      { .en = "one of several ways to erase, or a setting", .ja = "消去手段または設定のID" },
      false },
    { "value", "TEXT", { .en = "for ${value}", .ja = "${value}の値" }, false },
    { "user", "NAME", { .en = "for ${user}", .ja = "${user}の値" }, false },
    { "secret-file",
      "FILE",
      { .en = "a password to set, in a file with mode 0600", .ja = "設定するパスワードのファイル" },
      false },
    { "image", "FILE", { .en = "the image to install", .ja = "書き込むイメージ" }, false },
    OPTION_END,
};

const struct command command_lever = {
    .name = "lever",
    .summary = { .en = "the levers of a profile; moves one by hand",
                 .ja = "プロファイルの操作手段の一覧と、1つの手動実行" },
    .positionals = "PROFILE [NAME]",
    .positional_least = 1,
    .positional_most = 2,
    .options = options,
    .about = { .en = "Without NAME, lists what the profile can do to its unit: power, network, "
                     "reset,\n"
                     "erasure, updates, settings. With NAME, moves that lever once, says what "
                     "became\n"
                     "of it and whether the device answers before and afterwards. Nothing is "
                     "brought\n"
                     "back. The profile's own commands are started: read the list of a stranger's\n"
                     "profile first.",
               .ja = "NAMEなしでは、電源・ネットワーク・初期化・消去・更新・設定の操作手段を\n"
                     "一覧します。NAMEを指定すると1回だけ実行し、結果と、前後に機器が応答したかを\n"
                     "表示します。元の状態には戻しません。プロファイルに書かれたコマンドが実行され"
                     "ます。\n"
                     "他人のプロファイルは、先に一覧を確かめてください。" },
    .example = "  hoshitori lever profile.yaml\n"
               "  hoshitori lever profile.yaml power_cycle\n"
               "  hoshitori lever profile.yaml erase --way page",
    .exits = "  0 done  1 the device refused  64 usage  65 bad input  70 the lever failed",
    .main = lever_main,
};
