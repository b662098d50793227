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

struct tls_hello tls_server_tolerance_hello(const struct asker *asker,
                                            enum tolerance_question question)
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

static void tolerance_note(struct survey *survey, enum tolerance_question question,
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

/* A server that is met by silence twice or by anything else three times, and answers the same hello
 * without the one thing after the first, does not bear it.  The third follows the second at once:
 * of several servers that are met in turn, one may be down. */
enum status tls_server_tolerance_settle(struct survey *survey, enum tolerance_question question,
                                        struct exchange *exchange, struct error *reterr)
{
    bool alive = true;

    if (exchange->end != END_ANSWERED) {
        TRY(tls_server_still_answers(&survey->asker, &alive, reterr));
        for (unsigned i = 0; alive && (i == 0 || (i == 1 && exchange->end != END_ANSWERED &&
                                                  exchange->end != END_SILENT));
             i++) {
            TRY(tls_server_dial(survey->asker.dialer, &exchange, 1, reterr));
        }
    }
    tolerance_note(survey, question, exchange, alive);
    return STATUS_OK;
}
