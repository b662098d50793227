/* mqtt_access - connects to an MQTT broker as nobody, with a blank or a wrong password, or in
 * a declared role, and writes down what the broker lets that person hear and say.
 *
 * By hand: hoshitori probe mqtt_access --target 192.0.2.7:1883
 */
#include "probe/probe.h"
#include "probe/web.h"
#include "topic.h"
#include "visit.h"

#include <string.h>

enum { RANDOM_LENGTH = 10, WRONG_LENGTH = 20, FILTERS_MAX = 16 };

extern const struct probe probe_mqtt_access;

static const char marker_start[] = "hoshitori-";

/* The mechanism that guards the service; NULL when none with credentials is declared. */
static const struct auth *auth_choose(const struct subject *subject)
{
    if (subject->auth != NULL) {
        return subject->auth;
    }
    if (subject->access != NULL) {
        return subject->access->auth;
    }
    for (size_t i = 0; subject->profile != NULL && i < subject->profile->auth_count; i++) {
        const struct auth *auth = &subject->profile->auths[i];

        if (auth->service == subject->service &&
            web_credential(subject->profile, auth, NULL) != NULL) {
            return auth;
        }
    }
    return NULL;
}

/* wrong: room for a made-up password; it must live as long as the visit. */
static enum status who_choose(struct visit *visit, uint64_t *random, char *wrong,
                              struct error *reterr)
{
    const struct subject *subject = visit->call->subject;
    const char *as = probe_param_text(visit->call, "as");
    const char *role = probe_param_text(visit->call, "role");
    const struct auth *auth = auth_choose(subject);
    const struct credential *credential =
        auth == NULL ? NULL : web_credential(subject->profile, auth, role);

    web_random_text(random, wrong, WRONG_LENGTH);
    if (text_equal(as, "anonymous")) {
        return STATUS_OK;
    }
    visit->ask.user = credential != NULL ? credential->user : probe_param_text(visit->call, "user");
    if (text_equal(as, "blank")) {
        visit->ask.password_text = "";
    } else if (text_equal(as, "wrong")) {
        visit->ask.password_text = wrong;
    } else if (credential != NULL) {
        visit->ask.password = &credential->secret;
    } else {
        return fail(reterr, STATUS_BAD_INPUT,
                    "as=role needs a profile that gives credentials for this service");
    }
    return STATUS_OK;
}

static enum status topics_check(const struct visit *visit, struct error *reterr)
{
    size_t at;
    json_t *member;

    if (json_array_size(visit->topics) > FILTERS_MAX ||
        json_array_size(visit->publish_topics) > FILTERS_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "more than %d topics", FILTERS_MAX);
    }
    json_array_foreach((json_t *) (uintptr_t) visit->topics, at, member)
    {
        if (!topic_filter_is_valid(json_string_value(member), json_string_length(member))) {
            return fail(reterr, STATUS_BAD_INPUT, "'%s' is no topic filter",
                        json_string_value(member));
        }
    }
    json_array_foreach((json_t *) (uintptr_t) visit->publish_topics, at, member)
    {
        if (!topic_name_is_valid(json_string_value(member), json_string_length(member))) {
            return fail(reterr, STATUS_BAD_INPUT, "'%s' is no topic to publish to",
                        json_string_value(member));
        }
    }
    return STATUS_OK;
}

static bool is_over_tls(const struct probe_call *call)
{
    const struct service *service = call->subject->service;

    return probe_param_bool(call, "tls") ||
           (service != NULL && text_equal_nocase(service->protocol, "mqtts"));
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(visit_done)
    struct visit visit = {
        .call = call,
        .topics = probe_param_list(call, "topics"),
        .publish_topics = probe_param_list(call, "publish_topics"),
        .publishes = probe_param_bool(call, "publish"),
        .complete = true,
        .granted = json_array(),
        .received = json_array(),
        .publishable = json_array(),
        .echoed = json_array(),
    };
    const char *version = probe_param_text(call, "version");
    uint64_t random = call->seed;
    char wrong[WRONG_LENGTH + 1];
    char client_id[sizeof marker_start + RANDOM_LENGTH];

    TRY(topics_check(&visit, reterr));
    TRY(who_choose(&visit, &random, wrong, reterr));
    memcpy(visit.marker, marker_start, sizeof marker_start);
    web_random_text(&random, visit.marker + strlen(visit.marker), RANDOM_LENGTH);
    memcpy(client_id, marker_start, sizeof marker_start);
    web_random_text(&random, client_id + strlen(client_id), RANDOM_LENGTH);
    visit.ask.host = call->host;
    visit.ask.port = call->port;
    visit.ask.tls = is_over_tls(call);
    visit.ask.client_id = client_id;
    if (!text_equal(version, "5")) {
        TRY(visit_version(&visit, MQTT_VERSION_311, reterr));
    }
    if (!text_equal(version, "3.1.1")) {
        TRY(visit_version(&visit, MQTT_VERSION_5, reterr));
    }
    visit_facts(&visit);
    return STATUS_OK;
}

static const char *const as_choices[] = { "anonymous", "blank", "wrong", "role", NULL };
static const char *const version_choices[] = { "3.1.1", "5", "both", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who connects: nobody, the role's user with an empty or a wrong password, or the "
              "role.",
      .fallback = "\"anonymous\"",
      .choices = as_choices },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Which of the declared credentials; the first unless given." },
    { .name = "user",
      .type = FACT_TEXT,
      .help = "User name for blank and wrong when no credentials are declared.",
      .fallback = "\"admin\"" },
    { .name = "version",
      .type = FACT_TEXT,
      .help = "Which version of the protocol is spoken.",
      .fallback = "\"both\"",
      .choices = version_choices },
    { .name = "topics",
      .type = FACT_TEXTS,
      .help = "Topic filters that received_topics is limited to; at most 16.",
      .fallback = "[\"#\"]" },
    { .name = "publish",
      .type = FACT_BOOL,
      .help = "Whether publishing is tried.",
      .fallback = "true" },
    { .name = "publish_topics",
      .type = FACT_TEXTS,
      .help = "Topics that a marker is published to, at most 16; none: a topic that exists only "
              "for this.",
      .fallback = "[]" },
    { .name = "tls",
      .type = FACT_BOOL,
      .help = "By hand: over TLS, whatever the declared protocol is.",
      .fallback = "false" },
    { .name = "wait_ms",
      .type = FACT_INT,
      .help = "How long each accepted connection is listened to.",
      .fallback = "2000",
      .minimum = 100,
      .maximum = 10000 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one connection may take to be accepted; whole seconds.",
      .fallback = "5000",
      .minimum = 1000,
      .maximum = 20000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "event",
      .type = FACT_TEXT,
      .help = "How the connection that says the most ended: answered, no_connection, tls_failed, "
              "timeout, closed." },
    { .name = "connected",
      .type = FACT_BOOL,
      .help = "The broker accepted one of the connections; false when it refused this person; "
              "absent when neither was seen." },
    { .name = "return_code",
      .type = FACT_INT,
      .help = "From the CONNACK (3.1.1 table 3.1, 5.0 section 3.2.2.2)." },
    { .name = "reason", .type = FACT_TEXT, .help = "What that code stands for." },
    { .name = "versions", .type = FACT_TEXTS, .help = "Versions in which this person was let in." },
    { .name = "versions_spoken",
      .type = FACT_TEXTS,
      .help = "Versions that the broker answered, and not with a refusal of the version." },
    { .name = "can_subscribe_all",
      .type = FACT_BOOL,
      .help = "The subscription to # was granted; what it brings is in received_topics." },
    { .name = "can_subscribe_sys",
      .type = FACT_BOOL,
      .help = "The subscription to $SYS/# was granted." },
    { .name = "granted_topics",
      .type = FACT_TEXTS,
      .help = "Those of the parameter topics whose subscription was granted." },
    { .name = "received_topics",
      .type = FACT_TEXTS,
      .help = "Names of topics that match the parameter topics and brought a message; payloads "
              "are not kept." },
    { .name = "received_sys", .type = FACT_BOOL, .help = "A topic below $SYS/ brought a message." },
    { .name = "can_publish",
      .type = FACT_BOOL,
      .help = "A message came back or was confirmed in version 5; false when it was refused; "
              "absent when only acknowledged in 3.1.1." },
    { .name = "publishable",
      .type = FACT_TEXTS,
      .help = "Those of publish_topics that a message was accepted on." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "On the accepted connections every question was answered, and nothing was cut." },
    FACT_END,
};

const struct probe probe_mqtt_access = {
    .decl = {
        .name = "mqtt_access",
        .summary = { .ja = "MQTTブローカーが誰に何を許すかを観測する",
                     .en = "Connects to an MQTT broker and records what it lets a person do" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 90000,
    },
    .run = run,
};
