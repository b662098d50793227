#include "probe/tls_picker.h"

#include <stdio.h>
#include <string.h>

enum { PICKERS_MAX = 32 };

/* Who goes away politely, as one that has no room left may, answers no question by it. */
static bool is_farewell(uint8_t alert)
{
    return alert == TLS_ALERT_CLOSE_NOTIFY || alert == TLS_ALERT_USER_CANCELED;
}

/* internal_error is a fault, not an answer to the question. */
static bool is_refusing_alert(const struct exchange *exchange)
{
    return exchange->end == END_ALERT && exchange->flight.alert != TLS_ALERT_INTERNAL_ERROR &&
           !is_farewell(exchange->flight.alert);
}

/* Answered by negotiating another version is a proper refusal of the one offered. */
static bool is_other_version(const struct exchange *exchange)
{
    return exchange->end == END_ANSWERED && !exchange->ssl2 &&
           exchange->answer.version != exchange->hello.version;
}

static enum offer_answer offer_answer_of(const struct exchange *exchange)
{
    if (is_other_version(exchange) || is_refusing_alert(exchange)) {
        return OFFER_REFUSED;
    }
    return exchange->end == END_ANSWERED ? OFFER_ACCEPTED : OFFER_UNKNOWN;
}

static void asker_note(struct asker *asker, const struct exchange *exchange)
{
    asker->spoke_tls = asker->spoke_tls || exchange->spoke_tls ||
                       (exchange->ssl2 && exchange->end == END_ANSWERED);
    asker->connected = asker->connected || exchange->end != END_NOT_CONNECTED;
    if (exchange->end == END_SILENT) {
        asker->silent_ends++;
    } else if (exchange->end == END_NOT_UPGRADED) {
        asker->not_upgraded++;
    }
    if (offer_answer_of(exchange) != OFFER_ACCEPTED) {
        return;
    }
    if (!asker->has_known_good && !exchange->ssl2) {
        asker->good_suite = exchange->answer.suite;
        asker->known_good = exchange->hello;
        asker->known_good.suites = &asker->good_suite;
        asker->known_good.suite_count = 1;
        asker->has_known_good = true;
    }
    if (asker->witness != NULL) {
        asker->witness(asker->witness_context, exchange);
    }
}

enum status tls_server_still_answers(struct asker *asker, bool *ret_answers, struct error *reterr)
{
    *ret_answers = false;
    if (!asker->has_known_good) {
        return STATUS_OK;
    }
    for (unsigned attempt = 0; attempt < 2 && !*ret_answers; attempt++) {
        struct exchange exchange = tls_server_exchange(&asker->known_good);
        struct exchange *list[] = { &exchange };
        enum status status = tls_server_dial(asker->dialer, list, 1, reterr);

        *ret_answers = exchange.end == END_ANSWERED;
        tls_server_exchange_done(&exchange);
        TRY(status);
    }
    return STATUS_OK;
}

static bool is_wordless(const struct asker *asker, enum exchange_end end)
{
    return end == END_CLOSED || end == END_RESET || end == END_ALERT ||
           (end == END_SILENT && asker->silence_refuses);
}

/* A second chance for those that ended in an alert which is no answer. The server is well enough to
 * speak, so they need not be asked alone. */
static enum status ask_alerted_again(struct asker *asker, struct exchange *const exchanges[],
                                     size_t count, enum offer_answer *answers, struct error *reterr)
{
    struct exchange *again[PICKERS_MAX];
    size_t owners[PICKERS_MAX];
    size_t again_count = 0;
    bool alive = false;

    for (size_t i = 0; i < count && again_count < PICKERS_MAX; i++) {
        if (answers[i] == OFFER_UNKNOWN && exchanges[i]->end == END_ALERT &&
            !is_farewell(exchanges[i]->flight.alert)) {
            owners[again_count] = i;
            again[again_count++] = exchanges[i];
        }
    }
    if (again_count == 0 || !asker->has_known_good) {
        return STATUS_OK;
    }
    TRY(tls_server_dial(asker->dialer, again, again_count, reterr));
    TRY(tls_server_still_answers(asker, &alive, reterr));
    for (size_t i = 0; i < again_count; i++) {
        asker_note(asker, again[i]);
        answers[owners[i]] = offer_answer_of(again[i]);
        if (again[i]->end == END_ALERT && alive) {
            answers[owners[i]] = OFFER_REFUSED;
        }
    }
    return STATUS_OK;
}

/* A second chance, alone, for what was neither accepted nor refused in words, and where it ended in
 * a close a third right after it: of several servers that are met in turn, one may be down. */
static enum status ask_again(struct asker *asker, struct exchange *exchange,
                             enum offer_answer *ret_answer, struct error *reterr)
{
    bool wordless = is_wordless(asker, exchange->end);
    bool alive = false;

    TRY(tls_server_still_answers(asker, &alive, reterr));
    for (unsigned i = 0; i == 0 || (i == 1 && wordless && alive && exchange->end != END_SILENT);
         i++) {
        TRY(tls_server_dial(asker->dialer, &exchange, 1, reterr));
        asker_note(asker, exchange);
        *ret_answer = offer_answer_of(exchange);
        if (*ret_answer != OFFER_UNKNOWN) {
            return STATUS_OK;
        }
        wordless = wordless && is_wordless(asker, exchange->end);
    }
    if (wordless && alive) {
        TRY(tls_server_still_answers(asker, &alive, reterr));
        *ret_answer = alive ? OFFER_REFUSED : OFFER_UNKNOWN;
    }
    return STATUS_OK;
}

enum status tls_server_ask(struct asker *asker, struct exchange *const exchanges[], size_t count,
                           enum offer_answer *ret_answers, struct error *reterr)
{
    TRY(tls_server_dial(asker->dialer, exchanges, count, reterr));
    return tls_server_ask_on(asker, exchanges, count, ret_answers, reterr);
}

enum status tls_server_ask_on(struct asker *asker, struct exchange *const exchanges[], size_t count,
                              enum offer_answer *ret_answers, struct error *reterr)
{
    for (size_t i = 0; i < count; i++) {
        asker_note(asker, exchanges[i]);
        ret_answers[i] = offer_answer_of(exchanges[i]);
    }
    TRY(ask_alerted_again(asker, exchanges, count, ret_answers, reterr));
    for (size_t i = 0; i < count; i++) {
        bool absent = exchanges[i]->end == END_SILENT || exchanges[i]->end == END_NOT_CONNECTED ||
                      exchanges[i]->end == END_NOT_UPGRADED;

        /* Where nothing ever answered, one of many second waits is enough. */
        if (ret_answers[i] == OFFER_UNKNOWN && (i == 0 || asker->has_known_good || !absent)) {
            TRY(ask_again(asker, exchanges[i], &ret_answers[i], reterr));
        }
    }
    return STATUS_OK;
}

static void picker_offer(struct picker *picker)
{
    size_t count = picker->left_count < picker->chunk ? picker->left_count : picker->chunk;

    memcpy(picker->offer, picker->left, count * sizeof picker->offer[0]);
    picker->own_count = count;
    if (picker->after != NULL && !picker->alone) {
        memcpy(picker->offer + count, picker->after, picker->after_count * sizeof picker->offer[0]);
        count += picker->after_count;
    }
    if (picker->companion_offered) {
        picker->offer[count++] = picker->companion;
    }
    if (picker->what == PICK_SUITES) {
        picker->hello.suites = picker->offer;
        picker->hello.suite_count = count;
    } else if (picker->what == PICK_GROUPS) {
        picker->hello.groups = picker->offer;
        picker->hello.group_count = count;
    } else {
        picker->hello.schemes = picker->offer;
        picker->hello.scheme_count = count;
    }
}

/* false: the answer does not tell. */
static bool picker_choice(const struct picker *picker, const struct exchange *exchange,
                          uint16_t *ret_choice)
{
    if (picker->what == PICK_SUITES) {
        *ret_choice = exchange->answer.suite;
        return true;
    }
    if (picker->what == PICK_GROUPS && exchange->answer.version >= TLS_VERSION_13) {
        *ret_choice = exchange->answer.group;
        return exchange->answer.group != 0;
    }
    *ret_choice =
        picker->what == PICK_GROUPS ? exchange->key_exchange.group : exchange->key_exchange.scheme;
    return exchange->key_exchange_read && *ret_choice != 0;
}

static void picker_stop(struct picker *picker, enum pick_state state, const char *why)
{
    picker->state = state;
    (void) snprintf(picker->why, sizeof picker->why, "%s", why);
}

/* A ServerHello, and then an alert in the same breath: what was picked does not work
 * out after all, as when a suite needs a group that nobody has. */
static bool is_taken_back(const struct exchange *exchange)
{
    return exchange->hello_read && !exchange->done_read &&
           exchange->flight.end == TLS_FLIGHT_ALERT &&
           exchange->flight.alert != TLS_ALERT_INTERNAL_ERROR &&
           !is_farewell(exchange->flight.alert);
}

static bool is_after(const struct picker *picker, uint16_t choice)
{
    bool found = false;

    for (size_t i = 0; i < picker->after_count && !picker->alone; i++) {
        found = found || picker->after[i] == choice;
    }
    return found;
}

static void picker_take(struct picker *picker, uint16_t choice, bool taken_back)
{
    for (size_t i = 0; i < picker->left_count; i++) {
        if (picker->left[i] != choice) {
            continue;
        }
        picker->left_count--;
        picker->crossed = picker->crossed || picker->alone;
        memmove(&picker->left[i], &picker->left[i + 1],
                (picker->left_count - i) * sizeof picker->left[0]);
        if (!taken_back) {
            picker->picked[picker->picked_count++] = choice;
        }
        if (picker->left_count == 0) {
            picker_stop(picker, PICK_COMPLETE, "");
        }
        return;
    }
    if (picker->companion_offered && choice == picker->companion) {
        picker_stop(picker, PICK_COMPLETE, "");
        return;
    }
    if (is_after(picker, choice)) {
        picker->alone = true;
        return;
    }
    picker->out_of_order = true;
    picker_stop(picker, PICK_INCOMPLETE, "the server picked what was not offered");
}

static void picker_refused(struct picker *picker)
{
    size_t dropped = picker->own_count;
    bool companion_gone = false;

    for (size_t i = 0; i < picker->picked_count; i++) {
        companion_gone = companion_gone || picker->picked[i] == picker->companion;
    }
    if (picker->companion != 0 && companion_gone && !picker->companion_offered) {
        picker->companion_offered = true;
        return;
    }
    picker->left_count -= dropped;
    memmove(picker->left, picker->left + dropped, picker->left_count * sizeof picker->left[0]);
    if (picker->left_count == 0) {
        picker_stop(picker, PICK_COMPLETE, "");
    }
}

/* A server may find out only after its ServerHello that it cannot work in the group that it chose,
 * and leave.  It does not say which one that was: the rest is asked for one by one. */
static void picker_cut(struct picker *picker)
{
    if (picker->own_count == 1) {
        picker_refused(picker);
    } else {
        picker->chunk = 1;
    }
}

static void picker_absorb(struct picker *picker, const struct exchange *exchange,
                          enum offer_answer answer)
{
    uint16_t choice = 0;

    if (answer == OFFER_REFUSED ||
        (answer == OFFER_ACCEPTED && is_taken_back(exchange) && picker->what != PICK_SUITES)) {
        picker_refused(picker);
    } else if (answer == OFFER_UNKNOWN) {
        picker_stop(picker, PICK_INCOMPLETE, exchange->detail);
    } else if (picker->what == PICK_GROUPS && exchange->cut) {
        picker_cut(picker);
    } else if (!picker_choice(picker, exchange, &choice)) {
        picker_stop(picker, PICK_INCOMPLETE, "the answer was cut short");
    } else {
        picker_take(picker, choice, is_taken_back(exchange));
    }
}

void tls_server_picker_feed(struct picker *picker, const struct exchange *exchange)
{
    picker_absorb(picker, exchange, offer_answer_of(exchange));
}

static enum status pick_round(struct asker *asker, struct picker *const going[], size_t count,
                              struct error *reterr)
{
    struct exchange exchanges[PICKERS_MAX];
    struct exchange *list[PICKERS_MAX] = { 0 };
    enum offer_answer answers[PICKERS_MAX] = { 0 };
    enum status status;

    for (size_t i = 0; i < count; i++) {
        picker_offer(going[i]);
        exchanges[i] = tls_server_exchange(&going[i]->hello);
        exchanges[i].whole_flight = going[i]->whole_flight;
        list[i] = &exchanges[i];
    }
    status = tls_server_ask(asker, list, count, answers, reterr);
    for (size_t i = 0; i < count; i++) {
        if (status == STATUS_OK) {
            picker_absorb(going[i], &exchanges[i], answers[i]);
        }
        tls_server_exchange_done(&exchanges[i]);
    }
    return status;
}

static size_t pick_going(struct picker *const pickers[], size_t count,
                         struct picker *going[PICKERS_MAX])
{
    size_t going_count = 0;

    for (size_t i = 0; i < count && going_count < PICKERS_MAX; i++) {
        if (pickers[i]->state == PICK_GOING) {
            going[going_count++] = pickers[i];
        }
    }
    return going_count;
}

enum status tls_server_pick_once(struct asker *asker, struct picker *const pickers[], size_t count,
                                 struct error *reterr)
{
    struct picker *going[PICKERS_MAX];
    size_t going_count = pick_going(pickers, count, going);

    return going_count > 0 ? pick_round(asker, going, going_count, reterr) : STATUS_OK;
}

enum status tls_server_pick(struct asker *asker, struct picker *const pickers[], size_t count,
                            struct error *reterr)
{
    struct picker *going[PICKERS_MAX];

    while (pick_going(pickers, count, going) > 0) {
        TRY(tls_server_pick_once(asker, pickers, count, reterr));
    }
    return STATUS_OK;
}
