/* judge - what a bundle's run observed, judged again; the device is not asked. */
#include "base/clock.h"
#include "cli/chart_view.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/run_inputs.h"
#include "cli/suites.h"
#include "cli/verify_call.h"
#include "engine/dossier.h"
#include "engine/rejudge.h"
#include "engine/result.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/rollup.h"
#include "evidence/seal.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"
#include "model/source.h"
#include "model/suite_tables.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY_MAX = 64 << 20, FIRST_NAME = 40 };

/* One call of `judge`. */
struct session {
    struct arena *arena;
    struct verified_bundle *bundle;
    struct profile *profile;
    struct suite *suite;
    struct plan *plan;
    struct rejudging *rejudging;
    struct source_file params; /* data NULL: none replaced */
    json_t *stored_plan;       /* run/plan.json */
    json_t *result;
};

static void session_done(struct session *session)
{
    json_decref(session->result);
    json_decref(session->stored_plan);
    rejudge_done(&session->rejudging);
    profile_done(session->profile);
    verified_done(&session->bundle);
}

/* ---- what is in the bundle ---- */

static enum status read_source(const struct session *session, const char *path,
                               struct source_file *ret_source, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(SOURCE_SIZE_MAX);

    TRY(verified_entry(session->bundle, path, &content, reterr));
    *ret_source = (struct source_file){
        .path = path,
        .data = arena_text_n(session->arena, (const char *) content.data, content.length),
        .length = content.length,
    };
    return STATUS_OK;
}

static enum status read_json(const struct session *session, const char *path, json_t **ret_value,
                             struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(ENTRY_MAX);

    TRY(verified_entry(session->bundle, path, &content, reterr));
    return json_strict_parse(content.data, content.length, ret_value, reterr);
}

static bool has_entry(const struct session *session, const char *path)
{
    return manifest_find_path(session->bundle->manifest, path) != NULL;
}

/* The policy files stand in the manifest in the order in which the suite names them. */
static enum status read_policies(const struct session *session, struct suite_sources *sources,
                                 struct error *reterr)
{
    const struct manifest *manifest = session->bundle->manifest;
    struct source_file *files = arena_array(session->arena, manifest->entry_count, sizeof *files);

    for (size_t i = 0; i < manifest->entry_count; i++) {
        if (text_starts_with(manifest->entries[i].path, BUNDLE_POLICY_FOLDER)) {
            TRY(read_source(session, manifest->entries[i].path, &files[sources->policy_count++],
                            reterr));
        }
    }
    sources->policies = files;
    return STATUS_OK;
}

static enum status read_suite_file(const struct suite_reading *reading, const char *path,
                                   const char *entry, struct arena *arena,
                                   struct source_file *ret_source, struct error *reterr)
{
    (void) path;
    (void) arena;
    return read_source(reading->context, entry, ret_source, reterr);
}

static enum status stored_suite(struct session *session, struct error *reterr)
{
    const struct suite_reading reading = { .read = read_suite_file,
                                           .context = session,
                                           .leaves_policies = true };
    struct suite_sources sources = { .policy_count = 0 };
    struct problems problems = { .path = NULL };
    struct source_file suite = { 0 };

    TRY(read_source(session, suite_entry(NULL, NULL, session->arena), &suite, reterr));
    TRY(suite_sources_read(&suite, &reading, &problems, session->arena, &sources, reterr));
    TRY(read_policies(session, &sources, reterr));
    return suite_from_sources(&sources, probe_catalogue(), session->arena, &session->suite, reterr);
}

/* ---- what to judge by ---- */

static bool other_rules(const struct arguments *arguments)
{
    return argument_given(arguments, "suite") || argument_given(arguments, "params");
}

static enum status take_params(struct session *session, const char *given, bool own_suite,
                               struct error *reterr)
{
    struct source_file *params = &session->params;

    if (given != NULL) {
        return suite_override(session->suite, given, session->arena, params, reterr);
    }
    if (!own_suite || !has_entry(session, "run/params.yaml")) {
        return STATUS_OK;
    }
    TRY(read_source(session, "run/params.yaml", params, reterr));
    return suite_override_source(session->suite, params, session->arena, reterr);
}

/* Does the stored plan name this check or omission? */
static bool is_stored(const json_t *stored_plan, const char *id)
{
    const json_t *checks = json_object_get(stored_plan, "checks");
    bool found = false;

    for (size_t i = 0; !found && i < json_array_size(checks); i++) {
        const char *stored = json_string_value(json_object_get(json_array_get(checks, i), "id"));

        found = stored != NULL && text_equal(stored, id);
    }
    return found;
}

/* The ids of the checks that the run asked, NULL-ended: under its own rules, and no others, it is
 * judged again. A check that found nothing to ask and does not count was chosen too, unless the
 * stored plan says that it was left out. session->plan: the whole one. */
static const char *const *asked_checks(const struct session *session, const json_t *stored_plan)
{
    const json_t *checks = json_object_get(json_object_get(stored_plan, "detail"), "checks");
    const struct plan *whole = session->plan;
    const char **ids = arena_array(
        session->arena, json_array_size(checks) + whole->omission_count + 1, sizeof *ids);
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(checks, i), "id"));

        if (id != NULL) {
            ids[count++] = id;
        }
    }
    for (size_t i = 0; i < whole->omission_count; i++) {
        if (!whole->omissions[i].counts && !is_stored(stored_plan, whole->omissions[i].id)) {
            ids[count++] = whole->omissions[i].id;
        }
    }
    return ids;
}

/* A whole run left nothing out: what it did not ask does not apply. */
static bool asks_just(const struct plan *plan, const char *const *ids)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        size_t at = 0;

        while (ids[at] != NULL && !text_equal(ids[at], plan->items[i].id)) {
            at++;
        }
        if (ids[at] == NULL) {
            return false;
        }
    }
    return true;
}

static enum status plan_anew(struct session *session, const struct arguments *arguments,
                             struct error *reterr)
{
    const char *suite = argument_text(arguments, "suite");
    const char *const *only;
    struct source_file profile;

    TRY(read_json(session, BUNDLE_PLAN, &session->stored_plan, reterr));
    TRY(read_source(session, "run/profile.yaml", &profile, reterr));
    TRY(profile_from_source(&profile, PROFILE_SECRETS_SKIP, session->arena, &session->profile,
                            reterr));
    if (suite == NULL) {
        TRY(stored_suite(session, reterr));
    } else {
        TRY(suites_open(suite, session->arena, &session->suite, reterr));
    }
    TRY(take_params(session, argument_text(arguments, "params"), suite == NULL, reterr));
    TRY(plan_build(session->suite, session->profile, NULL, session->arena, &session->plan, reterr));
    only = asked_checks(session, session->stored_plan);
    if (other_rules(arguments) || asks_just(session->plan, only)) {
        return STATUS_OK;
    }
    return plan_build(session->suite, session->profile, only, session->arena, &session->plan,
                      reterr);
}

/* Says of each check which stored one its observation is. */
static void name_sources(struct session *session)
{
    const json_t *clauses = json_object_get(session->result, "clauses");

    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *checks = json_object_get(json_array_get(clauses, i), "checks");

        for (size_t j = 0; j < json_array_size(checks); j++) {
            json_t *check = json_array_get(checks, j);
            const char *id = json_string_value(json_object_get(check, "id"));
            const char *source = rejudge_source_of(session->rejudging, id);

            if (source != NULL) {
                json_put(check, "from", json_string(source));
            }
        }
    }
}

static enum status judge_again(struct session *session, struct error *reterr)
{
    DEFER(bytes_done) struct bytes log = bytes_bounded(ENTRY_MAX);
    struct evlog_summary summary;

    TRY(rejudge_new(session->plan, session->stored_plan, &session->rejudging, reterr));
    TRY(verified_entry(session->bundle, BUNDLE_LOG, &log, reterr));
    TRY(evlog_verify(log.data, log.length, rejudge_hear, session->rejudging, &summary, reterr));
    rejudge_decide(session->rejudging);
    TRY(result_build(session->plan, rejudge_outcomes(session->rejudging), &session->result,
                     reterr));
    name_sources(session);
    return STATUS_OK;
}

/* ---- what became of it ---- */

static enum status print_json(const json_t *result, struct error *reterr)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(ENTRY_MAX);

    TRY(json_strict_write(result, &out, reterr));
    TRY(bytes_append_text(&out, "\n", reterr));
    return fwrite(out.data, 1, out.length, stdout) == out.length && fflush(stdout) == 0
               ? STATUS_OK
               : fail(reterr, STATUS_IO, "stdout cannot be written");
}

struct comparison {
    size_t same;
    size_t changed;
    size_t fresh; /* not in the stored result */
};

static void compare(const struct session *session, const struct rollup *stored, size_t place,
                    bool ja, struct comparison *comparison)
{
    const char *id = session->plan->items[place].id;
    const struct judgement *now = &rejudge_outcomes(session->rejudging)[place].judgement;
    const struct rollup_check *then = rollup_find(stored, id);

    if (then == NULL) {
        comparison->fresh++;
        (void) fprintf(stderr, ja ? "新しい検査  %s: %s\n" : "new       %s: %s\n", id,
                       verdict_word(now->verdict));
    } else if (then->verdict == now->verdict) {
        comparison->same++;
    } else {
        comparison->changed++;
        (void) fprintf(stderr,
                       ja ? "変わった    %s: %s → %s (%s)\n" : "changed   %s: %s -> %s (%s)\n", id,
                       verdict_word(then->verdict), verdict_word(now->verdict),
                       words_in(&now->reason, ja ? LANGUAGE_JA : LANGUAGE_EN));
    }
}

/* Which verdicts the other rules change, against those that the bundle states. */
static enum status say_changes(const struct session *session, enum language language,
                               struct comparison *ret_comparison, struct error *reterr)
{
    bool ja = language == LANGUAGE_JA;
    struct rollup stored;

    TRY(rollup_of(session->bundle->result, session->arena, &stored, reterr));
    for (size_t i = 0; i < session->plan->item_count; i++) {
        compare(session, &stored, i, ja, ret_comparison);
    }
    (void) fprintf(
        stderr,
        ja ? "比較    同じ判定%zu件、異なる判定%zu件、新しい検査%zu件、使われなかった観測%zu件\n"
           : "compared  %zu judged as before, %zu otherwise, %zu new; %zu stored "
             "observations not used\n",
        ret_comparison->same, ret_comparison->changed, ret_comparison->fresh,
        rejudge_unused(session->rejudging));
    return STATUS_OK;
}

/* Under its own rules a bundle's verdicts must follow from what it observed. */
static int verdicts_do_not_follow(const struct session *session)
{
    const struct manifest_harness *harness = &session->bundle->manifest->run.harness;

    return exit_saying(STATUS_BAD_INPUT,
                       "the stated verdicts do not follow from the stored observations (judged by "
                       "hoshitori %.40s then, %s now)",
                       harness->version, HOSHITORI_VERSION);
}

/* ---- a statement beside the run's ---- */

/* The first name that the bundle does not have yet. */
static enum status free_name(const char *path, char room[CONTAINER_NAME_MAX + 1],
                             struct error *reterr)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;

    TRY(container_read_open(path, NULL, &reader, reterr));
    for (unsigned i = FIRST_NAME; i < 100; i++) {
        (void) snprintf(room, CONTAINER_NAME_MAX + 1, "META-INF/att/%02u-judgement.sigstore.json",
                        i);
        if (container_read_find(reader, room) == NULL) {
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_LIMIT, "%s: holds too many judgements", path);
}

static enum status write_statement(const struct session *session, const char *role,
                                   struct bytes *out, struct error *reterr)
{
    const struct suite *suite = session->suite;
    struct statement_judgement judgement = { .role = role,
                                             .suite = suite->id,
                                             .version = suite->version,
                                             .harness_version = HOSHITORI_VERSION };
    struct statement_about about = { .manifest = session->bundle->manifest };
    char suite_hex[DIGEST_HEX_SIZE];
    char params_hex[DIGEST_HEX_SIZE];
    char now[CLOCK_TEXT_SIZE];
    struct digest manifest_sha;
    struct digest digest;

    TRY(dossier_suite_digest(suite, &digest, reterr));
    digest_to_hex(&digest, suite_hex);
    judgement.suite_sha256 = suite_hex;
    if (session->params.data != NULL) {
        TRY(digest_of(session->params.data, session->params.length, &digest, reterr));
        digest_to_hex(&digest, params_hex);
        judgement.params_sha256 = params_hex;
    }
    clock_text(clock_wall_ms(), now);
    judgement.judged_at = now;
    if (!digest_from_hex(session->bundle->manifest_sha256, &manifest_sha)) {
        return fail(reterr, STATUS_INTERNAL, "the manifest's digest");
    }
    about.manifest_sha = &manifest_sha;
    return statement_judgement_write(&about, &judgement, session->result, out, reterr);
}

static enum status sign_statement(const struct session *session, const struct arguments *arguments,
                                  struct error *reterr)
{
    DEFER(key_done) struct key key = { 0 };
    DEFER(bytes_done) struct bytes payload = bytes_bounded(SIGSTORE_PAYLOAD_MAX);
    DEFER(bytes_done) struct bytes file = bytes_bounded(2 * (size_t) SIGSTORE_PAYLOAD_MAX);
    const char *path = argument_positional(arguments, 0);
    const char *out = argument_text(arguments, "out");
    const char *role = argument_text(arguments, "role");
    char name[CONTAINER_NAME_MAX + 1];

    TRY(run_key_load(argument_text(arguments, "key"), &key, reterr));
    TRY(write_statement(session, role == NULL ? "vendor" : role, &payload, reterr));
    TRY(sigstore_write(&key, payload.data, payload.length, &file, reterr));
    TRY(free_name(path, name, reterr));
    TRY(bundle_attach(path, name, file.data, file.length, out, reterr));
    (void) fprintf(stderr,
                   argument_language(arguments) == LANGUAGE_JA ? "証跡    %s\n" : "bundle    %s\n",
                   out);
    return STATUS_OK;
}

/* Before anything is judged: what was asked can be done. */
static enum status check_request(const struct arguments *arguments, struct error *reterr)
{
    const char *role = argument_text(arguments, "role");

    if (argument_given(arguments, "key") != argument_given(arguments, "out") ||
        (role != NULL && !argument_given(arguments, "key"))) {
        return fail(reterr, STATUS_USAGE,
                    "a signed statement needs --key and --out, and --role only with them");
    }
    if (role != NULL && !text_equal(role, "vendor") && !text_equal(role, "evaluator")) {
        return fail(reterr, STATUS_USAGE, "--role is vendor or evaluator, not '%s'", role);
    }
    return STATUS_OK;
}

static enum status open_bundle(const struct arguments *arguments, struct session *session,
                               struct error *reterr)
{
    DEFER(json_strict_done) json_t *report = NULL;
    const char *path = argument_positional(arguments, 0);
    struct verify_call call = { 0 };

    call.options.unknown_signer_allowed = true;
    TRY(verify_call_read(arguments, &call, reterr));
    if (bundle_verify(path, &call.options, session->arena, &session->bundle, &report, reterr) ==
        VERIFY_IO) {
        return reterr->status == STATUS_OK ? STATUS_IO : reterr->status;
    }
    if (session->bundle == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: does not verify, so nothing of it is judged; see hoshitori verify", path);
    }
    if (!session->bundle->authentic) {
        (void) fprintf(stderr, "hoshitori: whole and well-formed, but nobody you named has signed "
                               "it (see --signer, --trust)\n");
    }
    return STATUS_OK;
}

static int judge_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(session_done) struct session session = { .arena = arena };
    enum language language = argument_language(arguments);
    struct error error = { 0 };
    struct comparison comparison = { 0 };
    enum status status;

    if (check_request(arguments, &error) != STATUS_OK ||
        open_bundle(arguments, &session, &error) != STATUS_OK ||
        plan_anew(&session, arguments, &error) != STATUS_OK ||
        judge_again(&session, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    status =
        argument_given(arguments, "json")
            ? print_json(session.result, &error)
            : chart_print(session.result, language, argument_given(arguments, "details"), &error);
    if (status != STATUS_OK || say_changes(&session, language, &comparison, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (comparison.changed + comparison.fresh > 0 && !other_rules(arguments)) {
        return verdicts_do_not_follow(&session);
    }
    if (argument_given(arguments, "key") &&
        sign_statement(&session, arguments, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    return exit_of_overall(session.result);
}

static const struct option options[] = {
    { "suite",
      "DIR",
      { .en = "judge by this suite (default: the bundle's own)",
        .ja = "この検査項目で判定(既定: 証跡に含まれるもの)" },
      false },
    { "params",
      "FILE",
      { .en = "replaces named parameters of the suite", .ja = "検査項目のパラメータを置き換える" },
      false },
    { "key",
      "FILE",
      { .en = "signs a judgement with this key", .ja = "この鍵で判定の声明に署名する" },
      false },
    { "role",
      "ROLE",
      { .en = "whose key it is: vendor (default) or evaluator",
        .ja = "鍵の持ち主: vendor(既定)または evaluator" },
      false },
    { "out",
      "FILE.hoshi",
      { .en = "a copy of the bundle with that statement beside the others",
        .ja = "その声明を加えた証跡の写し" },
      false },
    VERIFY_OPTIONS,
    { "details",
      NULL,
      { .en = "every check with reason and remedy", .ja = "検査ごとの理由と対策を表示" },
      false },
    { "json", NULL, { .en = "the result as JSON", .ja = "結果をJSONで出力" }, false },
    OPTION_END,
};

const struct command command_judge = {
    .name = "judge",
    .summary = { .en = "judges a bundle's observations again, the device untouched",
                 .ja = "証跡に残る観測を、機器に触れずに判定し直す" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "Without --suite the bundle's own suite and parameters are used: then every\n"
                   "verdict should come out as stated. A check takes over an observation that was\n"
                   "made by the same probe, of the same thing, with the same parameters; what\n"
                   "nobody observed is not_tested. The bundle stays as it is.",
               .ja = "--suite がなければ証跡に含まれる検査項目とパラメータで判定し、記載された\n"
                     "判定が再現されることを確かめます。同じプローブ、同じ対象、同じパラメータの\n"
                     "観測だけを使い、観測のない検査は not_tested です。証跡は変わりません。" },
    .example = "  hoshitori judge hc100.hoshi --suite testsuites/jc-star/star1 --params lab.yaml\n"
               "  hoshitori judge hc100.hoshi --suite next/star1 --key lab.key --role evaluator "
               "--out judged.hoshi",
    .exits = "  0 conformant  1 nonconformant  2 neither  64 usage\n"
             "  65 does not verify, or its verdicts do not follow from what it observed\n"
             "  70 our own fault",
    .main = judge_main,
};
