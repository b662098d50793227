#include "support/peer.h"
#include "support/probe_run.h"

#include "probe/data.h"
#include "wire/snmp_message.h"

#include <string.h>

extern const struct probe probe_snmp_access;

/* What an invented agent does with a request of this community. */
enum manner { OPEN_TO_PUBLIC, OPEN_TO_ALL, MUTE, ENDLESS, WRONG_ID, SMALL };

static bool community_is(const uint8_t *data, size_t length, const char *word)
{
    return memmem(data, length, word, strlen(word)) != NULL;
}

static size_t answer_make(enum manner manner, const uint8_t *data, size_t length, uint8_t *room,
                          size_t size)
{
    struct builder builder = builder_over(room, size);
    struct wire_snmp_pdu pdu;
    unsigned version = WIRE_SNMP_V2C;

    (void) wire_snmp_version(data, length, &version);
    if (manner == MUTE || !wire_snmp_read(data, length, &pdu) ||
        (manner != OPEN_TO_ALL && !community_is(data, length, "public"))) {
        return 0;
    }
    if (manner != ENDLESS) {
        (void) wire_snmp_oid_parse("1.3.6.1.2.1.1.1.0", &pdu.name);
    }
    pdu.kind = WIRE_SNMP_RESPONSE;
    pdu.id += manner == WRONG_ID;
    pdu.tag = WIRE_SNMP_TAG_OCTETS;
    pdu.value = (const uint8_t *) "invented";
    pdu.value_length = 8;
    wire_snmp_write(&builder, version, "public", 6, &pdu);
    return builder.length;
}

/* An agent in a child that ends with the test. */
static uint16_t agent_start(enum manner manner)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    pid_t child;

    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) alarm(60);
        for (;;) {
            uint8_t room[2048];
            uint8_t answer[2048];
            struct sockaddr_in from;
            socklen_t from_length = sizeof from;
            ssize_t got =
                recvfrom(fd, room, sizeof room, 0, (struct sockaddr *) &from, &from_length);
            size_t made =
                got > 0 ? answer_make(manner, room, (size_t) got, answer, sizeof answer) : 0;

            if (made > 0) {
                (void) sendto(fd, answer, made, 0, (struct sockaddr *) &from, from_length);
            }
            if (manner == SMALL) { /* no room for what comes while it is busy */
                (void) usleep(4000);
                while (recv(fd, room, sizeof room, MSG_DONTWAIT) >= 0) {
                }
            }
        }
    }
    (void) close(fd);
    return ntohs(address.sin_port);
}

static struct probe_run run_on(enum manner manner)
{
    static const struct subject subject = { 0 };

    data_set_root(SOURCE_ROOT);
    return probe_run(&probe_snmp_access, &subject, "127.0.0.1", agent_start(manner),
                     manner == SMALL
                         ? "{\"timeout_ms\":100,\"datagrams_per_second\":2000}"
                         : "{\"timeout_ms\":100,\"retries\":0,\"datagrams_per_second\":10000}",
                     20000);
}

static size_t members(const struct probe_run *run, const char *fact)
{
    return json_array_size(json_object_get(run->facts, fact));
}

Test(snmp_access, says_who_was_let_in)
{
    struct probe_run run = run_on(OPEN_TO_PUBLIC);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_assert_eq(members(&run, "granted"), 2);
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(run.facts, "granted"), 0)),
                     "communities:#1 (v2c)");
    cr_assert(json_is_true(json_object_get(run.facts, "agent_seen")));
    cr_assert_null(json_object_get(run.facts, "declared_reads"));
    cr_assert_null(json_object_get(run.facts, "writable"));
    cr_assert_not_null(json_object_get(run.facts, "write_not_tried"));
    probe_run_done(&run);
}

Test(snmp_access, finds_the_well_known_at_an_agent_that_drops_most_of_a_burst)
{
    struct probe_run run = run_on(SMALL);

    cr_assert_eq(members(&run, "granted"), 2);
    probe_run_done(&run);
}

Test(snmp_access, sees_that_anything_is_let_in)
{
    struct probe_run run = run_on(OPEN_TO_ALL);

    cr_assert(json_is_true(json_object_get(run.facts, "random_granted")));
    probe_run_done(&run);
}

Test(snmp_access, concludes_nothing_from_silence)
{
    struct probe_run run = run_on(MUTE);

    cr_assert_eq(run.status, STATUS_OK);
    cr_assert_eq(members(&run, "granted"), 0);
    cr_assert(json_is_false(json_object_get(run.facts, "agent_seen")));
    cr_assert_null(json_object_get(run.facts, "random_granted"));
    probe_run_done(&run);
}

Test(snmp_access, does_not_walk_in_circles)
{
    struct probe_run run = run_on(ENDLESS);

    cr_assert_eq(json_integer_value(json_object_get(run.facts, "objects_read")), 0);
    probe_run_done(&run);
}

Test(snmp_access, takes_no_answer_to_another_question)
{
    struct probe_run run = run_on(WRONG_ID);

    cr_assert_eq(members(&run, "granted"), 0);
    cr_assert(json_is_false(json_object_get(run.facts, "agent_seen")));
    probe_run_done(&run);
}
