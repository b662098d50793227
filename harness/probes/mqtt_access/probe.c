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

enum { RANDOM_LENGTH = 10, WRONG_LENGTH = 20, FILTERS_MAX = 16, VERSIONS = 2 };

extern const struct probe probe_mqtt_access;

static const char marker_start[] = "hoshitori-";

/* Whose credentials are meant; NULL: the first that are declared. */
static const char *role_of(const struct probe_call *call)
{
    const char *role = probe_param_text(call, "role");
    const struct access *access = call->subject->access;

    return role == NULL && access != NULL ? access->role : role;
}

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

/* The password of one who is not nobody and not the role. */
static void password_make(struct visit *visit, const char *as, const char *wrong)
{
    const struct subject *subject = visit->call->subject;
    const struct auth *auth = auth_choose(subject);
    const struct credential *credential =
        auth == NULL ? NULL : web_credential(subject->profile, auth, role_of(visit->call));

    visit->ask.user = credential != NULL ? credential->user : probe_param_text(visit->call, "user");
    visit->ask.password_text = text_equal(as, "blank") ? "" : wrong;
}

static enum status visit_credential(struct visit *visit, const struct credential *credential,
                                    json_t *asked, struct error *reterr)
{
    visit->ask.user = credential->user;
    visit->ask.password = &credential->secret;
    probe_list_add_text(asked, credential->role);
    return visit_person(visit, probe_param_text(visit->call, "version"), reterr);
}

/* Every role below the one that may, one after the other. */
static enum status visit_lower(struct visit *visit, json_t *asked, struct error *reterr)
{
    const struct subject *subject = visit->call->subject;
    const struct credential *credential = NULL;

    if (subject->access == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "as=lower needs an access path");
    }
    for (size_t i = 0; i < VISIT_PERSONS; i++) {
        credential = access_lower_credential(subject->profile, subject->access, i);
        if (credential == NULL) {
            return i > 0 ? STATUS_OK
                         : fail(reterr, STATUS_BAD_INPUT, "no account of a lower role is declared");
        }
        TRY(visit_credential(visit, credential, asked, reterr));
    }
    if (access_lower_credential(subject->profile, subject->access, VISIT_PERSONS) != NULL) {
        visit->complete = false;
    }
    return STATUS_OK;
}

static enum status visit_all(struct visit *visit, uint64_t *random, json_t *asked,
                             struct error *reterr)
{
    const struct subject *subject = visit->call->subject;
    const char *as = probe_param_text(visit->call, "as");
    const struct auth *auth = auth_choose(subject);
    const struct credential *credential = NULL;
    char wrong[WRONG_LENGTH + 1];

    if (text_equal(as, "lower")) {
        return visit_lower(visit, asked, reterr);
    }
    if (text_equal(as, "role")) {
        credential =
            auth == NULL ? NULL : web_credential(subject->profile, auth, role_of(visit->call));
        return credential != NULL
                   ? visit_credential(visit, credential, asked, reterr)
                   : fail(reterr, STATUS_BAD_INPUT,
                          "as=role needs a profile that gives credentials for this service");
    }
    web_random_text(random, wrong, WRONG_LENGTH);
    if (!text_equal(as, "anonymous")) {
        password_make(visit, as, wrong);
    }
    return visit_person(visit, probe_param_text(visit->call, "version"), reterr);
}

/* What was given; else what the access path names; else everything. */
static json_t *topics_choose(const struct probe_call *call)
{
    const json_t *given = probe_param_list(call, "topics");
    const struct access *access = call->subject->access;

    if (json_array_size(given) > 0) {
        return json_incref((json_t *) (uintptr_t) given);
    }
    return json_pack("[s]",
                     access != NULL && access->read.topic != NULL ? access->read.topic : "#");
}

/* What was given by name, or is declared to take a stray text without harm.  A topic that was
 * not declared so may move a lock or a motor. */
static void publish_choose(struct visit *visit)
{
    const struct access *access = visit->call->subject->access;
    const char *topic = access == NULL ? NULL : access->write.topic;

    visit->publishes = probe_param_bool(visit->call, "publish");
    visit->uses_marker = topic == NULL;
    if (visit->publishes && topic != NULL && json_array_size(visit->publish_topics) == 0) {
        json_t *list = access->write.harmless ? visit->publish_topics : visit->not_tried;

        probe_list_add(list, access->write.harmless
                                 ? json_string(topic)
                                 : json_sprintf("publishing to %s: not declared harmless", topic));
        visit->publishes = access->write.harmless;
    }
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

static void random_name(uint64_t *random, char *room)
{
    memcpy(room, marker_start, sizeof marker_start);
    web_random_text(random, room + strlen(room), RANDOM_LENGTH);
}

/* A wrong password in each version; where the account has not so many left, nothing is asked. */
static enum status guesses_spend(const struct probe_call *call, bool *ret_may, struct error *reterr)
{
    const char *as = probe_param_text(call, "as");

    *ret_may = true;
    if (!text_equal(as, "blank") && !text_equal(as, "wrong")) {
        return STATUS_OK;
    }
    *ret_may = probe_attempts_grant(call, VERSIONS) == VERSIONS;
    for (unsigned i = 0; *ret_may && i < VERSIONS; i++) {
        TRY(probe_attempt_spend(call, reterr));
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(visit_done)
    struct visit visit =
        visit_new(call, topics_choose(call),
                  json_copy((json_t *) (uintptr_t) probe_param_list(call, "publish_topics")));
    uint64_t random = call->seed;
    char client_id[sizeof marker_start + RANDOM_LENGTH];
    json_t *asked = json_array();
    enum status status;
    bool may = false;

    publish_choose(&visit);
    random_name(&random, visit.marker);
    random_name(&random, client_id);
    visit.ask.host = call->host;
    visit.ask.port = call->port;
    visit.ask.tls = is_over_tls(call);
    visit.ask.client_id = client_id;
    probe_fact_json(call, "roles", asked);
    status = topics_check(&visit, reterr);
    if (status == STATUS_OK) {
        status = guesses_spend(call, &may, reterr);
    }
    if (status == STATUS_OK && may) {
        status = visit_all(&visit, &random, asked, reterr);
    }
    if (status == STATUS_OK && may) {
        visit_facts(&visit);
    }
    return status;
}

static const char *const as_choices[] = { "anonymous", "blank", "wrong", "role", "lower", NULL };
static const char *const version_choices[] = { "3.1.1", "5", "both", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who connects: nobody, the role's user with an empty or a wrong password, the "
              "role, or each declared role below that of the access path.",
      .fallback = "\"anonymous\"",
      .choices = as_choices },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Which of the declared credentials; unless given that of the access path, or the "
              "first." },
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
      .help = "Topic filters that received_topics is limited to, at most 16; none: what the access "
              "path reads, or everything.",
      .fallback = "[]" },
    { .name = "publish",
      .type = FACT_BOOL,
      .help = "Whether publishing is tried.",
      .fallback = "true" },
    { .name = "publish_topics",
      .type = FACT_TEXTS,
      .help = "Topics that a marker is published to, at most 16; none: what the access path "
              "declares as harmless to write, or a topic that exists only for this.",
      .fallback = "[]" },
    PARAM_TLS_BY_HAND,
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
    { .name = "received_not_public",
      .type = FACT_TEXTS,
      .help = "Those that the profile does not declare as public (auth: none)." },
    { .name = "received_bytes",
      .type = FACT_INT,
      .help = "Length of their payloads, all together." },
    { .name = "received_sys", .type = FACT_BOOL, .help = "A topic below $SYS/ brought a message." },
    { .name = "can_publish",
      .type = FACT_BOOL,
      .help = "A message came back or was confirmed in version 5; false when it was refused; "
              "absent when only acknowledged in 3.1.1." },
    { .name = "publishable",
      .type = FACT_TEXTS,
      .help = "Those of publish_topics that a message was accepted on." },
    { .name = "refusals",
      .type = FACT_TEXTS,
      .help = "Refused subscriptions and publications with their codes." },
    { .name = "not_tried",
      .type = FACT_TEXTS,
      .help = "What was not asked of the broker, and why." },
    { .name = "roles", .type = FACT_TEXTS, .help = "Declared roles that were asked, in order." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every person was let in, every question was answered, and nothing was cut." },
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
