/* Recorded servers, whole and cut short, and hostile ones on loopback.  What matters is that no
 * fact is claimed that was not seen, and that everything comes to an end. */
#include "support/peer.h"
#include "support/probe_run.h"

#include "invented.h"
#include "report.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

extern const struct probe probe_ssh_server;

enum { FIXTURE_MAX = 8192, CONNECTIONS_MAX = 8 };

static uint8_t recorded[CONNECTIONS_MAX][FIXTURE_MAX];

static struct script recording(size_t slot, const char *name, enum tcp_event ends_by)
{
    char path[512];
    FILE *file;
    size_t length;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    length = fread(recorded[slot], 1, sizeof recorded[slot], file);
    (void) fclose(file);
    return (struct script){ .data = recorded[slot], .length = length, .ends_by = ends_by };
}

/* The order of a whole survey: four groups, then a key for each algorithm. */
static size_t openssh(struct script scripts[CONNECTIONS_MAX])
{
    scripts[0] = recording(0, "openssh_group.bin", TCP_OK);
    scripts[1] = recording(1, "openssh_no_group.bin", TCP_CLOSED);
    scripts[2] = recording(2, "openssh_no_group.bin", TCP_RESET);
    scripts[3] = recording(3, "openssh_group.bin", TCP_OK);
    scripts[4] = recording(4, "openssh_rsa.bin", TCP_OK);
    scripts[5] = recording(5, "openssh_rsa.bin", TCP_OK);
    scripts[6] = recording(6, "openssh_ecdsa.bin", TCP_OK);
    scripts[7] = recording(7, "openssh_ed25519.bin", TCP_OK);
    return 8;
}

/* New reference: facts that fit the declared table. */
static json_t *facts_of(const struct script *scripts, size_t count, size_t piece)
{
    struct invented server = { .scripts = scripts, .count = count, .piece = piece };
    struct dialer dialer = invented_dialer(&server);
    struct survey *survey = calloc(1, sizeof *survey);
    struct probe_call call = { .facts = json_object() };
    struct error error = { 0 };

    cr_assert_not_null(survey);
    ssh_server_survey_start(survey, &dialer, 1);
    survey->wants_groups = survey->wants_keys = true;
    cr_assert_eq(ssh_server_survey_run(survey, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(ssh_server_report(&call, survey, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(facts_check(probe_ssh_server.decl.facts, call.facts, &error), STATUS_OK, "%s",
                 error.message);
    ssh_server_survey_done(survey);
    cr_assert_not(server.is_open);
    free(survey);
    return call.facts;
}

/* The fact as compact JSON; "(none)" when it is left out. */
static void expect(const json_t *facts, const char *name, const char *wanted)
{
    const json_t *value = json_object_get(facts, name);
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    cr_expect_str_eq(text == NULL ? "(none)" : text, wanted, "%s is %s, not %s", name,
                     text == NULL ? "(none)" : text, wanted);
    free(text);
}

static const char *cell(const json_t *facts, const char *table, size_t row, const char *column)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(facts, table), row), column));
}

static long long number(const json_t *facts, const char *table, size_t row, const char *column)
{
    return json_integer_value(
        json_object_get(json_array_get(json_object_get(facts, table), row), column));
}

Test(ssh_server, openssh_as_debian_sets_it_up)
{
    struct script scripts[CONNECTIONS_MAX];
    json_t *facts = facts_of(scripts, openssh(scripts), 0);

    expect(facts, "speaks_ssh", "true");
    expect(facts, "protocol", "\"2.0\"");
    expect(facts, "software", "\"OpenSSH_9.2p1\"");
    expect(facts, "comments", "\"Debian-2+deb12u10\"");
    expect(facts, "kexinit_complete", "true");
    expect(facts, "kex_markers", "[\"kex-strict-s-v00@openssh.com\"]");
    expect(facts, "post_quantum",
           "[\"sntrup761x25519-sha512\",\"sntrup761x25519-sha512@openssh.com\"]");
    expect(facts, "strict_kex", "true");
    expect(facts, "prefix_truncation", "[]");
    expect(facts, "directions_differ", "[]");
    expect(facts, "lists_changed", "false");
    expect(facts, "dh_groups_complete", "true");
    expect(facts, "host_keys_complete", "true");
    cr_expect_eq(json_array_size(json_object_get(facts, "dh_groups")), 2);
    cr_expect_eq(number(facts, "dh_groups", 0, "bits"), 2048);
    cr_expect_eq(number(facts, "dh_groups", 1, "minimum"), 2048);
    cr_expect_eq(json_array_size(json_object_get(facts, "dh_groups_refused")), 2);
    cr_assert_eq(json_array_size(json_object_get(facts, "host_keys")), 4);
    cr_expect_str_eq(cell(facts, "host_keys", 0, "algorithm"), "rsa-sha2-512");
    cr_expect_str_eq(cell(facts, "host_keys", 0, "type"), "ssh-rsa");
    cr_expect_str_eq(cell(facts, "host_keys", 0, "fingerprint"),
                     "SHA256:qtCXjAtZ7BTt95NG6q/Z74trS25q6QczU3QH7cRD+PU");
    cr_expect_eq(number(facts, "host_keys", 0, "bits"), 3072);
    cr_expect_eq(number(facts, "host_keys", 2, "strength_bits"), 128);
    cr_expect_str_eq(cell(facts, "host_keys", 3, "kind"), "Ed25519");
    expect(facts, "undetermined", "(none)");
    json_decref(facts);
}

Test(ssh_server, pieces_of_any_size_say_the_same)
{
    struct script scripts[CONNECTIONS_MAX];
    size_t count = openssh(scripts);
    json_t *whole = facts_of(scripts, count, 0);
    static const size_t pieces[] = { 1, 2, 3, 5, 64, 1000 };

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        json_t *facts = facts_of(scripts, count, pieces[i]);

        cr_expect(json_equal(whole, facts), "pieces of %zu", pieces[i]);
        json_decref(facts);
    }
    json_decref(whole);
}

Test(ssh_server, a_server_without_strict_key_exchange)
{
    struct script scripts[] = { recording(0, "tinyssh_ed25519.bin", TCP_OK) };
    json_t *facts = facts_of(scripts, 1, 0);

    expect(facts, "strict_kex", "false");
    expect(facts, "prefix_truncation", "[\"chacha20-poly1305@openssh.com\"]");
    expect(facts, "dh_groups", "[]");
    expect(facts, "dh_groups_complete", "true");
    expect(facts, "host_keys_complete", "true");
    json_decref(facts);
}

/* The first connection has no key of ssh-ed25519: the recording is of its ssh-rsa. */
Test(ssh_server, old_algorithms_and_a_short_key)
{
    struct script scripts[CONNECTIONS_MAX];
    json_t *facts;

    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        scripts[i] = recording(i, "openssh_rsa1024.bin", TCP_OK);
    }
    facts = facts_of(scripts, CONNECTIONS_MAX, 0);
    expect(facts, "ciphers", "[\"aes128-cbc\",\"3des-cbc\",\"aes128-ctr\"]");
    expect(facts, "kex",
           "[\"diffie-hellman-group1-sha1\",\"diffie-hellman-group-exchange-sha1\","
           "\"diffie-hellman-group-exchange-sha256\",\"curve25519-sha256\"]");
    expect(facts, "macs", "[\"hmac-md5-96\",\"hmac-sha1\",\"hmac-sha2-256-etm@openssh.com\"]");
    json_decref(facts);
}

Test(ssh_server, a_short_rsa_key_is_counted)
{
    struct script scripts[] = { recording(0, "openssh_rsa1024.bin", TCP_OK),
                                recording(1, "openssh_rsa1024.bin", TCP_OK) };
    struct invented server = { .scripts = scripts, .count = 2 };
    struct dialer dialer = invented_dialer(&server);
    struct survey *survey = calloc(1, sizeof *survey);
    struct probe_call call = { .facts = json_object() };

    ssh_server_survey_start(survey, &dialer, 1);
    survey->wants_keys = true;
    cr_assert_eq(ssh_server_survey_run(survey, NULL), STATUS_OK);
    cr_assert_eq(ssh_server_report(&call, survey, NULL), STATUS_OK);
    cr_expect_eq(number(call.facts, "host_keys", 0, "bits"), 1024);
    cr_expect_eq(number(call.facts, "host_keys", 0, "strength_bits"), 80);
    cr_expect_str_eq(cell(call.facts, "host_keys", 0, "signature"), "ssh-rsa");
    ssh_server_survey_done(survey);
    free(survey);
    json_decref(call.facts);
}

/* Cut at every byte, and whatever way it ends: what is claimed is what the whole one claims. */
Test(ssh_server, a_server_that_ends_at_any_byte_proves_nothing_absent)
{
    static const enum tcp_event ways[] = { TCP_OK, TCP_CLOSED, TCP_RESET };
    struct script whole[CONNECTIONS_MAX];
    size_t count = openssh(whole);
    json_t *truth = facts_of(whole, count, 0);
    size_t kexinit_ends = whole[1].length; /* nothing follows it there */

    for (size_t way = 0; way < 3; way++) {
        for (size_t length = 0; length < whole[0].length; length += length < 60 ? 1 : 13) {
            struct script cut[2] = { whole[0], whole[0] };
            json_t *facts;

            cut[0].length = cut[1].length = length;
            cut[0].ends_by = cut[1].ends_by = ways[way];
            facts = facts_of(cut, 2, 0);
            cr_expect_eq(json_object_get(facts, "kex") != NULL, length >= kexinit_ends, "%zu %zu",
                         way, length);
            cr_expect(length < kexinit_ends ||
                      json_equal(json_object_get(facts, "kex"), json_object_get(truth, "kex")));
            cr_expect_not(json_is_true(json_object_get(facts, "host_keys_complete")));
            json_decref(facts);
        }
    }
    json_decref(truth);
}

Test(ssh_server, silence_to_a_request_for_a_group_is_no_refusal)
{
    struct script scripts[CONNECTIONS_MAX];
    size_t count = openssh(scripts);
    json_t *facts;

    scripts[1].ends_by = TCP_OK;
    facts = facts_of(scripts, count, 0);
    expect(facts, "dh_groups_complete", "false");
    cr_expect_eq(json_array_size(json_object_get(facts, "dh_groups_refused")), 1);
    json_decref(facts);
}

Test(ssh_server, a_server_that_never_gives_a_group_has_refused_none)
{
    struct script scripts[CONNECTIONS_MAX];
    json_t *facts;

    for (size_t i = 0; i < 5; i++) {
        scripts[i] = recording(i, "openssh_no_group.bin", TCP_CLOSED);
    }
    facts = facts_of(scripts, 5, 0);
    expect(facts, "dh_groups", "[]");
    expect(facts, "dh_groups_complete", "false");
    json_decref(facts);
    scripts[4] = recording(4, "openssh_group.bin", TCP_OK);
    facts = facts_of(scripts, 5, 0);
    expect(facts, "dh_groups_complete", "true");
    cr_expect_eq(number(facts, "dh_groups", 0, "bits"), 2048);
    json_decref(facts);
}

/* ---- over TCP ---- */

static void put_packet(int fd, const void *payload, size_t length)
{
    uint8_t packet[4096];
    size_t whole = wire_ssh_packet_build(payload, length, packet, sizeof packet);

    (void) !write(fd, packet, whole);
}

static void say(int fd, const char *text)
{
    (void) !write(fd, text, strlen(text));
}

static void endless_lines(int fd)
{
    while (write(fd, "Welcome.\r\n", 10) > 0) {
    }
}

static void slow_drip(int fd)
{
    while (write(fd, "S", 1) > 0) {
        (void) usleep(20000);
    }
}

static void long_packet(int fd)
{
    say(fd, "SSH-2.0-x\r\n\xff\xff\xff\xf4\x04");
    (void) pause();
}

static void wrong_padding(int fd)
{
    static const char packet[] = "SSH-2.0-x\r\n\0\0\0\x0c\xff\x14"
                                 "abcdefghij";

    (void) !write(fd, packet, sizeof packet - 1);
    (void) pause();
}

static void endless_asides(int fd)
{
    static const uint8_t ignore[] = { SSH_MSG_IGNORE, 0, 0, 0, 0 };

    say(fd, "SSH-2.0-x\r\n");
    for (;;) {
        put_packet(fd, ignore, sizeof ignore);
    }
}

static void many_names(int fd)
{
    static uint8_t packet[SSH_PACKET_MAX];
    static uint8_t payload[SSH_PACKET_MAX - 64];
    static const uint8_t cookie[SSH_COOKIE_LENGTH];
    struct builder builder = builder_over(payload, sizeof payload);
    size_t whole;

    builder_u8(&builder, SSH_MSG_KEXINIT);
    builder_put(&builder, cookie, sizeof cookie);
    builder_u32(&builder, 60000);
    for (size_t i = 0; i < 30000; i++) {
        builder_put(&builder, "a,", 2);
    }
    for (size_t i = 1; i < SSH_LISTS; i++) {
        builder_u32(&builder, 0);
    }
    builder_u8(&builder, 0);
    builder_u32(&builder, 0);
    whole = wire_ssh_packet_build(payload, builder.length, packet, sizeof packet);
    say(fd, "SSH-2.0-x\r\n");
    (void) !write(fd, packet, whole);
    (void) pause();
}

static void speaks_http(int fd)
{
    say(fd, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

static void silent(int fd)
{
    (void) fd;
    (void) pause();
}

Test(ssh_server, hostile_servers_are_data, .timeout = 60)
{
    static const struct {
        void (*serve)(int fd);
        const char *speaks_ssh; /* as JSON; "(none)": left out */
        const char *why;        /* in `undetermined` */
    } cases[] = {
        { endless_lines, "(none)", "too much came before any identification" },
        { slow_drip, "(none)", "timeout" },
        { long_packet, "true", "longer than 64 KiB" },
        { wrong_padding, "true", "padding" },
        { endless_asides, "true", "nothing but messages to be ignored" },
        { many_names, "true", "more than 256 names" },
        { speaks_http, "(none)", "HTTP/1.1 400" },
        { silent, "(none)", "timeout" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint16_t port = 0;
        pid_t peer = peer_start(cases[i].serve, &port);
        int64_t began_ms = clock_monotonic_ms();
        struct probe_run run =
            probe_run(&probe_ssh_server, NULL, "127.0.0.1", port, "{\"timeout_ms\": 400}", 30000);
        char *why = json_dumps(json_object_get(run.facts, "undetermined"), JSON_COMPACT);

        cr_assert_eq(run.status, STATUS_OK, "case %zu: %s", i, run.error.message);
        expect(run.facts, "speaks_ssh", cases[i].speaks_ssh);
        expect(run.facts, "kex", "(none)");
        expect(run.facts, "host_keys", "(none)");
        cr_expect(why != NULL && strstr(why, cases[i].why) != NULL, "case %zu: %s", i, why);
        cr_expect_lt(clock_monotonic_ms() - began_ms, 5000, "case %zu", i);
        cr_expect_lt(run.transcript.received, 4 * TALK_HEARD_MAX);
        free(why);
        probe_run_done(&run);
        peer_stop(peer);
    }
}

Test(ssh_server, nobody_there_is_no_fact)
{
    uint16_t port = 0;
    int listener = peer_listen(1, &port);
    struct probe_run run;

    (void) close(listener);
    run = probe_run(&probe_ssh_server, NULL, "127.0.0.1", port, "{}", 5000);
    cr_assert_eq(run.status, STATUS_OK);
    expect(run.facts, "speaks_ssh", "(none)");
    expect(run.facts, "kex", "(none)");
    probe_run_done(&run);
}
