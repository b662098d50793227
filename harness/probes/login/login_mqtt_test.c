#include "probe/data.h"
#include "support/account.h"
#include "support/mqtt_peer.h"
#include "support/peer_run.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>

extern const struct probe probe_login;

#define RIGHT "PLANTEDbroker"

static void root_set(void)
{
    data_set_root(SOURCE_ROOT);
}

TestSuite(login_mqtt, .init = root_set, .timeout = 90);

static const uint8_t accepted[] = { 0x20, 2, 0, 0 };
static const uint8_t accepted_5[] = { 0x20, 3, 0, 0, 0 };
static const uint8_t refused[] = { 0x20, 2, 0, 4 };
static const uint8_t refused_5[] = { 0x20, 3, 0, 0x86, 0 };
static const uint8_t other_version[] = { 0x20, 2, 0, 1 };
static const uint8_t unavailable[] = { 0x20, 2, 0, 3 };

/* What one broker does. */
static struct manner {
    bool takes_everybody;  /* CONNACK says yes to all ... */
    bool subscribes_right; /* ... and SUBACK only to the right ones */
    bool subscribes_nobody;
    bool weak; /* admin/admin as well */
    bool only_5;
    bool unavailable;
    bool hangs_up; /* instead of refusing */
    bool deaf;     /* accepts, and never answers again */
} manner;

static bool is_right(const struct mqtt_packet *connect)
{
    return mqtt_carries(connect, "admin", RIGHT) ||
           (manner.weak && mqtt_carries(connect, "admin", "admin"));
}

static bool greet(int fd, const struct mqtt_packet *connect, bool is_5)
{
    if (manner.only_5 && !is_5) {
        mqtt_put(fd, other_version, sizeof other_version);
        return false;
    }
    if (manner.unavailable) {
        mqtt_put(fd, unavailable, sizeof unavailable);
        return false;
    }
    if (manner.takes_everybody || is_right(connect)) {
        mqtt_put(fd, is_5 ? accepted_5 : accepted, is_5 ? sizeof accepted_5 : sizeof accepted);
        return true;
    }
    if (!manner.hangs_up) {
        mqtt_put(fd, is_5 ? refused_5 : refused, is_5 ? sizeof refused_5 : sizeof refused);
    }
    return false;
}

static void broker(int fd)
{
    struct mqtt_packet packet = { 0 };
    bool right = false;
    bool is_5 = false;

    while (mqtt_get(fd, &packet)) {
        if (packet.type == MQTT_PACKET_CONNECT) {
            is_5 = packet.body[MQTT_LEVEL_AT] == 5;
            right = is_right(&packet);
            if (!greet(fd, &packet, is_5)) {
                return;
            }
        } else if (packet.type == MQTT_PACKET_SUBSCRIBE && !manner.deaf) {
            bool grants = !manner.subscribes_nobody && (!manner.subscribes_right || right);
            uint8_t code = grants ? 0 : 0x80;
            uint8_t answer[] = { 0x90, 3, packet.body[0], packet.body[1], code };
            uint8_t answer_5[] = { 0x90, 4, packet.body[0], packet.body[1], 0, code };

            mqtt_put(fd, is_5 ? answer_5 : answer, is_5 ? sizeof answer_5 : sizeof answer);
        }
    }
}

static struct probe_run talk_to(struct manner how, const char *candidates)
{
    struct service service = { .protocol = "mqtt" };
    struct credential credential = account("admin", RIGHT);
    struct auth auth = {
        .id = "t", .service = &service, .credentials = &credential, .credential_count = 1
    };
    struct profile profile = { .auths = &auth, .auth_count = 1 };
    struct subject subject = { .profile = &profile, .auth = &auth, .service = &service };
    char params[160];
    struct probe_run run;

    manner = how;
    (void) snprintf(params, sizeof params,
                    "{\"candidates\":[%s],\"budget\":100,\"timeout_ms\":2000,\"lock_max_s\":1}",
                    candidates);
    run = peer_run(&probe_login, &subject, broker, params, 60000);
    cr_expect_not(transcript_holds(&run.transcript, RIGHT));
    secret_done(&credential.secret);
    return run;
}

Test(login_mqtt, a_sound_broker_takes_the_declared_password_alone)
{
    static const struct manner manners[] = { { .weak = false }, { .only_5 = true } };

    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        struct probe_run run =
            talk_to(manners[i], "\"blank\",\"anonymous\",\"random\",\"declared\"");

        cr_expect_eq(number(&run, "accepted_count"), 1, "%zu", i);
        cr_expect_not_null(strstr(first(&run, "proofs"),
                                  "declared (role admin): a subscription was granted; "
                                  "strangers are refused"),
                           "%zu: %s", i, first(&run, "proofs"));
        cr_expect_eq(number(&run, "unclear_count"), 0, "%zu", i);
        cr_expect(is(&run, "right_login_before"), "%zu", i);
        cr_expect(is(&run, "complete"), "%zu", i);
        probe_run_done(&run);
    }
}

Test(login_mqtt, a_common_pair_is_found)
{
    struct probe_run run = talk_to((struct manner){ .weak = true }, "\"list:common\"");

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(
        strstr(first(&run, "proofs"), "a subscription was granted; strangers are refused"));
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_mqtt, a_broker_that_takes_everybody_fails_the_known_bad_control)
{
    struct probe_run run = talk_to((struct manner){ .takes_everybody = true }, "\"random\"");

    cr_expect_eq(number(&run, "accepted_count"), 2);
    cr_expect_not_null(strstr(first(&run, "proofs"), "strangers may be let in too"), "%s",
                       first(&run, "proofs"));
    probe_run_done(&run);
}

/* Accepting the connection is not yet a log-in: some brokers ask for it at the first packet. */
Test(login_mqtt, a_connection_that_may_do_nothing_is_neither_accepted_nor_rejected)
{
    static const struct manner manners[] = {
        { .takes_everybody = true, .subscribes_right = true },
        { .takes_everybody = true, .deaf = true },
    };

    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        struct probe_run run = talk_to(manners[i], "\"random\"");

        cr_expect_eq(number(&run, "accepted_count"), 0, "%zu", i);
        cr_expect_eq(number(&run, "rejected_count"), 0, "%zu", i);
        cr_expect_not(is(&run, "complete"), "%zu", i);
        probe_run_done(&run);
    }
}

Test(login_mqtt, one_who_may_subscribe_to_nothing_is_known_by_what_strangers_get)
{
    struct probe_run run =
        talk_to((struct manner){ .subscribes_nobody = true }, "\"random\",\"declared\"");

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "let in, and strangers are refused"), "%s",
                       first(&run, "proofs"));
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_mqtt, a_busy_broker_has_locked)
{
    struct probe_run run = talk_to((struct manner){ .unavailable = true }, "\"random\"");

    cr_expect(is(&run, "locked"));
    cr_expect_eq(number(&run, "rejected_count"), 0);
    cr_expect_not(is(&run, "complete"));
    probe_run_done(&run);
}

/* A crash looks the same. */
Test(login_mqtt, hanging_up_without_a_word_is_no_refusal)
{
    struct probe_run run = talk_to((struct manner){ .hangs_up = true }, "\"random\"");

    cr_expect_eq(number(&run, "rejected_count"), 0);
    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_not(is(&run, "complete"));
    probe_run_done(&run);
}
