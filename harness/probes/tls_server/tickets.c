#include "tickets.h"

#include "base/clock.h"
#include "channel/tls_client.h"

/* How long a server may take to say that it ends its side, too. */
enum { TICKET_WAIT_MS = 1000 };

static int64_t visit_ends_ms(const struct network *network)
{
    int64_t wait_ms = network->timeout_ms < TICKET_WAIT_MS ? network->timeout_ms : TICKET_WAIT_MS;
    int64_t ends_ms = clock_monotonic_ms() + wait_ms;

    return ends_ms < network->deadline_ms ? ends_ms : network->deadline_ms;
}

static void tickets_report(struct probe_call *call, const struct survey *survey,
                           const struct tls_client_answer *first,
                           const struct tls_client_answer *second)
{
    bool came = first->event == TLS_CLIENT_DONE && first->ticket;
    bool absent = first->event == TLS_CLIENT_DONE && first->ticket_awaited && !first->ticket;

    if (came || survey->tickets_to_12 == KNOWN_TRUE) {
        probe_fact_bool(call, "session_tickets", true);
    } else if (absent && tls_server_survey_suites_known(survey)) {
        probe_fact_bool(call, "session_tickets", false);
    }
    if (came && first->ticket_lifetime_s > 0) {
        probe_fact_int(call, "ticket_lifetime_s", first->ticket_lifetime_s);
    }
    if (second->event == TLS_CLIENT_DONE) {
        probe_fact_bool(call, "resumption", second->resumed);
    } else if (absent && first->session == NULL) {
        probe_fact_bool(call, "resumption", false); /* TLS 1.3 has no other way */
    }
}

enum status tls_server_tickets(struct probe_call *call, struct survey *survey,
                               const struct network *network, struct error *reterr)
{
    bool is_13 = tls_server_survey_version(survey, TLS_VERSION_13) != NULL;
    DEFER(tls_client_answer_done) struct tls_client_answer first = { 0 };
    DEFER(tls_client_answer_done) struct tls_client_answer second = { 0 };
    struct tls_client_ask ask = { .host = network->host,
                                  .port = network->port,
                                  .server_name = survey->server_name,
                                  .starttls = network->starttls,
                                  .only_13 = is_13,
                                  .only_12 = !is_13,
                                  .keep = true };

    if ((!is_13 && tls_server_survey_version(survey, TLS_VERSION_12) == NULL) ||
        clock_left_ms(network->deadline_ms) == 0) {
        return STATUS_OK;
    }
    ask.deadline_ms = visit_ends_ms(network);
    survey->asker.dialer->handshakes++;
    TRY(tls_client_visit(&ask, call->transcript, &first, reterr));
    second.event = TLS_CLIENT_FAILED;
    if (first.event == TLS_CLIENT_DONE && first.session != NULL) {
        ask.keep = false;
        ask.resumed = first.session;
        ask.deadline_ms = visit_ends_ms(network);
        survey->asker.dialer->handshakes++;
        TRY(tls_client_visit(&ask, call->transcript, &second, reterr));
    }
    tickets_report(call, survey, &first, &second);
    return STATUS_OK;
}
