/* Brokers that mean harm: slow, endless, with lengths that are not so, hanging up at any byte.
 * The probe must come to its end, in time, with facts that claim nothing. */
#include "support/mqtt_peer.h"
#include "support/peer_run.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern const struct probe probe_mqtt_access;

enum { LET_IN_LENGTH = 4, END_MS = 45000 };

TestSuite(mqtt_hostile, .timeout = 120);

struct text {
    const char *data;
    size_t length;
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

/* What the broker does after each kind of packet. */
static struct script {
    struct text connack;
    struct text suback;
    size_t cut;        /* hangs up after so many bytes; 0: does not */
    unsigned slow_ms;  /* between two bytes */
    const char *flood; /* is sent again and again once somebody subscribes */
    size_t flood_length;
    bool is_polite_first; /* answers the subscription before the flood */
} script;

static size_t sent;

static void send_all(int fd, const void *data, size_t length)
{
    const char *at = data;

    for (size_t i = 0; i < length; i++) {
        struct timespec pause = { .tv_nsec = (long) script.slow_ms * 1000000 };

        mqtt_put(fd, at + i, 1);
        sent++;
        if (script.slow_ms > 0) {
            (void) nanosleep(&pause, NULL);
        }
        if (script.cut > 0 && sent >= script.cut) {
            _exit(0);
        }
    }
}

static void broker(int fd)
{
    struct mqtt_packet packet = { 0 };

    sent = 0;
    while (mqtt_get(fd, &packet)) {
        if (packet.type == MQTT_PACKET_CONNECT) {
            send_all(fd, script.connack.data, script.connack.length);
        } else if (packet.type == MQTT_PACKET_SUBSCRIBE) {
            uint8_t granted[] = { 0x90, 3, packet.body[0], packet.body[1], 0 };

            if (script.suback.data != NULL) {
                send_all(fd, script.suback.data, script.suback.length);
            } else if (script.flood == NULL || script.is_polite_first) {
                send_all(fd, granted, sizeof granted);
            }
            while (script.flood != NULL && (!script.is_polite_first || packet.body[1] >= 2)) {
                mqtt_put(fd, script.flood, script.flood_length);
            }
        }
    }
}

static struct probe_run ask(struct script how, const char *version)
{
    int64_t begun_ms = clock_monotonic_ms();
    char params[128];
    struct probe_run run;

    script = how;
    (void) snprintf(params, sizeof params,
                    "{\"version\":\"%s\",\"publish\":false,\"wait_ms\":300,\"timeout_ms\":1000}",
                    version);
    run = peer_run(&probe_mqtt_access, NULL, broker, params, END_MS);
    cr_expect_lt(clock_monotonic_ms() - begun_ms, END_MS);
    return run;
}

static const struct text let_in = TEXT("\x20\x02\x00\x00");

Test(mqtt_hostile, hanging_up_at_any_byte)
{
    for (size_t cut = 1; cut <= LET_IN_LENGTH + 5 + 4; cut++) {
        struct probe_run run = ask((struct script){ .connack = let_in, .cut = cut }, "3.1.1");

        if (cut < LET_IN_LENGTH) {
            cr_expect_null(json_object_get(run.facts, "connected"), "%zu", cut);
        } else {
            cr_expect(is(&run, "connected"), "%zu", cut);
            cr_expect_not(is(&run, "complete"), "%zu", cut);
        }
        cr_expect_eq(json_array_size(json_object_get(run.facts, "received_topics")), 0);
        probe_run_done(&run);
    }
}

Test(mqtt_hostile, connacks_that_are_none)
{
    static const struct text connacks[] = {
        TEXT("\x20\xff\xff\xff\x7f"),             /* 256 MB are to come */
        TEXT("\x20\xff\xff\xff\xff\xff"),         /* a length of five bytes */
        TEXT("\x20\x00"),                         /* no body */
        TEXT("\x20\x01\x00"),                     /* half a body */
        TEXT("\x90\x03\x00\x01\x00"),             /* another packet */
        TEXT("\x00\x00"),                         /* no packet at all */
        TEXT("\xf0\x02\x00\x00"),                 /* reserved in 3.1.1 */
        TEXT("* OK IMAP4rev1 ready\r\n"),         /* begins like one */
        TEXT("HTTP/1.1 400 Bad Request\r\n\r\n"), /* another protocol */
    };
    static const char *const versions[] = { "3.1.1", "5" };

    for (size_t i = 0; i < sizeof connacks / sizeof connacks[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            struct probe_run run = ask((struct script){ .connack = connacks[i] }, versions[j]);

            cr_expect_null(json_object_get(run.facts, "connected"), "%zu in %s", i, versions[j]);
            probe_run_done(&run);
        }
    }
}

Test(mqtt_hostile, properties_that_reach_beyond_their_packet)
{
    static const struct text connacks[] = {
        TEXT("\x20\x03\x00\x00\x7f"),             /* 127 bytes of properties, none there */
        TEXT("\x20\x04\x00\x00\xff\xff"),         /* their length has no end */
        TEXT("\x20\x06\x00\x00\x03\x1f\xff\xff"), /* a text of 65535 bytes */
        TEXT("\x20\x05\x00\x00\x02\xee\x00"),     /* a property that there is not */
    };

    for (size_t i = 0; i < sizeof connacks / sizeof connacks[0]; i++) {
        struct probe_run run = ask((struct script){ .connack = connacks[i] }, "5");

        cr_expect_not(is(&run, "connected") && is(&run, "complete"), "%zu", i);
        probe_run_done(&run);
    }
}

Test(mqtt_hostile, answers_to_a_subscription_that_are_none)
{
    static const struct text subacks[] = {
        TEXT("\x90\x00"),
        TEXT("\x90\x02\x00\x01"),            /* no code */
        TEXT("\x90\xff\xff\xff\x7f"),        /* 256 MB are to come */
        TEXT("\x30\x02\xff\xff"),            /* a topic longer than its packet */
        TEXT("\x30\x00"),                    /* a message without a topic */
        TEXT("\x32\x04\x00\x02zz"),          /* without its number */
        TEXT("\x36\x07\x00\x02zz\x00\x01x"), /* quality of service 3 */
        TEXT("\xe0\x00"),                    /* the server says goodbye */
    };

    for (size_t i = 0; i < sizeof subacks / sizeof subacks[0]; i++) {
        struct probe_run run =
            ask((struct script){ .connack = let_in, .suback = subacks[i] }, "3.1.1");

        cr_expect(is(&run, "connected"), "%zu", i);
        cr_expect_not(is(&run, "complete"), "%zu", i);
        probe_run_done(&run);
    }
}

Test(mqtt_hostile, a_byte_now_and_then)
{
    struct probe_run run = ask((struct script){ .connack = let_in, .slow_ms = 900 }, "3.1.1");

    cr_expect_not(is(&run, "complete"));
    probe_run_done(&run);
}

#define MESSAGE "\x30\x09\x00\x01zPLANTE"

Test(mqtt_hostile, messages_without_end)
{
    for (int polite = 0; polite < 2; polite++) {
        struct probe_run run = ask((struct script){ .connack = let_in,
                                                    .flood = MESSAGE,
                                                    .flood_length = sizeof MESSAGE - 1,
                                                    .is_polite_first = polite == 1 },
                                   "3.1.1");

        cr_expect(is(&run, "connected"));
        if (polite == 1) {
            cr_expect_eq(json_array_size(json_object_get(run.facts, "received_topics")), 1);
        } else {
            cr_expect_not(is(&run, "complete"));
        }
        cr_expect_not(transcript_holds(&run.transcript, "PLANTE"));
        probe_run_done(&run);
    }
}
