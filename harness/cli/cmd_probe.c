/* probe - one probe by hand, in the same sandboxed child that a run uses. */
#include "base/clock.h"
#include "channel/tcp.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/facts_view.h"
#include "cli/target.h"
#include "engine/keeper.h"
#include "evidence/json_strict.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REACH_WAIT_MS = 3000 };

struct by_hand {
    const struct probe *probe;
    struct target target;
    struct profile *profile; /* NULL without --profile */
    struct subject subject;
    struct service service; /* when no profile names one */
    json_t *given;
    json_t *params;
    json_t *facts;
    bool clean;   /* the device is as it was */
    bool misused; /* the probe found its parameters wanting */
    char fault[256];
};

static void by_hand_done(struct by_hand *call)
{
    json_decref(call->given);
    json_decref(call->params);
    json_decref(call->facts);
    profile_done(call->profile);
}

/* NULL without such a document. */
static const struct document *document_named(const struct profile *profile, const char *id)
{
    for (size_t i = 0; id != NULL && profile != NULL && i < profile->document_count; i++) {
        if (text_equal(profile->documents[i].id, id)) {
            return &profile->documents[i];
        }
    }
    return NULL;
}

/* What is stored, erased or erases; false: there is none with this id. */
static bool choose_stored(const struct arguments *arguments, const struct profile *profile,
                          struct subject *subject)
{
    static const struct {
        const char *option;
        enum subject_kind kind;
    } options[] = { { "export", SUBJECT_EXPORT },
                    { "firmware", SUBJECT_FIRMWARE },
                    { "storage", SUBJECT_STORAGE },
                    { "erasure", SUBJECT_ERASURE },
                    { "data", SUBJECT_USER_DATA } };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *wanted = argument_text(arguments, options[i].option);
        bool found = wanted == NULL;

        for (size_t at = 0;
             !found && profile != NULL && at < subject_count(profile, options[i].kind); at++) {
            const char *id = NULL;
            struct subject stored = subject_at(profile, options[i].kind, at, &id);

            if (text_equal(id, wanted)) {
                found = true;
                subject->export = stored.export;
                subject->firmware = stored.firmware;
                subject->storage = stored.storage;
                subject->erasure = stored.erasure;
                subject->user_datum = stored.user_datum;
                subject->service = stored.service != NULL ? stored.service : subject->service;
            }
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* --service, --auth, --access, --client, --document or what is stored make the subject. */
static enum status choose_subject(const struct arguments *arguments, struct by_hand *call,
                                  struct error *reterr)
{
    const struct profile *profile = call->profile;
    const char *service = argument_text(arguments, "service");
    const char *auth = argument_text(arguments, "auth");
    const char *access = argument_text(arguments, "access");
    const char *client = argument_text(arguments, "client");

    call->subject.service = call->target.port == 0 ? NULL : &call->service;
    if ((call->probe->decl.needs & PROBE_NEEDS_UPDATE) != 0 && profile != NULL) {
        call->subject.update = profile->update;
    }
    for (size_t i = 0; auth != NULL && profile != NULL && i < profile->auth_count; i++) {
        if (text_equal(profile->auths[i].id, auth)) {
            call->subject.auth = &profile->auths[i];
            call->subject.service = profile->auths[i].service;
        }
    }
    for (size_t i = 0; access != NULL && profile != NULL && i < profile->access_count; i++) {
        if (text_equal(profile->accesses[i].id, access)) {
            call->subject.access = &profile->accesses[i];
            call->subject.service = profile->accesses[i].service;
            call->subject.auth = profile->accesses[i].auth;
        }
    }
    for (size_t i = 0; client != NULL && profile != NULL && i < profile->client_count; i++) {
        if (text_equal(profile->clients[i].id, client)) {
            call->subject.client = &profile->clients[i];
        }
    }
    call->subject.document = document_named(profile, argument_text(arguments, "document"));
    if (service != NULL && profile != NULL) {
        call->subject.service = profile_service(profile, service);
    }
    if ((service != NULL && call->subject.service == NULL) ||
        (auth != NULL && call->subject.auth == NULL) ||
        (access != NULL && call->subject.access == NULL) ||
        (client != NULL && call->subject.client == NULL) ||
        (argument_text(arguments, "document") != NULL && call->subject.document == NULL) ||
        !choose_stored(arguments, profile, &call->subject)) {
        return fail(reterr, STATUS_USAGE,
                    "the profile has no such service, auth, access, client, document, export, "
                    "firmware, storage, way to erase or data (or --profile is missing)");
    }
    return STATUS_OK;
}

static enum status check_subject(const struct by_hand *call, struct error *reterr)
{
    unsigned needs = call->probe->decl.needs;

    if ((needs & PROBE_NEEDS_SERVICE) != 0 && call->subject.service == NULL) {
        return fail(reterr, STATUS_USAGE, "%s needs a port: --target HOST:PORT",
                    call->probe->decl.name);
    }
    if ((needs & PROBE_NEEDS_CLIENT) != 0 && call->subject.client == NULL) {
        return fail(reterr, STATUS_USAGE,
                    "%s needs a connection of the device's own: --profile FILE --client ID",
                    call->probe->decl.name);
    }
    if ((needs & PROBE_NEEDS_DOCUMENT) != 0 && call->subject.document == NULL) {
        return fail(reterr, STATUS_USAGE, "%s needs a document: --profile FILE --document ID",
                    call->probe->decl.name);
    }
    if (((needs & PROBE_NEEDS_IMAGE) != 0 && call->subject.export == NULL &&
         call->subject.firmware == NULL) ||
        ((needs & PROBE_NEEDS_STORAGE) != 0 && call->subject.storage == NULL)) {
        return fail(reterr, STATUS_USAGE, "%s needs %s of a profile: --profile FILE",
                    call->probe->decl.name,
                    (needs & PROBE_NEEDS_STORAGE) != 0 ? "--storage ID"
                                                       : "--export ID or --firmware NAME");
    }
    if ((needs & PROBE_NEEDS_ERASURE) != 0 && call->subject.erasure == NULL) {
        return fail(reterr, STATUS_USAGE, "%s needs a way to erase: --profile FILE --erasure ID",
                    call->probe->decl.name);
    }
    if ((needs & PROBE_NEEDS_USER_DATA) != 0 && call->subject.user_datum == NULL) {
        return fail(reterr, STATUS_USAGE, "%s needs data of a user: --profile FILE --data ID",
                    call->probe->decl.name);
    }
    if ((needs & PROBE_NEEDS_UPDATE) != 0 && call->subject.update == NULL) {
        return fail(reterr, STATUS_USAGE, "%s needs a profile that declares its update",
                    call->probe->decl.name);
    }
    return STATUS_OK;
}

/* An associated service comes with its operator's word. */
static enum status aim(struct by_hand *call, bool by_hand, struct error *reterr)
{
    const struct service *service = call->subject.service;

    if (by_hand || service == NULL || service->of == NULL) {
        return target_authorized(call->target.host, call->profile, reterr);
    }
    (void) snprintf(call->target.host, sizeof call->target.host, "%s", service->of->address);
    return STATUS_OK;
}

static enum status prepare(const struct arguments *arguments, struct arena *arena,
                           struct by_hand *call, struct error *reterr)
{
    const char *name = argument_positional(arguments, 0);
    const char *target = argument_text(arguments, "target");
    const char *profile = argument_text(arguments, "profile");
    const char *assignment;

    call->probe = probe_find(name);
    if (call->probe == NULL) {
        return fail(reterr, STATUS_USAGE, "there is no probe '%s' (see hoshitori list probes)",
                    name);
    }
    if (profile != NULL) {
        TRY(profile_load(profile, arena, &call->profile, reterr));
    }
    if (target != NULL) {
        TRY(target_parse(target, &call->target, reterr));
    } else if (call->profile != NULL) {
        (void) snprintf(call->target.host, sizeof call->target.host, "%s",
                        call->profile->addresses[0]);
    } else {
        return fail(reterr, STATUS_USAGE, "--target HOST[:PORT][/udp] is missing");
    }
    call->service = (struct service){
        .id = "by-hand",
        .transport = call->target.udp ? TRANSPORT_UDP : TRANSPORT_TCP,
        .port = call->target.port,
        .protocol = "",
    };
    call->subject = (struct subject){ .profile = NULL, .address = call->target.host };
    TRY(choose_subject(arguments, call, reterr));
    TRY(check_subject(call, reterr));
    TRY(aim(call, target != NULL, reterr));
    call->subject.profile = call->profile;
    call->given = json_object();
    for (size_t i = 0; (assignment = argument_nth(arguments, "param", i)) != NULL; i++) {
        TRY(params_set_text(call->probe->decl.params, call->given, assignment, reterr));
    }
    return params_complete(call->probe->decl.params, call->given, &call->params, reterr);
}

/* An unreachable device is said at once, not found out by a probe's patience. */
static enum status reach(const struct by_hand *call, struct error *reterr)
{
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event = TCP_TIMEOUT;

    if (call->subject.service == NULL || call->subject.service->transport != TRANSPORT_TCP) {
        return STATUS_OK;
    }
    TRY(tcp_open(&tcp, call->target.host, call->subject.service->port,
                 clock_monotonic_ms() + REACH_WAIT_MS, &transcript, &event, reterr));
    if (event != TCP_OK) {
        return fail(reterr, STATUS_UNREACHABLE, "%s port %u cannot be reached: %s",
                    call->target.host, call->subject.service->port, tcp_event_word(event));
    }
    return STATUS_OK;
}

static enum status hear(void *context, json_t *line, struct error *reterr)
{
    struct by_hand *call = context;
    const char *kind = json_string_value(json_object_get(line, "kind"));

    (void) reterr;
    if (text_equal(kind, "observation") && call->facts == NULL) {
        call->facts = json_incref(json_object_get(line, "facts"));
    } else if (text_equal(kind, "end")) {
        call->clean = json_is_false(json_object_get(line, "owes"));
    } else if (text_equal(kind, "fault")) {
        call->misused = text_equal(json_string_value(json_object_get(line, "status")),
                                   status_name(STATUS_BAD_INPUT));
        (void) snprintf(call->fault, sizeof call->fault, "%s",
                        json_string_value(json_object_get(line, "message")));
    }
    return STATUS_OK;
}

static enum status bring_back(const struct worker_order *order, struct keeper *keeper, bool clean,
                              struct error *reterr)
{
    struct restoration restoration;

    if (keeper->pid == 0) {
        return STATUS_OK;
    }
    if (clean) {
        keeper_release(keeper);
        return STATUS_OK;
    }
    TRY(keeper_restore(order, -1, keeper, &restoration, reterr));
    if (!restoration.restored) {
        return fail(reterr, STATUS_UNREACHABLE, "ATTENTION: the device is not as it was before: %s",
                    restoration.message);
    }
    return STATUS_OK;
}

static enum status drive(struct by_hand *call, enum check_ending *ret_ending, struct error *reterr)
{
    const struct check check = { .id = call->probe->decl.name, .probe = &call->probe->decl };
    const struct plan_item item = { .id = call->probe->decl.name,
                                    .check = &check,
                                    .subject = call->subject,
                                    .params = call->params };
    struct worker_order order = { .item = &item,
                                  .probe = call->probe,
                                  .seed = (uint64_t) clock_wall_ms(),
                                  .attempt = 1,
                                  .without_liveness = true };
    struct keeper keeper = { .pid = 0 };
    struct worker worker;
    char fault[256];
    enum status status;

    if (call->probe->restore != NULL) {
        TRY(keeper_start(&order, -1, &keeper, reterr));
        order.keeper = &keeper;
    }
    status = worker_start(&order, &worker, reterr);
    if (status == STATUS_OK) {
        status = worker_attend(&worker, hear, call, NULL, reterr);
        *ret_ending = worker_reap(&worker, fault);
    }
    TRY(bring_back(&order, &keeper, call->clean, reterr));
    TRY(status);
    if (fault[0] != '\0') {
        (void) snprintf(call->fault, sizeof call->fault, "%s", fault);
    }
    return status;
}

static void print_json(const struct by_hand *call, const char *status, int64_t started_ms,
                       int64_t elapsed_ms)
{
    char started[CLOCK_TEXT_SIZE];
    uint16_t port = call->subject.service == NULL ? 0 : call->subject.service->port;
    DEFER(json_strict_done) json_t *out = NULL;
    char *text;

    clock_text(started_ms, started);
    out =
        json_pack("{s:s, s:{s:s, s:i}, s:s, s:s, s:I, s:O}", "probe", call->probe->decl.name,
                  "target", "host", call->target.host, "port", (int) port, "status", status,
                  "started", started, "elapsed_ms", (json_int_t) elapsed_ms, "facts", call->facts);
    text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
    printf("%s\n", text == NULL ? "" : text);
    free(text);
}

static int probe_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(by_hand_done) struct by_hand call = { 0 };
    struct error error = { 0 };
    enum check_ending ending = ENDING_NONE;
    int64_t started_ms = clock_wall_ms();
    int64_t began_ms = clock_monotonic_ms();

    if (prepare(arguments, arena, &call, &error) != STATUS_OK ||
        reach(&call, &error) != STATUS_OK || drive(&call, &ending, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (ending != ENDING_OBSERVED || call.facts == NULL) {
        return exit_saying(call.misused ? STATUS_BAD_INPUT : STATUS_INTERNAL,
                           "%s gave no observation: %s", call.probe->decl.name, call.fault);
    }
    if (argument_given(arguments, "json")) {
        print_json(&call, "observed", started_ms, clock_monotonic_ms() - began_ms);
    } else {
        facts_print(stdout, call.probe->decl.facts, call.facts);
    }
    return EXIT_OK;
}

static const struct option options[] = {
    { "target", "HOST[:PORT][/udp]", { .en = "where to ask", .ja = "対象" }, false },
    { "param", "KEY=VALUE", { .en = "a parameter of the probe", .ja = "プローブの引数" }, true },
    { "profile",
      "FILE",
      { .en = "take the subject from a profile", .ja = "対象を記述したプロファイル" },
      false },
    { "service",
      "ID",
      { .en = "a service of the profile", .ja = "プロファイルのサービス" },
      false },
    { "auth",
      "ID",
      { .en = "an authentication mechanism of the profile", .ja = "プロファイルの認証機構" },
      false },
    { "access",
      "ID",
      { .en = "an access path of the profile", .ja = "プロファイルのアクセス経路" },
      false },
    { "client",
      "ID",
      { .en = "a connection that the device opens itself",
        .ja = "プロファイルの、機器が自ら開く接続" },
      false },
    { "document", "ID", { .en = "a document of the profile", .ja = "プロファイルの文書" }, false },
    { "export", "ID", { .en = "an export of the profile", .ja = "プロファイルの書き出し" }, false },
    { "firmware",
      "NAME",
      { .en = "a firmware component of the profile", .ja = "プロファイルのファームウェア" },
      false },
    { "storage",
      "ID",
      { .en = "a stored asset of the profile", .ja = "プロファイルの保存された情報資産" },
      false },
    { "erasure",
      "ID",
      { .en = "a way to erase, of the profile", .ja = "プロファイルの消去手段" },
      false },
    { "data",
      "ID",
      { .en = "data of a user, of the profile", .ja = "プロファイルの利用者のデータ" },
      false },
    { "json", NULL, { .en = "one JSON object on one line", .ja = "1行のJSONで出力" }, false },
    OPTION_END,
};

const struct command command_probe = {
    .name = "probe",
    .summary = { .en = "one probe by hand; prints what it observed",
                 .ja = "プローブを1つ実行し、観測結果を表示" },
    .positionals = "NAME",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "A probe observes and never judges. Targets that are not loopback, link-local\n"
                   "or private need a profile with an authorisation.",
               .ja = "プローブは観測だけを行い、判定はしません。プライベート以外の宛先には\n"
                     "authorization を記したプロファイルが必要です。" },
    .example = "  hoshitori probe tls_server --target 127.0.0.1:8443 --json",
    .exits = "  0 observed  64 usage  65 bad input  69 not reachable  70 our own fault",
    .main = probe_main,
};
