#include "probe/tls_survey.h"

static const char *const words[TOLERANCE_COUNT] = {
    [TOLERANCE_GREASE] = "grease",
    [TOLERANCE_UNKNOWN_EXTENSION] = "unknown extension",
    [TOLERANCE_LEGACY_VERSION] = "legacy version 0x0304",
    [TOLERANCE_SESSION_ID] = "long session id",
    [TOLERANCE_OVER_256] = "hello over 256",
    [TOLERANCE_OVER_511] = "hello over 511",
    [TOLERANCE_OVER_4096] = "hello over 4096",
    [TOLERANCE_OVER_16384] = "hello over 16384",
};

const char *tls_server_tolerance_word(enum tolerance_question question)
{
    return words[question];
}

/* One that no server gave. */
static const uint8_t session_id[32] = "hoshitori";

/* The hello that is known to be accepted, with one thing more. */
static struct tls_hello tolerance_hello(const struct asker *asker, enum tolerance_question question)
{
    struct tls_hello hello = asker->known_good;

    switch (question) {
    case TOLERANCE_GREASE:
        hello.grease = true;
        break;
    case TOLERANCE_UNKNOWN_EXTENSION:
        hello.unknown_extension = true;
        break;
    case TOLERANCE_LEGACY_VERSION:
        hello.legacy_version = TLS_VERSION_13;
        break;
    case TOLERANCE_SESSION_ID:
        hello.session_id = session_id;
        hello.session_id_length = sizeof session_id;
        break;
    case TOLERANCE_OVER_256:
        hello.length_least = 400;
        break;
    case TOLERANCE_OVER_511:
        hello.length_least = 1000;
        break;
    case TOLERANCE_OVER_4096:
        hello.length_least = 5000;
        break;
    case TOLERANCE_OVER_16384:
    case TOLERANCE_COUNT:
        hello.length_least = 17000;
        break;
    }
    return hello;
}

/* A server that is met by silence or a close twice, and answers the same hello without the one
 * thing in between and after, does not bear it. */
static void tolerance_settle(struct survey *survey, enum tolerance_question question,
                             const struct exchange *exchange, bool alive)
{
    struct tolerance *tolerance = &survey->tolerance[question];
    enum exchange_end end = exchange->end == END_RESET ? END_CLOSED : exchange->end;

    tolerance->met = end;
    tolerance->known =
        end == END_ANSWERED || (alive && end != END_NOT_CONNECTED && end != END_NOT_UPGRADED);
    if (!tolerance->known) {
        tls_server_survey_why(survey, "tolerance: %s: %s", tls_server_tolerance_word(question),
                              exchange->detail);
    }
}

enum status tls_server_tolerance(struct survey *survey, struct error *reterr)
{
    struct asker *asker = &survey->asker;
    struct exchange exchanges[TOLERANCE_COUNT];
    struct exchange *list[TOLERANCE_COUNT];
    bool alive = false;
    enum status status;

    /* SSL 3.0 has no extensions, and would not be asked what it cannot know. */
    if (!asker->has_known_good || asker->known_good.version <= TLS_VERSION_SSL3) {
        return STATUS_OK;
    }
    for (int i = 0; i < TOLERANCE_COUNT; i++) {
        struct tls_hello hello = tolerance_hello(asker, (enum tolerance_question) i);

        exchanges[i] = tls_server_exchange(&hello);
        list[i] = &exchanges[i];
    }
    status = tls_server_dial(asker->dialer, list, TOLERANCE_COUNT, reterr);
    for (int i = 0; i < TOLERANCE_COUNT; i++) {
        alive = true;
        if (status == STATUS_OK && exchanges[i].end != END_ANSWERED) {
            status = tls_server_still_answers(asker, &alive, reterr);
            if (status == STATUS_OK && alive) {
                status = tls_server_dial(asker->dialer, &list[i], 1, reterr);
            }
        }
        if (status == STATUS_OK) {
            tolerance_settle(survey, (enum tolerance_question) i, &exchanges[i], alive);
        }
        tls_server_exchange_done(&exchanges[i]);
    }
    return status;
}
