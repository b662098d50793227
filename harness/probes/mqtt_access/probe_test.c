/* The probe against brokers made of recorded answers, each with one way to go wrong. */
#include "support/account.h"
#include "support/peer.h"
#include "support/peer_run.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern const struct probe probe_mqtt_access;

enum {
    CONNECT = 0x10,
    SUBSCRIBE = 0x82,
    PUBLISH = 0x32, /* quality of service 1 */
    LEVEL_AT = 6,   /* in CONNECT, behind its name */
    LEVEL_5 = 5
};

/* What one broker does. */
struct manner {
    bool closes_at_connect;
    bool silent;
    bool only_311;     /* answers version 5 as a server of 3.1.1 does */
    bool busy;         /* refuses, but not for who asks */
    bool refuses;      /* refuses this person */
    bool refuses_5;    /* only in version 5 */
    bool no_subscribe; /* SUBACK with a failure */
    bool has_settings; /* a message comes with the subscription */
    bool no_publish;   /* version 5: says so; 3.1.1: acknowledges and forgets */
    bool closes_at_publish;
    bool echoes; /* delivers what was published */
};

static struct manner manner; /* of the broker to be started; the child has its copy */

static void put(int fd, const void *data, size_t length)
{
    if (write(fd, data, length) != (ssize_t) length) {
        _exit(1);
    }
}

static void put_fixture(int fd, const char *name)
{
    uint8_t room[512];
    char path[512];
    FILE *file;

    (void) snprintf(path, sizeof path, FIXTURES "%s", name);
    file = fopen(path, "rbe");
    if (file == NULL) {
        _exit(9);
    }
    put(fd, room, fread(room, 1, sizeof room, file));
    (void) fclose(file);
}

static bool get(int fd, uint8_t *room, size_t length)
{
    for (size_t had = 0; had < length;) {
        ssize_t got = read(fd, room + had, length - had);

        if (got <= 0) {
            return false;
        }
        had += (size_t) got;
    }
    return true;
}

/* Every packet of these tests is shorter than 128 bytes: one byte of length. */
static bool packet_get(int fd, uint8_t *type, uint8_t *body, size_t *length)
{
    uint8_t head[2];

    if (!get(fd, head, sizeof head) || head[1] >= 0x80 || !get(fd, body, head[1])) {
        return false;
    }
    *type = head[0];
    *length = head[1];
    return true;
}

static void connect_answer(int fd, bool is_5)
{
    static const uint8_t version_unacceptable[] = { 0x20, 2, 0, 1 };
    static const uint8_t unavailable_311[] = { 0x20, 2, 0, 3 };
    static const uint8_t unavailable_5[] = { 0x20, 3, 0, 0x88, 0 };

    if (manner.closes_at_connect) {
        _exit(0);
    }
    if (manner.silent) {
        (void) sleep(30);
    }
    if (is_5 && manner.only_311) {
        put(fd, version_unacceptable, sizeof version_unacceptable);
        _exit(0);
    }
    if (manner.busy) {
        put(fd, is_5 ? unavailable_5 : unavailable_311,
            is_5 ? sizeof unavailable_5 : sizeof unavailable_311);
        _exit(0);
    }
    if (manner.refuses || (is_5 && manner.refuses_5)) {
        put_fixture(fd, is_5 ? "refused_5.bin" : "refused_311.bin");
        _exit(0);
    }
    put_fixture(fd, is_5 ? "accepted_5.bin" : "accepted_311.bin");
}

static void subscribe_answer(int fd, const uint8_t *body, bool is_5)
{
    static const char topic[] = "cam/settings";
    uint8_t answer[] = { 0x90, 3, body[0], body[1], manner.no_subscribe ? 0x80 : 0 };
    uint8_t answer_5[] = { 0x90, 4, body[0], body[1], 0, manner.no_subscribe ? 0x87 : 0 };
    uint8_t message[64] = { 0x31, 0, 0, sizeof topic - 1 };
    size_t at = 4;

    put(fd, is_5 ? answer_5 : answer, is_5 ? sizeof answer_5 : sizeof answer);
    if (manner.has_settings) {
        memcpy(message + at, topic, sizeof topic - 1);
        at += sizeof topic - 1;
        at += is_5 ? 1 : 0;
        memcpy(message + at, "PLANTED", 7);
        message[1] = (uint8_t) (at + 7 - 2);
        put(fd, message, at + 7);
    }
}

static void publish_answer(int fd, const uint8_t *body, size_t length, bool is_5)
{
    size_t id_at = 2 + (size_t) (body[0] << 8 | body[1]);
    uint8_t answer[] = { 0x40, 2, body[id_at], body[id_at + 1] };
    uint8_t refusal[] = { 0x40, 3, body[id_at], body[id_at + 1], 0x87 };
    uint8_t echo[256] = { 0x30, (uint8_t) (length - 2) };

    if (manner.closes_at_publish) {
        _exit(0);
    }
    if (is_5 && manner.no_publish) {
        put(fd, refusal, sizeof refusal);
        return;
    }
    put(fd, answer, sizeof answer);
    if (manner.echoes) {
        memcpy(echo + 2, body, id_at);
        memcpy(echo + 2 + id_at, body + id_at + 2, length - id_at - 2);
        put(fd, echo, length);
    }
}

static void broker(int fd)
{
    uint8_t type = 0;
    uint8_t body[128];
    size_t length = 0;
    bool is_5 = false;

    while (packet_get(fd, &type, body, &length)) {
        if (type == CONNECT && length > LEVEL_AT) {
            is_5 = body[LEVEL_AT] == LEVEL_5;
            connect_answer(fd, is_5);
        } else if (type == SUBSCRIBE) {
            subscribe_answer(fd, body, is_5);
        } else if (type == PUBLISH) {
            publish_answer(fd, body, length, is_5);
        }
    }
}

static struct probe_run ask_at(uint16_t port, const char *params)
{
    static const struct subject nothing = { 0 };
    struct probe_run run =
        probe_run(&probe_mqtt_access, &nothing, "127.0.0.1", port, params, 60000);

    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"), "%s", params);
    return run;
}

static struct probe_run ask_as(const struct subject *subject, struct manner how, const char *params)
{
    struct probe_run run;

    manner = how;
    run = peer_run(&probe_mqtt_access, subject, broker, params, 60000);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"), "%s", params);
    return run;
}

static struct probe_run ask(struct manner how, const char *params)
{
    return ask_as(NULL, how, params);
}

#define QUICK "\"wait_ms\":200,\"timeout_ms\":1000"

Test(mqtt_access, an_open_broker_is_seen_as_one)
{
    struct probe_run run =
        ask((struct manner){ .has_settings = true, .echoes = true }, "{" QUICK "}");

    cr_expect_str_eq(word(&run, "connected"), "yes");
    cr_expect_str_eq(word(&run, "can_subscribe_all"), "yes");
    cr_expect_str_eq(word(&run, "can_subscribe_sys"), "yes");
    cr_expect_str_eq(word(&run, "can_publish"), "yes");
    cr_expect_str_eq(word(&run, "complete"), "yes");
    cr_expect_eq(count(&run, "versions"), 2);
    cr_expect_eq(count(&run, "received_topics"), 1);
    cr_expect_str_eq(
        json_string_value(json_array_get(json_object_get(run.facts, "received_topics"), 0)),
        "cam/settings");
    cr_expect_null(json_object_get(run.facts, "publishable"));
    probe_run_done(&run);
}

Test(mqtt_access, a_refused_person_leaves_nothing_but_the_refusal)
{
    struct probe_run run = ask((struct manner){ .refuses = true }, "{" QUICK "}");

    cr_expect_str_eq(word(&run, "connected"), "no");
    cr_expect_str_eq(text(&run, "event"), "answered");
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "return_code")), 5);
    cr_expect_str_eq(text(&run, "reason"), "not authorized");
    cr_expect_eq(count(&run, "versions"), 0);
    cr_expect_eq(count(&run, "versions_spoken"), 2);
    cr_expect_null(json_object_get(run.facts, "received_topics"));
    cr_expect_str_eq(word(&run, "can_subscribe_all"), "open");
    probe_run_done(&run);
}

Test(mqtt_access, let_in_by_one_version_is_let_in)
{
    struct probe_run run = ask((struct manner){ .refuses_5 = true }, "{" QUICK "}");

    cr_expect_str_eq(word(&run, "connected"), "yes");
    cr_expect_eq(count(&run, "versions"), 1);
    cr_expect_eq(count(&run, "versions_spoken"), 2);
    probe_run_done(&run);
    run = ask((struct manner){ .refuses_5 = true }, "{\"version\":\"5\"," QUICK "}");
    cr_expect_str_eq(word(&run, "connected"), "no");
    probe_run_done(&run);
}

Test(mqtt_access, an_old_broker_refuses_in_the_version_it_speaks)
{
    struct probe_run run = ask((struct manner){ .refuses = true, .only_311 = true }, "{" QUICK "}");

    cr_expect_str_eq(word(&run, "connected"), "no");
    cr_expect_eq(count(&run, "versions_spoken"), 1);
    probe_run_done(&run);
    run = ask((struct manner){ .only_311 = true }, "{\"version\":\"5\"," QUICK "}");
    cr_expect_str_eq(word(&run, "connected"), "open");
    probe_run_done(&run);
}

Test(mqtt_access, what_is_no_refusal_of_a_person_settles_nothing)
{
    static const struct {
        struct manner manner;
        const char *event;
    } cases[] = {
        { { .busy = true }, "answered" },
        { { .closes_at_connect = true }, "closed" },
        { { .silent = true }, "timeout" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct probe_run run = ask(cases[i].manner, "{" QUICK "}");

        cr_expect_str_eq(word(&run, "connected"), "open", "%zu", i);
        cr_expect_str_eq(text(&run, "event"), cases[i].event, "%zu: %s", i, text(&run, "event"));
        cr_expect_null(json_object_get(run.facts, "received_topics"));
        probe_run_done(&run);
    }
}

Test(mqtt_access, nobody_there_is_neither_let_in_nor_refused)
{
    uint16_t port = 0;
    struct probe_run run;

    (void) close(peer_listen(1, &port));
    run = ask_at(port, "{" QUICK "}");
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_str_eq(word(&run, "connected"), "open");
    cr_expect_str_eq(text(&run, "event"), "no_connection");
    probe_run_done(&run);
}

Test(mqtt_access, subscriptions_can_be_refused)
{
    struct probe_run run =
        ask((struct manner){ .no_subscribe = true }, "{\"topics\":[\"cam/+\"]," QUICK "}");

    cr_expect_str_eq(word(&run, "can_subscribe_all"), "no");
    cr_expect_str_eq(word(&run, "can_subscribe_sys"), "no");
    cr_expect_eq(count(&run, "granted_topics"), 0);
    cr_expect_not_null(json_object_get(run.facts, "received_topics"));
    cr_expect_eq(count(&run, "received_topics"), 0);
    probe_run_done(&run);
}

Test(mqtt_access, topics_that_were_not_asked_about_are_left_out)
{
    struct probe_run run = ask((struct manner){ .has_settings = true },
                               "{\"topics\":[\"door/#\"],\"publish\":false," QUICK "}");

    cr_expect_eq(count(&run, "received_topics"), 0);
    cr_expect_eq(count(&run, "granted_topics"), 1);
    cr_expect_null(json_object_get(run.facts, "can_publish"));
    probe_run_done(&run);
}

Test(mqtt_access, an_acknowledgement_of_311_proves_no_publishing)
{
    static const struct {
        struct manner manner;
        const char *version;
        const char *can_publish;
    } cases[] = {
        { { .no_publish = true }, "3.1.1", "open" },
        { { .no_publish = true }, "5", "no" },
        { { .closes_at_publish = true }, "3.1.1", "no" },
        { { .closes_at_publish = true }, "5", "open" },
        { { .echoes = true }, "3.1.1", "yes" },
        { { .echoes = false }, "5", "yes" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char params[128];
        struct probe_run run;

        (void) snprintf(params, sizeof params,
                        "{\"version\":\"%s\",\"publish_topics\":[\"cmd/x\"]," QUICK "}",
                        cases[i].version);
        run = ask(cases[i].manner, params);
        cr_expect_str_eq(word(&run, "can_publish"), cases[i].can_publish, "%zu: %s", i,
                         word(&run, "can_publish"));
        cr_expect_eq(count(&run, "publishable"), strcmp(cases[i].can_publish, "yes") == 0 ? 1 : 0,
                     "%zu", i);
        probe_run_done(&run);
    }
}

Test(mqtt_access, what_cannot_be_asked_is_said)
{
    static const char *const wrong[] = { "{\"as\":\"role\"}", "{\"topics\":[\"a#\"]}",
                                         "{\"publish_topics\":[\"cmd/+\"]}" };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct probe_run run = ask_at(1, wrong[i]);

        cr_expect_eq(run.status, STATUS_BAD_INPUT, "%s", wrong[i]);
        probe_run_done(&run);
    }
}

Test(mqtt_access, the_role_logs_in_with_the_declared_password_and_nothing_keeps_it)
{
    struct service service = { .id = "broker", .protocol = "mqtt" };
    struct credential credential = account("admin", "PLANTED");
    struct auth auth = { .id = "broker-login",
                         .kind = "password",
                         .scheme = "mqtt",
                         .service = &service,
                         .account_of = "broker-login",
                         .credentials = &credential,
                         .credential_count = 1 };
    struct profile profile = { .auths = &auth, .auth_count = 1 };
    struct subject subject = { .profile = &profile, .service = &service };
    struct probe_run run =
        ask_as(&subject, (struct manner){ .echoes = true }, "{\"as\":\"role\"," QUICK "}");

    cr_expect_str_eq(word(&run, "connected"), "yes");
    cr_expect(transcript_holds(&run.transcript, "password (withheld)"));
    probe_run_done(&run);
    secret_done(&credential.secret);
}

/* A profile with two roles, and a topic that only the higher one may use. */
struct two_roles {
    struct service service;
    struct credential credentials[2];
    struct auth auth;
    struct access accesses[2];
    const char *roles[2];
    struct profile profile;
    struct subject subject;
};

static void two_roles_make(struct two_roles *all)
{
    *all = (struct two_roles){
        .service = { .id = "broker", .protocol = "mqtt" },
        .auth = { .id = "a", .account_of = "a", .scheme = "mqtt", .credential_count = 2 },
        .roles = { "admin", "viewer" },
    };
    all->auth.service = &all->service;
    all->auth.credentials = all->credentials;
    all->accesses[0] = (struct access){ .service = &all->service,
                                        .auth = &all->auth,
                                        .role = "admin",
                                        .read.topic = "cam/settings",
                                        .write.topic = "cam/note" };
    all->accesses[1] = (struct access){ .service = &all->service, .read.topic = "cam/+" };
    all->profile = (struct profile){ .auths = &all->auth,
                                     .auth_count = 1,
                                     .accesses = all->accesses,
                                     .access_count = 1,
                                     .roles = all->roles,
                                     .role_count = 2 };
    all->subject = (struct subject){ .profile = &all->profile,
                                     .service = &all->service,
                                     .auth = &all->auth,
                                     .access = &all->accesses[0] };
    for (size_t i = 0; i < 2; i++) {
        all->credentials[i] = account(all->roles[i], "PLANTED");
    }
}

static struct probe_run ask_two_roles(struct manner how, const struct two_roles *all,
                                      const char *params)
{
    return ask_as(&all->subject, how, params);
}

Test(mqtt_access, nothing_is_published_to_a_topic_that_is_not_declared_harmless)
{
    struct two_roles all;
    struct probe_run run;

    two_roles_make(&all);
    run = ask_two_roles((struct manner){ .echoes = true }, &all, "{\"as\":\"lower\"," QUICK "}");
    cr_expect_str_eq(first(&run, "roles"), "viewer");
    cr_expect_str_eq(word(&run, "can_publish"), "open");
    cr_expect_str_eq(first(&run, "not_tried"), "publishing to cam/note: not declared harmless");
    cr_expect_not(transcript_holds(&run.transcript, "sent PUBLISH"));
    probe_run_done(&run);

    all.accesses[0].write.harmless = true;
    run = ask_two_roles((struct manner){ .echoes = true }, &all, "{\"as\":\"lower\"," QUICK "}");
    cr_expect_str_eq(word(&run, "can_publish"), "yes");
    cr_expect_str_eq(first(&run, "publishable"), "cam/note");
    cr_expect_eq(count(&run, "not_tried"), 0);
    probe_run_done(&run);

    run =
        ask_two_roles((struct manner){ .no_publish = true }, &all, "{\"as\":\"lower\"," QUICK "}");
    cr_expect_str_eq(word(&run, "can_publish"), "no");
    cr_expect_str_eq(first(&run, "refusals"), "PUBLISH cam/note: 0x87");
    probe_run_done(&run);
}

Test(mqtt_access, a_topic_that_is_declared_public_is_told_apart)
{
    struct two_roles all;
    struct probe_run run;

    two_roles_make(&all);
    run = ask_two_roles((struct manner){ .has_settings = true }, &all,
                        "{\"topics\":[\"#\"]," QUICK "}");
    cr_expect_str_eq(first(&run, "received_not_public"), "cam/settings");
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "received_bytes")) % 7, 0);
    cr_expect_gt(json_integer_value(json_object_get(run.facts, "received_bytes")), 0);
    probe_run_done(&run);

    all.profile.access_count = 2;
    run = ask_two_roles((struct manner){ .has_settings = true }, &all,
                        "{\"topics\":[\"#\"]," QUICK "}");
    cr_expect_eq(count(&run, "received_topics"), 1);
    cr_expect_eq(count(&run, "received_not_public"), 0);
    probe_run_done(&run);
}

Test(mqtt_access, a_lower_role_that_is_not_let_in_leaves_the_answer_incomplete)
{
    struct two_roles all;
    struct probe_run run;

    two_roles_make(&all);
    run = ask_two_roles((struct manner){ .refuses = true }, &all, "{\"as\":\"lower\"," QUICK "}");
    cr_expect_str_eq(word(&run, "connected"), "no");
    cr_expect_str_eq(word(&run, "complete"), "open");
    probe_run_done(&run);
}
