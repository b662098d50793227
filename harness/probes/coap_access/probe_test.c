#include "support/coap_peer.h"
#include "support/fixture.h"
#include "support/probe_run.h"

#include "access.h"
#include "probe/data.h"
#include "probe/web.h"

#include <stdio.h>

extern const struct probe probe_coap_access;

enum { DEADLINE_MS = 20000 };

static char core[4096];
static size_t core_length;

/* The path of a request, its parts joined by '/'; whether it observes. */
static void request_read(const uint8_t *request, size_t length, char path[128], bool *ret_observes)
{
    size_t at = 4 + (request[0] & 0x0fu);
    unsigned option = 0;

    path[0] = '\0';
    *ret_observes = false;
    while (at < length && request[at] != 0xff) {
        size_t size = request[at] & 0x0fu;

        option += request[at] >> 4;
        *ret_observes |= option == 6 && size == 0;
        if (option == 11) {
            (void) snprintf(path + strlen(path), 128 - strlen(path), "/%.*s", (int) size,
                            (const char *) request + at + 1);
        }
        at += 1 + size;
    }
}

/* A device that hands out /time and /example_data, refuses /, and forgets to check observers of
 * /async, whose plain read it refuses. */
static size_t device(struct coap_peer_turn *turn)
{
    char path[128];
    bool observes;
    uint8_t code = 0x81; /* 4.01 */
    size_t used;

    request_read(turn->request, turn->length, path, &observes);
    if (strcmp(path, "/time") == 0 || strcmp(path, "/example_data") == 0 ||
        strcmp(path, "/.well-known/core") == 0 || (observes && strcmp(path, "/async") == 0)) {
        code = 0x45; /* 2.05 */
    }
    used = coap_peer_head(turn->request, 2, code, turn->room);
    if (code == 0x45 && observes) {
        turn->room[used++] = 0x61;
        turn->room[used++] = 1;
    }
    turn->room[used++] = 0xff;
    if (strcmp(path, "/.well-known/core") == 0) {
        memcpy(turn->room + used, core, core_length);
        return used + core_length;
    }
    memcpy(turn->room + used, "21.5 C", 6);
    return used + 6;
}

static void core_load(void)
{
    core_length = fixture("coap_server_core.link", core, sizeof core);
}

static struct probe_run run_on(const struct subject *subject, uint16_t port, const char *params)
{
    struct subject by_hand = { .address = "127.0.0.1" };

    return probe_run(&probe_coap_access, subject == NULL ? &by_hand : subject, "127.0.0.1", port,
                     params, DEADLINE_MS);
}

static bool lists(const struct probe_run *run, const char *fact, const char *wanted)
{
    size_t index;
    json_t *value;

    json_array_foreach(json_object_get(run->facts, fact), index, value)
    {
        if (strcmp(json_string_value(value), wanted) == 0) {
            return true;
        }
    }
    return false;
}

static bool is(const struct probe_run *run, const char *fact, json_type type)
{
    const json_t *value = json_object_get(run->facts, fact);

    return value != NULL && json_typeof(value) == type;
}

/* One run as a stranger against a device with the recorded list. */
static struct probe_run run_against(size_t (*answer)(struct coap_peer_turn *turn),
                                    const char *params)
{
    uint16_t port;
    pid_t child;
    struct probe_run run;

    core_load();
    child = coap_peer_start(answer, &port);
    run = run_on(NULL, port, params);
    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

Test(coap_access, a_stranger_finds_what_is_open)
{
    struct probe_run run = run_against(device, "{}");

    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "discovery")), "2.05");
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "listed")), 4);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "readable")), 2);
    cr_expect(lists(&run, "undeclared_readable", "/time"));
    cr_expect(lists(&run, "undeclared_readable", "/example_data"));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "unclear")), 0);
    cr_expect(is(&run, "complete", JSON_TRUE));
    cr_expect(is(&run, "not_tried", JSON_STRING));
    cr_expect(transcript_holds(&run.transcript, "GET, observation ends"));
    cr_expect_not(transcript_holds(&run.transcript, "21.5 C"), "contents are withheld");
    probe_run_done(&run);
}

static size_t busy_device(struct coap_peer_turn *turn)
{
    return coap_peer_head(turn->request, 2, 0xa3, turn->room); /* 5.03 */
}

Test(coap_access, a_busy_device_lists_nothing_and_refuses_nothing)
{
    uint16_t port;
    pid_t child = coap_peer_start(busy_device, &port);
    struct probe_run run = run_on(NULL, port, "{}");

    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "discovery")), "5.03");
    cr_expect(is(&run, "answered", JSON_FALSE));
    probe_run_done(&run);
}

Test(coap_access, what_the_profile_protects_is_told_apart)
{
    struct service service = { .id = "plain", .protocol = "coap", .transport = TRANSPORT_UDP };
    struct auth auth = { .id = "key", .scheme = "psk", .service = &service };
    struct access accesses[] = {
        { .id = "a", .service = &service, .auth = &auth, .read = { .path = "/example_data?x=1" } },
        { .id = "b", .service = &service, .read = { .path = "/time" } },
        { .id = "c", .service = &service, .auth = &auth, .read = { .path = "/hidden" } },
    };
    struct profile profile = { .accesses = accesses, .access_count = 3 };
    struct subject subject = { .profile = &profile, .service = &service };
    pid_t child;
    struct probe_run run;

    core_load();
    child = coap_peer_start(device, &service.port);
    run = run_on(&subject, service.port, "{}");
    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(lists(&run, "protected_readable", "/example_data"));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "undeclared_readable")), 0);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "resources")), 5,
                 "what is declared is asked for although the device does not list it");
    probe_run_done(&run);
}

Test(coap_access, an_observer_is_asked_about_apart)
{
    uint16_t port;
    pid_t child = coap_peer_start(device, &port);
    struct probe_run run = run_on(NULL, port, "{\"ask\":\"resource\",\"path\":\"/async\"}");

    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(is(&run, "granted", JSON_FALSE));
    cr_expect(is(&run, "observe_granted", JSON_TRUE), "the registration handed content out");
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "code")), "4.01");
    probe_run_done(&run);
}

Test(coap_access, silence_and_a_closed_port_are_not_the_same)
{
    struct probe_run run;
    uint16_t port;
    int fd = udp_peer_bound(&port);

    run = run_on(NULL, port, "{\"timeout_ms\":300}");
    cr_expect(is(&run, "answered", JSON_FALSE));
    cr_expect_null(json_object_get(run.facts, "readable"), "nothing was seen");
    probe_run_done(&run);
    run = run_on(NULL, port, "{\"ask\":\"resource\",\"path\":\"/x\",\"timeout_ms\":300}");
    cr_expect_null(json_object_get(run.facts, "granted"), "silence refuses nothing");
    cr_expect_null(json_object_get(run.facts, "observe_granted"));
    probe_run_done(&run);
    (void) close(fd);
    run = run_on(NULL, port, "{\"ask\":\"resource\",\"path\":\"/x\",\"timeout_ms\":300}");
    cr_expect_null(json_object_get(run.facts, "granted"), "where nobody is, nobody refuses");
    cr_expect_null(json_object_get(run.facts, "observe_granted"));
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "event")), "closed");
    probe_run_done(&run);
}

/* Stops for good once it is asked for anything that its list names. */
static size_t short_lived_device(struct coap_peer_turn *turn)
{
    char path[128];
    bool observes;

    request_read(turn->request, turn->length, path, &observes);
    if (strcmp(path, "/.well-known/core") != 0) {
        _exit(0);
    }
    return device(turn);
}

Test(coap_access, a_device_that_stops_in_between_refuses_nothing)
{
    struct probe_run run = run_against(short_lived_device, "{\"timeout_ms\":300}");

    cr_expect_eq(json_array_size(json_object_get(run.facts, "unclear")), 4);
    probe_run_done(&run);
}

Test(coap_access, the_same_is_asked_where_nothing_protects_it)
{
    struct service services[] = { { .id = "s", .protocol = "coaps", .port = 9 },
                                  { .id = "p", .protocol = "coap" } };
    struct access access = { .id = "a", .service = services, .read = { .path = "/time" } };
    struct profile profile = { .services = services, .service_count = 2 };
    struct subject subject = { .profile = &profile, .service = services, .access = &access };
    pid_t child = coap_peer_start(device, &services[1].port);
    struct probe_run run = run_on(
        &subject, 9, "{\"ask\":\"plain\",\"plain_ports\":[\"9\",\"10\"],\"timeout_ms\":500}");

    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "plain_granted")), 1);
    cr_expect_eq(json_integer_value(json_array_get(json_object_get(run.facts, "plain_granted"), 0)),
                 services[1].port);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "plain_closed")) +
                     json_array_size(json_object_get(run.facts, "plain_unclear")),
                 3, "5683, the port below, and the one that the suite names");
    probe_run_done(&run);
}

Test(coap_access, nothing_is_written_that_is_not_declared_harmless)
{
    struct service service = { .id = "p", .protocol = "coap" };
    struct access access = { .id = "a",
                             .service = &service,
                             .write = { .path = "/time", .method = "PUT" } };
    struct profile profile = { .services = &service, .service_count = 1 };
    struct subject subject = { .profile = &profile, .service = &service, .access = &access };
    static const char ask[] = "{\"ask\":\"resource\",\"request\":\"write\",\"timeout_ms\":500}";
    pid_t child = coap_peer_start(device, &service.port);
    struct probe_run run = run_on(&subject, service.port, ask);

    cr_expect(is(&run, "not_tried", JSON_STRING));
    cr_expect_null(json_object_get(run.facts, "granted"));
    cr_expect_not(transcript_holds(&run.transcript, "PUT"));
    probe_run_done(&run);
    access.write.harmless = true;
    access.write.method = "DELETE";
    run = run_on(&subject, service.port, ask);
    cr_expect(is(&run, "not_tried", JSON_STRING));
    cr_expect_not(transcript_holds(&run.transcript, "DELETE"));
    probe_run_done(&run);
    access.write.method =
        "PUT"; /* declared public: everybody may write, and it is what was there */
    run = run_on(&subject, service.port, ask);
    peer_stop(child);
    cr_expect(is(&run, "granted", JSON_TRUE));
    cr_expect(transcript_holds(&run.transcript, "PUT /time"));
    cr_expect_not(transcript_holds(&run.transcript, "21.5 C"));
    probe_run_done(&run);
}

/* What keys_run makes of the test's seed for "random". */
static void random_key(char identity[17], char key[17])
{
    uint64_t state = 20261121;

    web_random_text(&state, identity, 16);
    web_random_text(&state, key, 16);
}

Test(coap_access, a_device_that_takes_a_wrong_key_is_noticed)
{
    char identity[17];
    char key[17];
    uint16_t port;
    pid_t child;
    struct probe_run run;

    random_key(identity, key);
    child = coap_peer_start_dtls(key, &port);
    run = run_on(NULL, port, "{\"ask\":\"keys\",\"candidates\":[\"random\"],\"path\":\"/thing\"}");
    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(lists(&run, "accepted", "random"));
    cr_expect_not(transcript_holds(&run.transcript, key), "a key is in no transcript");
    cr_expect_not(transcript_holds(&run.transcript, identity));
    probe_run_done(&run);
}

Test(coap_access, wrong_keys_are_refused_and_known_ones_named)
{
    uint16_t port;
    pid_t child = coap_peer_start_dtls("secretPSK", &port);
    struct probe_run run =
        run_on(NULL, port, "{\"ask\":\"keys\",\"candidates\":[\"random\"],\"path\":\"/thing\"}");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "accepted")), 0);
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "rejected_count")), 1);
    cr_expect(is(&run, "complete", JSON_TRUE));
    probe_run_done(&run);
    data_set_root(SOURCE_ROOT);
    run = run_on(NULL, port, "{\"ask\":\"keys\",\"path\":\"/thing\"}");
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(lists(&run, "accepted", "psk:#1 (identity Client_identity)"));
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "tried")), 1, "one is enough");
    probe_run_done(&run);
    peer_stop(child);
}

Test(coap_access, without_a_server_no_key_is_refused)
{
    uint16_t port;
    int fd = udp_peer_bound(&port);
    struct probe_run run =
        run_on(NULL, port, "{\"ask\":\"keys\",\"candidates\":[\"random\"],\"timeout_ms\":300}");

    (void) close(fd);
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "rejected_count")), 0);
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "unclear_count")), 1);
    cr_expect(is(&run, "complete", JSON_FALSE));
    probe_run_done(&run);
}

Test(coap_access, keys_are_text_or_digits)
{
    uint8_t room[COAP_CLIENT_KEY_MAX];
    char longest[2 * COAP_CLIENT_KEY_MAX];
    size_t length = 0;

    cr_assert(coap_key_read("hex:00fF", room, &length));
    cr_assert_eq(length, 2);
    cr_assert_eq(room[1], 0xff);
    cr_assert(coap_key_read("hexagon", room, &length));
    cr_assert_eq(length, 7);
    cr_assert_not(coap_key_read("", room, &length));
    cr_assert_not(coap_key_read("hex:", room, &length));
    cr_assert_not(coap_key_read("hex:abc", room, &length));
    cr_assert_not(coap_key_read("hex:0x", room, &length));
    memset(longest, 'k', sizeof longest);
    longest[COAP_CLIENT_KEY_MAX] = '\0';
    cr_assert(coap_key_read(longest, room, &length));
    longest[COAP_CLIENT_KEY_MAX] = 'k';
    longest[COAP_CLIENT_KEY_MAX + 1] = '\0';
    cr_assert_not(coap_key_read(longest, room, &length));
}

Test(coap_access, codes_are_read_as_they_are_meant)
{
    static const struct {
        unsigned code;
        size_t body;
        bool writes;
        enum coap_word word;
    } rows[] = {
        { 205, 3, false, COAP_VIEW_GRANTED }, { 205, 0, false, COAP_VIEW_OPEN },
        { 204, 0, true, COAP_VIEW_GRANTED },  { 204, 0, false, COAP_VIEW_OPEN },
        { 401, 9, false, COAP_VIEW_REFUSED }, { 403, 0, true, COAP_VIEW_REFUSED },
        { 404, 0, false, COAP_VIEW_REFUSED }, { 405, 0, false, COAP_VIEW_REFUSED },
        { 400, 0, false, COAP_VIEW_OPEN },    { 429, 0, false, COAP_VIEW_OPEN },
        { 500, 0, false, COAP_VIEW_OPEN },    { 503, 5, true, COAP_VIEW_OPEN },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct coap_client_answer answer = { .event = COAP_CLIENT_ANSWERED,
                                             .code = rows[i].code,
                                             .body.length = rows[i].body };

        cr_expect_eq((int) coap_view(&answer, rows[i].writes).word, (int) rows[i].word, "%u",
                     rows[i].code);
    }
}
