/* tls_client - plays the server that the device calls, shows it a right certificate and wrong ones,
 * old versions and suites without protection, and looks at whether it goes on and sends something.
 *
 * By hand: hoshitori probe tls_client --profile profile.yaml --client cloud
 */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/text.h"
#include "probe/guest.h"
#include "stage.h"

#include <stdlib.h>
#include <string.h>

extern const struct probe probe_tls_client;

enum { CALLS_MAX = 8, HOSTS_MAX = 64, REPORT_MS = 500, GRACE_MS = 1000 };

static const struct param params[] = {
    { .name = "presentations",
      .type = FACT_TEXTS,
      .help =
          "What to show, one after the other; valid comes first. no_staple and revoked are left "
          "out unless the profile says stapling, and what TLS or DTLS does not have.",
      .fallback =
          "[\"valid\",\"self_signed\",\"wrong_host\",\"expired\",\"not_yet_valid\","
          "\"unknown_ca\",\"leaf_as_ca\",\"sha1\",\"rsa1024\",\"no_staple\",\"revoked\",\"tls10\","
          "\"tls11\",\"dtls10\",\"null\",\"export\",\"anonymous\",\"plain\"]",
      .choices = presentation_names },
    { .name = "watch_ms",
      .type = FACT_INT,
      .help = "How long each is shown on to a device that comes again after it was refused.",
      .fallback = "1000",
      .minimum = 0,
      .maximum = 60000 },
    { .name = "talk_ms",
      .type = FACT_INT,
      .help = "How long the device may take to send something after a handshake.",
      .fallback = "3000",
      .minimum = 100,
      .maximum = 30000 },
    { .name = "object_ms",
      .type = FACT_INT,
      .help = "How long it may take to object to a ServerHello; who does not, has accepted it.",
      .fallback = "500",
      .minimum = 50,
      .maximum = 10000 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long the request may take that makes the device call.",
      .fallback = "5000",
      .minimum = 100,
      .maximum = 60000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "called",
      .type = FACT_BOOL,
      .help = "At least one ClientHello came from the device." },
    { .name = "valid_accepted",
      .type = FACT_BOOL,
      .help = "The device completed the handshake with the valid chain and sent application data. "
              "Left out without test_ca in the profile, or without a ClientHello." },
    { .name = "accepted",
      .type = FACT_TEXTS,
      .help = "Presentations but the valid one that it accepted: it sent application data behind a "
              "wrong chain, or went on with the key exchange of a hand-made answer that cannot be "
              "completed." },
    { .name = "refused", .type = FACT_TEXTS, .help = "Those after which it objected or left." },
    { .name = "unclear",
      .type = FACT_TEXTS,
      .help = "Those after which it neither left nor sent anything, or where there was no common "
              "ground." },
    { .name = "not_called",
      .type = FACT_TEXTS,
      .help = "Those during which no ClientHello of the device came." },
    { .name = "in_clear",
      .type = FACT_TEXTS,
      .help = "Those during which it sent something without TLS, on the TLS port or clear_port." },
    { .name = "clear_watched", .type = FACT_BOOL, .help = "clear_port is declared." },
    { .name = "presentations",
      .type = FACT_ROWS,
      .help = "What came of each.",
      .columns = stage_scene_columns },
    { .name = "hello_versions",
      .type = FACT_TEXTS,
      .help = "supported_versions of its first ClientHello, else the highest that it speaks." },
    { .name = "hello_suites", .type = FACT_TEXTS, .help = "Suites offered, in its order." },
    { .name = "hello_suites_unprotected",
      .type = FACT_TEXTS,
      .help = "Of those, suites without encryption, without authentication, or for export." },
    { .name = "hello_groups", .type = FACT_TEXTS, .help = "Groups offered." },
    { .name = "hello_server_name",
      .type = FACT_TEXT,
      .help = "SNI; left out where none was sent." },
    { .name = "hello_alpn", .type = FACT_TEXTS, .help = "Application protocols offered." },
    { .name = "hello_asks_staple", .type = FACT_BOOL, .help = "status_request was sent." },
    { .name = "questions",
      .type = FACT_INT,
      .help = "Questions for declared names that our name server answered." },
    { .name = "other_names",
      .type = FACT_TEXTS,
      .help = "Names that the device asked it for and the profile does not declare." },
    { .name = "strangers",
      .type = FACT_INT,
      .help = "Connections and questions of others than the device, which were dropped." },
    FACT_END,
};

/* More of it in README.md beside this file. */
static const char guide[] =
    "  The profile declares the connection (clients) and, best, an authority that the unit has "
    "been\n"
    "  told to trust (test_ca). The device's calls must come to this machine, by one of:\n"
    "  - our name server: redirect: {address, dns} in the profile; DHCP gives out this machine as\n"
    "    name server, and port 53 is translated to redirect.dns:\n"
    "      nft add rule ip nat prerouting udp dport 53 redirect to :10053\n"
    "  - a line in the router's hosts file for the declared host\n"
    "  - translation of the server's address:\n"
    "      nft add rule ip nat prerouting ip daddr SERVER tcp dport PORT dnat to HARNESS:LISTEN\n"
    "  A probe has no privileges: ports below 1024 are translated to the client's listen and\n"
    "  clear_listen, or opened by sysctl net.ipv4.ip_unprivileged_port_start=0.\n"
    "  Calls from other addresses than the declared ones are dropped: no source translation.\n";

/* Whether a presentation makes sense for this client. */
static bool is_fitting(const struct stage *stage, const struct presentation *shown)
{
    const bool fits[] = { [STAPLE_GOOD] = true,
                          [STAPLE_NONE] = stage->client->stapling,
                          [STAPLE_REVOKED] = stage->staples };

    return fits[shown->staple] &&
           (shown->over == OVER_BOTH || stage->datagrams == (shown->over == OVER_UDP));
}

/* Has the device call, if the profile says how. */
static enum status trigger(struct stage *stage, struct error *reterr)
{
    const struct access *access = stage->client->trigger;
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(guest_done) struct guest guest = { 0 };
    struct subject subject = *stage->call->subject;
    struct probe_call there = *stage->call;
    bool writes;

    if (access == NULL) {
        return STATUS_OK;
    }
    writes = access->write.path != NULL;
    subject.access = access;
    subject.service = access->service;
    subject.auth = access->auth;
    there.subject = &subject;
    there.port = access->service->port;
    TRY(guest_new(&there, access->auth == NULL ? GUEST_NOBODY : GUEST_ROLE, NULL, &guest, reterr));
    TRY(guest_login(&guest, reterr));
    TRY(guest_ask(&guest, writes ? &access->write : &access->read, "hoshitori", writes, &answer,
                  reterr));
    transcript_note(stage->call->transcript, 0, "asked the device to call: %s %d",
                    http_event_word(answer.event), answer.status);
    return STATUS_OK;
}

/* Whether there is nothing more to learn from this presentation. */
static bool is_settled(const struct stage *stage, const struct scene *scene)
{
    return scene->data_length > 0 || scene->went_on > 0 ||
           scene->connections + scene->clear_calls >= CALLS_MAX ||
           (scene->hellos > 0 && stage->watch_ms == 0);
}

static enum status scene_play(struct stage *stage, struct scene *scene, struct error *reterr)
{
    int64_t latest_ms = stage->call->deadline_ms - REPORT_MS;
    int64_t until_ms;

    TRY(forge_chain(stage->forge,
                    scene->shown->kind == PRESENT_CHAIN ? scene->shown->flaw : FORGE_VALID,
                    &stage->chain, reterr));
    if (stage->staples && scene->shown->flaw != FORGE_SELF_SIGNED &&
        scene->shown->flaw != FORGE_UNKNOWN_CA) {
        forge_add_authority(stage->forge, &stage->chain);
    }
    until_ms = clock_monotonic_ms() + (int64_t) stage->client->within_s * 1000;
    TRY(trigger(stage, reterr));
    while (!is_settled(stage, scene)) {
        DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
        enum door_event event = DOOR_TIMEOUT;
        bool first = scene->hellos == 0;

        until_ms = until_ms < latest_ms ? until_ms : latest_ms;
        TRY(door_wait(&stage->door, -1, until_ms, &tcp, &event, reterr));
        /* Who sends without end does not make it longer. */
        if (event == DOOR_TIMEOUT || clock_left_ms(until_ms + GRACE_MS) == 0) {
            break;
        }
        if (event == DOOR_TLS) {
            TRY(stage_take(stage, scene, &tcp, reterr));
        } else {
            TRY(stage_take_clear(stage, scene, &tcp, reterr));
        }
        if (first && scene->hellos > 0) {
            until_ms = clock_monotonic_ms() + stage->watch_ms;
        }
    }
    return STATUS_OK;
}

/* Who has not called in all the time of the first presentation is not waited for any more. */
static bool is_absent(const struct stage *stage)
{
    const struct scene *first = &stage->scenes[0];

    return stage->scene_count > 1 && first->connections + first->clear_calls == 0;
}

static enum status play(struct stage *stage, struct error *reterr)
{
    const json_t *wanted = probe_param_list(stage->call, "presentations");
    size_t total = json_array_size(wanted);

    for (const struct presentation *at = presentations; at->name != NULL; at++) {
        struct scene *scene = &stage->scenes[stage->scene_count];
        bool asked = false;
        size_t index;
        const json_t *name;

        json_array_foreach(wanted, index, name)
        {
            asked = asked || text_equal(json_string_value(name), at->name);
        }
        if (!asked || !is_fitting(stage, at)) {
            continue;
        }
        *scene = (struct scene){ .shown = at, .alert = -1 };
        stage->scene_count++;
        probe_waiting(stage->call, (unsigned) stage->scene_count, (unsigned) total,
                      (int64_t) stage->client->within_s * 1000);
        if (!is_absent(stage)) {
            TRY(scene_play(stage, scene, reterr));
        }
    }
    return STATUS_OK;
}

static enum status stage_open(struct stage *stage, const char **hosts, struct error *reterr)
{
    const struct profile *profile = stage->call->subject->profile;
    const struct client *client = stage->client;
    struct door_plan plan = { .devices = profile->addresses,
                              .device_count = profile->address_count,
                              .datagrams = stage->datagrams,
                              .tls_port = client->listen,
                              .clear_port = client->clear_listen,
                              .dns_port = profile->redirect.dns,
                              .hosts = hosts,
                              .own_address = profile->redirect.address };
    const struct forge_plan forge = { .host = client->host,
                                      .now_s = clock_wall_ms() / 1000,
                                      .ca = client->test_ca,
                                      .ca_key = &client->test_ca_key };

    for (size_t i = 0; i < profile->client_count && plan.host_count < HOSTS_MAX; i++) {
        hosts[plan.host_count++] = profile->clients[i].host;
    }
    TRY(forge_new(&forge, &stage->forge, reterr));
    return door_open(&stage->door, &plan, stage->call->transcript, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    const struct subject *subject = call->subject;
    const char *hosts[HOSTS_MAX];
    struct stage *stage;
    enum status status;

    if (subject->client == NULL || subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile that declares clients");
    }
    stage = calloc(1, sizeof *stage);
    if (stage == NULL) {
        abort();
    }
    *stage =
        (struct stage){ .call = call,
                        .client = subject->client,
                        .datagrams = client_over_udp(subject->client),
                        .staples = subject->client->stapling && subject->client->test_ca != NULL &&
                                   !client_over_udp(subject->client),
                        .door = { .tls = -1, .clear = -1, .dns = -1 },
                        .random = call->seed,
                        .hello_ms = probe_param_int(call, "talk_ms"),
                        .talk_ms = probe_param_int(call, "talk_ms"),
                        .object_ms = probe_param_int(call, "object_ms"),
                        .watch_ms = probe_param_int(call, "watch_ms") };
    status = stage_open(stage, hosts, reterr);
    if (status == STATUS_OK) {
        status = play(stage, reterr);
    }
    if (status == STATUS_OK) {
        stage_report(stage);
    }
    door_done(&stage->door);
    forge_done(&stage->forge);
    free(stage);
    return status;
}

const struct probe probe_tls_client = {
    .decl = { .name = "tls_client",
              .summary = { .ja = "機器が呼び出すサーバーを演じ、正しい証明書と誤った証明書などを"
                                 "示して、通信を続けるかを調べる",
                           .en = "Plays the server that the device calls, and sees which wrong "
                                 "certificates and old protocols it puts up with" },
              .guide = guide,
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_CLIENT,
              .deadline_ms = 900000 },
    .run = run,
};
