/* run - drives the device, judges, writes the signed bundle, prints the chart. */
#include "base/clock.h"
#include "cli/authority.h"
#include "cli/chart_view.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/lever_view.h"
#include "cli/paths.h"
#include "cli/preflight.h"
#include "cli/run_budget.h"
#include "cli/run_inputs.h"
#include "cli/run_options.h"
#include "cli/run_progress.h"
#include "cli/run_seal.h"
#include "engine/host.h"
#include "engine/packets.h"
#include "evidence/json_strict.h"
#include "evidence/opening.h"
#include "probe/registry.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FOLDER_SIZE = 4096 };

/* One call of `run`, from its options to its exit code. */
struct session {
    struct run_options options;
    struct run_inputs inputs;
    struct run *run;
    struct run_progress progress;
    json_t *opening;
    char folder[FOLDER_SIZE]; /* <out>.partial */
    char history[PATH_SIZE];
    bool resumed;
    bool silent;    /* until it is brought back */
    bool owes;      /* the device is not as it was before */
    json_t *result; /* once there is a bundle */
};

static volatile sig_atomic_t stop_asked;

static void ask_stop(int number)
{
    (void) number;
    stop_asked = 1;
}

static void session_done(struct session *session)
{
    run_done(&session->run);
    run_inputs_done(&session->inputs);
    json_decref(session->opening);
    json_decref(session->result);
}

static const char *run_id_of(const struct session *session)
{
    return json_string_value(json_object_get(session->opening, "run"));
}

/* The run itself is sound without it. */
static void say_in_history(const struct session *session, const char *word, const char *overall,
                           const char *bundle)
{
    struct error error = { 0 };

    if (history_say(session->history, run_id_of(session), word, overall, bundle, &error) !=
        STATUS_OK) {
        (void) fprintf(stderr, "hoshitori: %s\n", error.message);
    }
}

/* ---- before the device hears anything ---- */

static enum status prepare_new(const struct arguments *arguments, struct arena *arena,
                               struct session *session, struct error *reterr)
{
    TRY(run_options_from_arguments(arguments, arena, &session->options, reterr));
    (void) snprintf(session->folder, sizeof session->folder, "%s.partial", session->options.out);
    if (access(session->options.out, F_OK) == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: is there already; a bundle is never overwritten",
                    session->options.out);
    }
    if (access(session->folder, F_OK) == 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: is there already, from an interrupted run; continue with --resume, or "
                    "remove it",
                    session->folder);
    }
    return paths_history(session->options.history, session->history, reterr);
}

/* With session->result set there is nothing left to do. */
static enum status prepare_resumed(const char *folder, struct arena *arena, struct session *session,
                                   struct error *reterr)
{
    char log[FOLDER_SIZE];

    (void) snprintf(session->folder, sizeof session->folder, "%s", folder);
    (void) snprintf(log, sizeof log, "%.4000s/" JOURNAL_LOG, folder);
    if (access(folder, F_OK) == 0 && access(log, F_OK) != 0) {
        char *out = arena_alloc(arena, FOLDER_SIZE);

        session->options.out = out;
        return run_sealed_without_log(folder, out, FOLDER_SIZE, &session->result, reterr);
    }
    TRY(run_read_opening(folder, &session->opening, reterr));
    TRY(run_options_from_json(json_object_get(session->opening, "options"), arena,
                              &session->options, reterr));
    TRY(paths_history(session->options.history, session->history, reterr));
    if (access(session->options.out, F_OK) == 0) {
        return run_sealed_before(folder, session->options.out, run_id_of(session), session->history,
                                 &session->result, &session->owes, reterr);
    }
    return STATUS_OK;
}

static enum status prepare(const struct arguments *arguments, struct arena *arena,
                           struct session *session, struct error *reterr)
{
    const char *folder = argument_text(arguments, "resume");
    const char *style = argument_text(arguments, "progress");
    DEFER(key_done) struct key key = { 0 };
    DEFER(mldsa_key_done) struct mldsa_key pq_key = { 0 };

    if (!progress_style_from_word(style == NULL ? "auto" : style, &session->progress.style)) {
        return fail(reterr, STATUS_USAGE, "--progress is auto, plain, json or none, not '%s'",
                    style);
    }
    session->progress.language = argument_language(arguments);
    session->resumed = folder != NULL;
    TRY(folder == NULL ? prepare_new(arguments, arena, session, reterr)
                       : prepare_resumed(folder, arena, session, reterr));
    if (session->result != NULL) {
        return STATUS_OK;
    }
    TRY(run_inputs_load(&session->options, arena, &session->inputs, reterr));
    if (session->options.capture) {
        TRY(packets_allowed(session->inputs.plan, reterr));
    }
    /* A key that cannot sign should be known now, not after the last check. */
    TRY(run_key_load(session->options.key, &key, reterr));
    return session->options.pq_key == NULL
               ? STATUS_OK
               : run_pq_key_load(session->options.pq_key, &pq_key, reterr);
}

/* What has no digest does not come into the manifest, and no buyer can ask for it. */
static void say_unnamed(const struct profile *profile, bool ja)
{
    for (size_t i = 0; i < profile->firmware_count; i++) {
        if (profile->firmware[i].image == NULL && profile->firmware[i].sha256 == NULL) {
            (void) fprintf(stderr,
                           ja ? "版      %s %s: image も sha256 もないので、"
                                "証跡はこの版の証拠になりません\n"
                              : "firmware  %s %s has neither image nor sha256: the bundle will not "
                                "be evidence for it\n",
                           profile->firmware[i].name, profile->firmware[i].version);
        }
    }
}

static void say_plan(const struct session *session)
{
    const struct profile *profile = session->inputs.profile;
    const struct plan *plan = session->inputs.plan;
    bool ja = session->progress.language == LANGUAGE_JA;
    size_t changes = 0;

    for (size_t i = 0; i < plan->item_count; i++) {
        const struct probe *probe = probe_find(plan->items[i].check->probe->name);

        changes += probe != NULL && probe->restore != NULL ? 1 : 0;
    }
    (void) fprintf(stderr, ja ? "機器    %s %s (%s)\n" : "device    %s %s at %s\n",
                   words_in(&profile->vendor_name, session->progress.language), profile->model,
                   profile->addresses[0]);
    say_unnamed(profile, ja);
    (void) fprintf(stderr,
                   ja ? "検査    %s %s、計画した検査%zu件、対象外・未検査の部分%zu件\n"
                      : "suite     %s %s, %zu checks planned, %zu parts left out\n",
                   plan->suite->id, plan->suite->version, plan->item_count, plan->omission_count);
    (void) fprintf(stderr,
                   ja ? "上限    同時%u件、毎秒%u接続\n"
                      : "limits    %u checks at once, %u connections a second\n",
                   profile->limits.fragile ? 1 : profile->limits.concurrency,
                   profile->limits.connections_per_second);
    run_budget_print(stderr, plan, session->progress.language);
    if (changes > 0) {
        (void) fprintf(stderr,
                       ja ? "変更    検査%zu件が機器を変更し、元に戻す(許さない場合はプロファイルの"
                            "auth.change.forbidden)\n"
                          : "changes   %zu checks change the device and change it back (a profile "
                            "may forbid it: auth.change.forbidden)\n",
                       changes);
    }
    levers_print_of_plan(stderr, plan, session->progress.language);
    if (session->options.capture) {
        (void) fprintf(
            stderr,
            ja ? "パケット 記録する。宣言された秘密は伏せるが、それ以外の認証情報は残りうる。"
                 "渡す前に hoshitori redact で除く\n"
               : "packets   are kept; declared secrets are masked, other credentials may "
                 "remain: leave them out with hoshitori redact before passing on\n");
    }
    if (profile->authorization.by != NULL) {
        (void) fprintf(stderr, ja ? "許可    %s (%s)\n" : "authority %s (%s)\n",
                       profile->authorization.by,
                       profile->authorization.scope == NULL ? "" : profile->authorization.scope);
    }
    for (size_t i = 0; i < profile->associated_count; i++) {
        const struct associated *one = &profile->associated[i];

        (void) fprintf(stderr,
                       ja ? "併せて  %s %s、許可 %s (%s)\n"
                          : "also      %s at %s, authority %s (%s)\n",
                       words_in(&one->name, session->progress.language), one->address,
                       one->authorization.by, one->authorization.scope);
    }
}

static enum status confirm(const struct arguments *arguments, struct error *reterr)
{
    char answer[16] = "";

    if (argument_given(arguments, "yes")) {
        return STATUS_OK;
    }
    if (!isatty(STDIN_FILENO)) {
        return fail(reterr, STATUS_USAGE,
                    "nobody is here to confirm that this device may be tested; give --yes");
    }
    (void) fprintf(stderr, argument_language(arguments) == LANGUAGE_JA
                               ? "この機器を試験しますか? [y/N] "
                               : "Test this device now? [y/N] ");
    if (fgets(answer, sizeof answer, stdin) == NULL || (answer[0] != 'y' && answer[0] != 'Y')) {
        return fail(reterr, STATUS_USAGE, "not confirmed; nothing was sent");
    }
    return STATUS_OK;
}

/* ---- the run ---- */

static enum status open_run(struct session *session, struct error *reterr)
{
    struct run_setup setup = { .plan = session->inputs.plan,
                               .jobs = session->options.jobs,
                               .packets = session->options.capture,
                               .answers = session->inputs.answers,
                               .interrupted = &stop_asked,
                               .watch = run_progress_watch,
                               .watch_context = &session->progress };
    DEFER(json_strict_done) json_t *identity = NULL;
    struct history_claim previous;
    char run_id[UUID_SIZE];

    TRY(dossier_identity(session->inputs.plan, &session->inputs.params,
                         session->inputs.answers == NULL ? NULL : &session->inputs.answers->source,
                         &identity, reterr));
    if (session->resumed) {
        (void) json_object_set(session->opening, "identity", identity);
        setup.seed = (uint64_t) json_integer_value(json_object_get(session->opening, "seed"));
        say_in_history(session, "resumed", NULL, NULL);
        return run_reopen(&setup, session->folder, session->opening, &session->run, reterr);
    }
    TRY(uuid_new(clock_wall_ms(), run_id, reterr));
    setup.seed = (uint64_t) clock_wall_ms() ^ (uint64_t) getpid() << 32;
    setup.seed &= (UINT64_C(1) << 53) - 1;
    /* Before the first check: also a run that is thrown away has been opened. */
    TRY(history_open_run(session->history, run_id, session->inputs.plan,
                         json_string_value(json_object_get(identity, "suite")), &previous, reterr));
    session->opening = json_pack("{s:s, s:I, s:I, s:o, s:O, s:o}", "run", run_id, "seed",
                                 (json_int_t) setup.seed, "started", (json_int_t) clock_wall_ms(),
                                 "options", run_options_to_json(&session->options), "identity",
                                 identity, "previous", history_claim_json(&previous));
    if (session->options.tsa != NULL) {
        authority_anchor(session->options.tsa, session->opening, session->progress.language);
    }
    return run_open(&setup, session->folder, session->opening, &session->run, reterr);
}

/* As the log has it, also when the run is resumed. */
static enum status take_anchor(const struct session *session, struct dossier *dossier,
                               struct error *reterr)
{
    DEFER(bytes_done) struct bytes token = bytes_bounded(TST_SIZE_MAX);

    if (json_object_get(session->opening, "anchor") == NULL) {
        return STATUS_OK;
    }
    TRY(opening_token(session->opening, &token, reterr));
    dossier->anchored = true;
    return digest_of(token.data, token.length, &dossier->anchor, reterr);
}

static enum status seal(struct session *session, json_t **ret_result, struct error *reterr)
{
    DEFER(key_done) struct key key = { 0 };
    DEFER(json_strict_done) json_t *host = host_json(session->inputs.profile);
    DEFER(mldsa_key_done) struct mldsa_key pq_key = { 0 };
    char bundle_id[UUID_SIZE];
    struct dossier dossier = {
        .run_id = run_id_of(session),
        .params = &session->inputs.params,
        .answers = session->inputs.answers == NULL ? NULL : &session->inputs.answers->source,
        .operator_name = session->options.operator_name,
        .harness_version = HOSHITORI_VERSION,
        .harness_libraries = HOSHITORI_LIBRARIES,
        .host = host,
        .packets = session->options.capture,
        .started_wall_ms = json_integer_value(json_object_get(session->opening, "started")),
        .finished_wall_ms = clock_wall_ms(),
    };

    history_claim_read(json_object_get(session->opening, "previous"), &dossier.previous);
    TRY(take_anchor(session, &dossier, reterr));
    TRY(uuid_new(dossier.finished_wall_ms, bundle_id, reterr));
    dossier.bundle_id = bundle_id;
    TRY(run_key_load(session->options.key, &key, reterr));
    if (session->options.pq_key != NULL) {
        TRY(run_pq_key_load(session->options.pq_key, &pq_key, reterr));
        dossier.pq_key = &pq_key;
    }
    TRY(run_seal(&dossier, session->run, session->inputs.plan, &key, session->options.out,
                 ret_result, reterr));
    if (session->options.tsa != NULL) {
        authority_stamp_bundle(session->options.tsa, session->options.out,
                               session->progress.language);
    }
    say_in_history(session, "sealed", json_string_value(json_object_get(*ret_result, "overall")),
                   session->options.out);
    /* `hoshitori restore` needs it as long as the device is not as it was. */
    session->owes = run_owes(session->run);
    return session->owes ? STATUS_OK : run_discard(&session->run, reterr);
}

static void say_what_is_owed(const struct session *session)
{
    (void) fprintf(
        stderr,
        session->progress.language == LANGUAGE_JA
            ? "注意: 機器が試験前の状態に戻っていません(一時的なパスワードのままの可能性)。"
              "次を実行してください: hoshitori restore --profile %s %s\n"
            : "ATTENTION: the device is not as it was before the test (a temporary "
              "password may be in force). Run: hoshitori restore --profile %s %s\n",
        session->options.profile, session->folder);
}

/* An interrupted run may have left the device without power. */
static enum status is_there(struct session *session, struct error *reterr)
{
    if (session->resumed) {
        return preflight_to_restore(session->inputs.profile, &stop_asked, &session->silent, reterr);
    }
    return preflight(session->inputs.profile, &stop_asked, reterr);
}

static enum status drive(struct session *session, json_t **ret_result, struct error *reterr)
{
    struct sigaction action = { .sa_handler = ask_stop };
    enum status status;

    (void) sigaction(SIGINT, &action, NULL);
    (void) sigaction(SIGTERM, &action, NULL);
    session->progress.started_ms = clock_monotonic_ms();
    TRY(open_run(session, reterr));
    if (session->resumed) {
        TRY(run_restore(session->run, NULL, reterr));
    }
    if (session->silent) {
        TRY(preflight(session->inputs.profile, &stop_asked, reterr));
    }
    status = run_drive(session->run, reterr);
    run_progress_end(&session->progress);
    TRY(status);
    return seal(session, ret_result, reterr);
}

/* Whoever stopped it, and whatever did not work: what was observed is there to go on with. */
static void say_how_to_continue(const struct session *session, enum status status)
{
    if (session->run == NULL || status == STATUS_BAD_INPUT || status == STATUS_USAGE) {
        return;
    }
    (void) fprintf(stderr,
                   session->progress.language == LANGUAGE_JA
                       ? "続けるには: hoshitori run --resume %s\n"
                       : "continue with: hoshitori run --resume %s\n",
                   session->folder);
}

static int finish(const struct arguments *arguments, const struct session *session)
{
    bool ja = session->progress.language == LANGUAGE_JA;
    struct error error = { 0 };

    if (chart_print(session->result, argument_language(arguments),
                    argument_given(arguments, "details"), &error) != STATUS_OK) {
        return exit_with(&error);
    }
    (void) fprintf(stderr, ja ? "証跡    %s\n" : "bundle    %s\n", session->options.out);
    if (session->owes) {
        say_what_is_owed(session);
    }
    return exit_of_overall(session->result);
}

static int run_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(session_done) struct session session = { 0 };
    struct error error = { 0 };

    /* Our memory holds the key: /proc shows it to nobody, probes of the same user included. */
    (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* A full disk and a reader who leaves are errors to report, not ends. */
    (void) signal(SIGXFSZ, SIG_IGN);
    (void) signal(SIGPIPE, SIG_IGN);
    if (prepare(arguments, arena, &session, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (session.result != NULL) {
        (void) fprintf(stderr, session.progress.language == LANGUAGE_JA
                                   ? "この試験の証跡はすでに封印されています\n"
                                   : "this run was sealed already; nothing is left to do\n");
        return finish(arguments, &session);
    }
    say_plan(&session);
    if (confirm(arguments, &error) != STATUS_OK || is_there(&session, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (drive(&session, &session.result, &error) != STATUS_OK) {
        if (session.run != NULL && run_owes(session.run)) {
            say_what_is_owed(&session);
        }
        if (error.status == STATUS_INTERRUPTED && session.run != NULL) {
            say_in_history(&session, "interrupted", NULL, NULL);
        }
        say_how_to_continue(&session, error.status);
        return exit_with(&error);
    }
    return finish(arguments, &session);
}

static const struct option options[] = {
    { "profile",
      "FILE",
      { .en = "what the vendor declares about the device", .ja = "製品の申告内容" },
      false },
    { "scheme", "NAME", { .en = "default jc-star", .ja = "制度(既定 jc-star)" }, false },
    { "level",
      "1..4",
      { .en = "default 1; what is asked above it is provisional, not IPA's criteria",
        .ja = "レベル(既定 1)。2以上の追加項目は暫定であり、IPAの基準ではない" },
      false },
    { "product-type",
      "T",
      { .en = "that of the profile; another one is an error",
        .ja = "製品種別(プロファイルの申告と異なればエラー)" },
      false },
    { "out", "FILE.hoshi", { .en = "the bundle to write", .ja = "出力する証跡ファイル" }, false },
    { "key",
      "FILE",
      { .en = "the signing key (or HOSHITORI_KEY)", .ja = "署名鍵(または HOSHITORI_KEY)" },
      false },
    { "pq-key",
      "FILE",
      { .en = "an ML-DSA-65 key that signs as well", .ja = "併せて署名する ML-DSA-65 鍵" },
      false },
    { "params",
      "FILE",
      { .en = "replaces named parameters of the suite", .ja = "検査項目のパラメータを置き換える" },
      false },
    { "answers",
      "FILE",
      { .en = "what a person has looked at, for a run that nobody attends",
        .ja = "人が確認した結果(無人で試験するとき)" },
      false },
    { "only",
      "ID",
      { .en = "only this check or clause; the rest is not tested",
        .ja = "この検査・項目だけ(残りは未検査)" },
      true },
    { "jobs",
      "N",
      { .en = "checks side by side (default: the profile's limit)", .ja = "同時に行う検査の数" },
      false },
    { "operator",
      "NAME",
      { .en = "who runs the test, for the record", .ja = "試験者の名前(記録用)" },
      false },
    { "capture",
      NULL,
      { .en = "keep the packets to and from the device, secrets masked",
        .ja = "機器とのパケットを記録する(秘密は伏せる)" },
      false },
    { "history",
      "FILE",
      { .en = "where your runs are recorded (or HOSHITORI_HISTORY)",
        .ja = "試験の履歴を置く場所(または HOSHITORI_HISTORY)" },
      false },
    { "tsa",
      "URL",
      { .en = "an RFC 3161 authority that dates the run's beginning and its signatures",
        .ja = "試験の開始と署名の日時を証明する時刻認証局(RFC 3161)" },
      false },
    { "resume",
      "DIR",
      { .en = "continue an interrupted run", .ja = "中断した試験を続ける" },
      false },
    { "yes",
      NULL,
      { .en = "the device may be tested: do not ask", .ja = "確認せずに試験する" },
      false },
    { "details",
      NULL,
      { .en = "every check with reason and remedy", .ja = "検査ごとの理由と対策を表示" },
      false },
    { "progress",
      "STYLE",
      { .en = "auto, plain, json or none", .ja = "進捗表示 auto, plain, json, none" },
      false },
    OPTION_END,
};

const struct command command_run = {
    .name = "run",
    .summary = { .en = "drives the device, judges, writes the signed bundle, prints the chart",
                 .ja = "機器を試験して判定し、署名付き証跡を作り、星取表を表示" },
    .options = options,
    .about = { .en =
                   "Nothing is a pass by default: a check without liveness, without its positive\n"
                   "control or without an observation ends as error or inconc. An interrupted\n"
                   "run leaves OUT.partial/, which --resume continues.",
               .ja = "証拠のない合格はありません。機器の生存確認、対照試験、観測のどれかが欠けた\n"
                     "検査は error か inconc になります。中断した試験は OUT.partial/ に残り、\n"
                     "--resume で続けられます。" },
    .example =
        "  hoshitori key new vendor.key\n"
        "  hoshitori run --profile profile.yaml --level 1 --key vendor.key --out hc100.hoshi",
    .exits = "  0 conformant  1 nonconformant  2 neither  64 usage  65 bad input\n"
             "  69 device not reachable  70 our own fault  130 interrupted",
    .main = run_main,
};
