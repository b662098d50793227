#include "channel/snmp.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "channel/udp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ID_FIRST = 0x10000000,
    ID_MASK = 0x0fffffff,
    ID_STEP = 0x5851f429,
    ENGINE_TRIES_MAX = 2,
    AGAIN_PER_SECOND = 100,
    ROOM = 2 * WIRE_SNMP_MESSAGE_MAX
};

struct snmp_agent {
    struct snmp_setting setting;
    struct udp udp;
    unsigned connection;
    uint32_t next_id;
    unsigned engine_tries;
    struct wire_snmp_usm engine; /* engine_length 0: none was found */
    int64_t engine_at_ms;        /* when its time was told */
    uint64_t salt;
    uint8_t datagram[UDP_DATAGRAM_MAX]; /* the last that came */
    size_t datagram_length;
};

/* A request on its way, from who to the answer. */
struct exchange {
    struct snmp_agent *agent;
    const struct snmp_who *who;
    uint32_t id;
    uint8_t key[SNMP_KEY_MAX]; /* v3 with a passphrase */
    size_t key_length;
    uint8_t message[ROOM];
    size_t length;
    struct snmp_answer *answer;
};

/* Not one after the other: an answer to another question must not fit by a slip. */
static uint32_t id_next(struct snmp_agent *agent)
{
    agent->next_id = ID_FIRST | ((agent->next_id * ID_STEP + 1) & ID_MASK);
    return agent->next_id;
}

static void exchange_done(struct exchange *exchange)
{
    secret_wipe(exchange, sizeof *exchange);
}

enum status snmp_open(const struct snmp_setting *setting, struct snmp_agent **ret_agent,
                      struct error *reterr)
{
    struct snmp_agent *agent = calloc(1, sizeof *agent);
    char peer[128];
    enum status status;

    if (agent == NULL) {
        abort();
    }
    agent->setting = *setting;
    agent->next_id = (uint32_t) setting->seed;
    agent->salt = setting->seed;
    status = udp_open(&agent->udp, setting->host, setting->port, reterr);
    if (status != STATUS_OK) {
        free(agent);
        return status;
    }
    (void) snprintf(peer, sizeof peer, "%s:%u/udp", setting->host, (unsigned) setting->port);
    agent->connection = transcript_open(setting->transcript, peer);
    *ret_agent = agent;
    return STATUS_OK;
}

void snmp_close(struct snmp_agent **agent)
{
    if (*agent != NULL) {
        udp_done(&(*agent)->udp);
        secret_wipe(*agent, sizeof **agent);
        free(*agent);
        *agent = NULL;
    }
}

static struct wire_snmp_pdu pdu_of(const struct snmp_wish *wish, uint32_t id)
{
    bool sets = wish->kind == WIRE_SNMP_SET;

    return (struct wire_snmp_pdu){
        .kind = wish->kind,
        .id = id,
        .name = wish->name,
        .tag = sets ? wish->tag : WIRE_SNMP_TAG_NULL,
        .value = sets ? wish->value : NULL,
        .value_length = sets ? wish->value_length : 0,
    };
}

static enum status message_check(const struct exchange *exchange, const struct builder *builder,
                                 struct error *reterr)
{
    if (builder->overflow) {
        return fail(reterr, STATUS_LIMIT, "a request of %s does not fit one datagram",
                    exchange->who->version == WIRE_SNMP_V3 ? "this user" : "this community");
    }
    return STATUS_OK;
}

static enum status community_write(struct exchange *exchange, const struct snmp_wish *wish,
                                   struct error *reterr)
{
    struct builder builder = builder_over(exchange->message, sizeof exchange->message);
    struct wire_snmp_pdu pdu = pdu_of(wish, exchange->id);

    wire_snmp_write(&builder, exchange->who->version, exchange->who->name,
                    strlen(exchange->who->name), &pdu);
    exchange->length = builder.length;
    return message_check(exchange, &builder, reterr);
}

/* The engine's clock, as far as it was told. */
static void usm_begin(const struct exchange *exchange, struct wire_snmp_usm *usm)
{
    const struct snmp_agent *agent = exchange->agent;
    size_t user = strlen(exchange->who->name);

    *usm = agent->engine;
    usm->id = exchange->id;
    usm->flags = WIRE_SNMP_FLAG_REPORTABLE;
    if (agent->engine.engine_length > 0) {
        usm->time += (uint32_t) ((clock_monotonic_ms() - agent->engine_at_ms) / 1000);
    }
    usm->user_length = user < sizeof usm->user ? user : sizeof usm->user;
    memcpy(usm->user, exchange->who->name, usm->user_length);
    usm->tag_length = 0;
    usm->salt_length = 0;
}

static enum status private_make(struct exchange *exchange, struct wire_snmp_usm *usm,
                                struct builder *scoped, struct error *reterr)
{
    struct snmp_privacy privacy = { .cipher = exchange->who->cipher,
                                    .key = exchange->key,
                                    .boots = usm->boots,
                                    .time = usm->time,
                                    .salt = usm->salt };
    struct builder salt = builder_over(usm->salt, sizeof usm->salt);

    exchange->agent->salt++;
    /* DES wants the engine's boots in front (RFC 3414 section 8.1.1.1); AES anything new. */
    builder_u32(&salt, usm->boots);
    builder_u32(&salt, (uint32_t) exchange->agent->salt);
    usm->salt_length = sizeof usm->salt;
    usm->flags |= WIRE_SNMP_FLAG_PRIV;
    return snmp_encipher(&privacy, scoped->start, &scoped->length, reterr);
}

static enum status user_write(struct exchange *exchange, const struct snmp_wish *wish,
                              struct error *reterr)
{
    const struct snmp_who *who = exchange->who;
    uint8_t room[WIRE_SNMP_MESSAGE_MAX + 8];
    struct builder scoped = builder_over(room, WIRE_SNMP_MESSAGE_MAX);
    struct builder builder = builder_over(exchange->message, sizeof exchange->message);
    struct wire_snmp_pdu pdu = pdu_of(wish, exchange->id);
    struct wire_snmp_usm usm;
    uint8_t tag[SNMP_TAG_MAX];

    usm_begin(exchange, &usm);
    if (who->passphrase != NULL) {
        usm.flags |= WIRE_SNMP_FLAG_AUTH;
        usm.tag_length = snmp_tag_length(who->hash);
        TRY(snmp_key(who->hash, who->passphrase, usm.engine, usm.engine_length, exchange->key,
                     &exchange->key_length, reterr));
    }
    wire_snmp_scoped_write(&scoped, &usm, &pdu);
    TRY(message_check(exchange, &scoped, reterr));
    if (who->passphrase != NULL && who->cipher != SNMP_NO_CIPHER) {
        TRY(private_make(exchange, &usm, &scoped, reterr));
    }
    wire_snmp_v3_write(&builder, &usm, room, scoped.length);
    exchange->length = builder.length;
    TRY(message_check(exchange, &builder, reterr));
    if (who->passphrase != NULL) {
        TRY(snmp_tag(who->hash, exchange->key, exchange->key_length, exchange->message,
                     exchange->length, tag, reterr));
        memcpy(exchange->message + usm.tag_place, tag, usm.tag_length);
    }
    return STATUS_OK;
}

static enum snmp_report report_of(const struct wire_snmp_oid *name)
{
    /* usmStats (RFC 3414 section 5), 1.3.6.1.6.3.15.1.1 */
    static const uint8_t usm_stats[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1 };
    static const enum snmp_report reports[] = { SNMP_REPORT_OTHER,  SNMP_REPORT_LEVEL,
                                                SNMP_REPORT_TIME,   SNMP_REPORT_USER,
                                                SNMP_REPORT_ENGINE, SNMP_REPORT_DIGEST,
                                                SNMP_REPORT_CIPHER };
    size_t place = sizeof usm_stats;

    if (name->length <= place || memcmp(name->data, usm_stats, place) != 0 ||
        name->data[place] >= sizeof reports / sizeof reports[0]) {
        return SNMP_REPORT_OTHER;
    }
    return reports[name->data[place]];
}

static void answer_fill(const struct wire_snmp_pdu *pdu, struct snmp_answer *answer)
{
    size_t kept = pdu->value_length < SNMP_VALUE_MAX ? pdu->value_length : SNMP_VALUE_MAX;

    *answer = (struct snmp_answer){
        .event = pdu->kind == WIRE_SNMP_REPORT ? SNMP_REPORTED : SNMP_ANSWERED,
        .error = pdu->error,
        .name = pdu->name,
        .tag = pdu->has_binding ? pdu->tag : WIRE_SNMP_TAG_EXCEPTION,
        .value_length = pdu->value_length,
    };
    if (pdu->kind == WIRE_SNMP_REPORT) {
        answer->report = report_of(&pdu->name);
    }
    if (kept > 0) {
        memcpy(answer->value, pdu->value, kept);
    }
}

static bool community_take(const struct exchange *exchange, struct snmp_answer *answer)
{
    const struct snmp_agent *agent = exchange->agent;
    struct wire_snmp_pdu pdu;
    unsigned version = 0;

    if (!wire_snmp_read(agent->datagram, agent->datagram_length, &pdu) ||
        !wire_snmp_version(agent->datagram, agent->datagram_length, &version) ||
        version != exchange->who->version || pdu.kind != WIRE_SNMP_RESPONSE ||
        pdu.id != exchange->id) {
        return false;
    }
    answer_fill(&pdu, answer);
    return true;
}

/* Whether the datagram's authentication code is that of our key; it is overwritten. */
static enum status tag_check(const struct exchange *exchange, const struct wire_snmp_usm *usm,
                             bool *ret_right, struct error *reterr)
{
    struct snmp_agent *agent = exchange->agent;
    uint8_t said[SNMP_TAG_MAX];
    uint8_t made[SNMP_TAG_MAX];
    size_t length = snmp_tag_length(exchange->who->hash);

    *ret_right = false;
    if ((usm->flags & WIRE_SNMP_FLAG_AUTH) == 0 || usm->tag_length != length) {
        return STATUS_OK;
    }
    memcpy(said, agent->datagram + usm->tag_place, length);
    memset(agent->datagram + usm->tag_place, 0, length);
    TRY(snmp_tag(exchange->who->hash, exchange->key, exchange->key_length, agent->datagram,
                 agent->datagram_length, made, reterr));
    *ret_right = memcmp(said, made, length) == 0;
    return STATUS_OK;
}

/* True: the exchange is over.  A response that is not authenticated as the request was is dropped
 * (RFC 3412 section 7.2 step 12); a report may be. */
static enum status user_take(const struct exchange *exchange, struct snmp_answer *answer,
                             bool *ret_taken, struct error *reterr)
{
    struct snmp_agent *agent = exchange->agent;
    struct wire_snmp_usm usm;
    struct wire_snmp_pdu pdu;
    const uint8_t *scoped = NULL;
    size_t length = 0;
    bool right = exchange->who->passphrase == NULL;

    *ret_taken = false;
    if (!wire_snmp_v3_read(agent->datagram, agent->datagram_length, &usm, &scoped, &length) ||
        usm.id != exchange->id) {
        return STATUS_OK;
    }
    if (!right) {
        TRY(tag_check(exchange, &usm, &right, reterr));
    }
    if ((usm.flags & WIRE_SNMP_FLAG_PRIV) != 0) {
        struct snmp_privacy privacy = { .cipher = exchange->who->cipher,
                                        .key = exchange->key,
                                        .boots = usm.boots,
                                        .time = usm.time,
                                        .salt = usm.salt };

        if (!right || exchange->key_length == 0 || privacy.cipher == SNMP_NO_CIPHER) {
            return STATUS_OK;
        }
        TRY(snmp_decipher(&privacy, agent->datagram + (scoped - agent->datagram), length, reterr));
    }
    if (!wire_snmp_scoped_read(scoped, length, &pdu) ||
        (pdu.kind != WIRE_SNMP_REPORT && (pdu.kind != WIRE_SNMP_RESPONSE || !right))) {
        return STATUS_OK;
    }
    if (usm.engine_length > 0 && pdu.kind == WIRE_SNMP_REPORT) {
        agent->engine = usm;
        agent->engine_at_ms = clock_monotonic_ms();
    }
    answer_fill(&pdu, answer);
    *ret_taken = true;
    return STATUS_OK;
}

static enum status exchange_send(const struct exchange *exchange, enum udp_event *ret_event,
                                 struct error *reterr)
{
    struct snmp_agent *agent = exchange->agent;

    if (exchange->who->is_secret) {
        transcript_look(agent->setting.transcript, agent->connection, exchange->message,
                        exchange->length);
        transcript_withheld(agent->setting.transcript, agent->connection,
                            "a request with a declared credential", exchange->length);
    } else {
        transcript_sent(agent->setting.transcript, agent->connection, exchange->message,
                        exchange->length);
    }
    return udp_send(&agent->udp, exchange->message, exchange->length, ret_event, reterr);
}

/* What comes until then: into agent->datagram. */
static enum status datagram_wait(struct snmp_agent *agent, bool is_secret, int64_t until_ms,
                                 enum udp_event *ret_event, struct error *reterr)
{
    struct pollfd polled = { .fd = agent->udp.fd, .events = POLLIN };

    for (;;) {
        TRY(udp_take(&agent->udp, agent->datagram, sizeof agent->datagram, &agent->datagram_length,
                     ret_event, reterr));
        if (*ret_event != UDP_NOTHING || clock_left_ms(until_ms) == 0) {
            break;
        }
        if (poll(&polled, 1, clock_left_ms(until_ms)) < 0 && errno != EINTR) {
            return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
        }
    }
    if (*ret_event == UDP_ANSWER && is_secret) {
        transcript_look(agent->setting.transcript, agent->connection, agent->datagram,
                        agent->datagram_length);
        transcript_withheld(agent->setting.transcript, agent->connection,
                            "an answer to a declared credential", agent->datagram_length);
    } else if (*ret_event == UDP_ANSWER) {
        transcript_received(agent->setting.transcript, agent->connection, agent->datagram,
                            agent->datagram_length);
    } else if (*ret_event != UDP_NOTHING) {
        transcript_note(agent->setting.transcript, agent->connection,
                        *ret_event == UDP_CLOSED ? "port unreachable" : "unreachable");
    }
    return STATUS_OK;
}

static int64_t until_of(const struct snmp_agent *agent)
{
    int64_t own = clock_monotonic_ms() + agent->setting.timeout_ms;

    return own < agent->setting.deadline_ms ? own : agent->setting.deadline_ms;
}

/* One datagram out, and what it brings in its time; SILENT: nothing of ours. */
static enum status exchange_once(const struct exchange *exchange, struct error *reterr)
{
    struct snmp_agent *agent = exchange->agent;
    int64_t until_ms = until_of(agent);
    enum udp_event event = UDP_NOTHING;
    bool taken = false;

    TRY(exchange_send(exchange, &event, reterr));
    while (event == UDP_NOTHING || event == UDP_ANSWER) {
        TRY(datagram_wait(agent, exchange->who->is_secret, until_ms, &event, reterr));
        if (event == UDP_NOTHING) {
            return STATUS_OK;
        }
        if (event == UDP_ANSWER && exchange->who->version != WIRE_SNMP_V3) {
            taken = community_take(exchange, exchange->answer);
        } else if (event == UDP_ANSWER) {
            TRY(user_take(exchange, exchange->answer, &taken, reterr));
        }
        if (taken) {
            return STATUS_OK;
        }
    }
    exchange->answer->event = event == UDP_CLOSED ? SNMP_CLOSED : SNMP_UNREACHABLE;
    return STATUS_OK;
}

static enum status exchange_run(struct snmp_agent *agent, const struct snmp_who *who,
                                const struct snmp_wish *wish, struct snmp_answer *answer,
                                struct error *reterr)
{
    for (unsigned i = 0; i <= agent->setting.retries; i++) {
        DEFER(exchange_done)
        struct exchange exchange = {
            .agent = agent, .who = who, .id = id_next(agent), .answer = answer
        };

        *answer = (struct snmp_answer){ .event = SNMP_SILENT };
        if (who->version == WIRE_SNMP_V3) {
            TRY(user_write(&exchange, wish, reterr));
        } else {
            TRY(community_write(&exchange, wish, reterr));
        }
        TRY(exchange_once(&exchange, reterr));
        if (answer->event != SNMP_SILENT || clock_left_ms(agent->setting.deadline_ms) == 0) {
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* RFC 3414 section 4: the report about an empty engine names the right one. */
static enum status engine_find(struct snmp_agent *agent, struct error *reterr)
{
    const struct snmp_who nobody = { .version = WIRE_SNMP_V3, .name = "" };
    const struct snmp_wish nothing = { .kind = WIRE_SNMP_GET };
    struct snmp_answer answer;

    /* An agent without v3 is not asked again and again. */
    if (agent->engine.engine_length > 0 || agent->engine_tries == ENGINE_TRIES_MAX) {
        return STATUS_OK;
    }
    agent->engine_tries++;
    return exchange_run(agent, &nobody, &nothing, &answer, reterr);
}

enum status snmp_engine(struct snmp_agent *agent, char room[2 * WIRE_SNMP_ENGINE_MAX + 1],
                        struct error *reterr)
{
    room[0] = '\0';
    TRY(engine_find(agent, reterr));
    text_hex(agent->engine.engine, agent->engine.engine_length, room);
    return STATUS_OK;
}

enum status snmp_ask(struct snmp_agent *agent, const struct snmp_who *who,
                     const struct snmp_wish *wish, struct snmp_answer *answer, struct error *reterr)
{
    if (who->version != WIRE_SNMP_V3) {
        return exchange_run(agent, who, wish, answer, reterr);
    }
    *answer = (struct snmp_answer){ .event = SNMP_SILENT };
    TRY(engine_find(agent, reterr));
    if (agent->engine.engine_length == 0) {
        return STATUS_OK;
    }
    TRY(exchange_run(agent, who, wish, answer, reterr));
    /* The report has told the engine's clock. */
    if (answer->event == SNMP_REPORTED && answer->report == SNMP_REPORT_TIME) {
        TRY(exchange_run(agent, who, wish, answer, reterr));
    }
    return STATUS_OK;
}

/* Takes what has come until then, for whomever it is. */
static enum status all_listen(struct snmp_agent *agent, struct exchange *exchanges, size_t count,
                              int64_t until_ms, size_t *open, struct error *reterr)
{
    enum udp_event event = UDP_ANSWER;

    while (*open > 0 && event != UDP_NOTHING) {
        TRY(datagram_wait(agent, exchanges[0].who->is_secret, until_ms, &event, reterr));
        for (size_t i = 0; event == UDP_ANSWER && i < count; i++) {
            *open -= exchanges[i].answer->event == SNMP_SILENT &&
                     community_take(&exchanges[i], exchanges[i].answer);
        }
        if (event == UDP_CLOSED || event == UDP_UNREACHABLE) {
            for (size_t i = 0; i < count; i++) {
                if (exchanges[i].answer->event == SNMP_SILENT) {
                    exchanges[i].answer->event =
                        event == UDP_CLOSED ? SNMP_CLOSED : SNMP_UNREACHABLE;
                }
            }
            *open = 0;
        }
    }
    return STATUS_OK;
}

static enum status all_round(struct snmp_agent *agent, struct exchange *exchanges, size_t count,
                             unsigned per_second, size_t *open, struct error *reterr)
{
    int64_t pause_ms = per_second > 0 ? 1000 / per_second + 1 : 1;

    for (size_t i = 0; i<count && * open> 0; i++) {
        enum udp_event event = UDP_NOTHING;

        if (exchanges[i].answer->event == SNMP_SILENT) {
            TRY(exchange_send(&exchanges[i], &event, reterr));
            TRY(all_listen(agent, exchanges, count, clock_monotonic_ms() + pause_ms, open, reterr));
        }
    }
    return all_listen(agent, exchanges, count, until_of(agent), open, reterr);
}

/* Silence may be a datagram that a small agent dropped: who is asked again is asked slowly. */
static unsigned pace_of(unsigned per_second, unsigned round)
{
    return round > 0 && per_second > AGAIN_PER_SECOND ? AGAIN_PER_SECOND : per_second;
}

enum status snmp_ask_all(struct snmp_agent *agent, const struct snmp_who *whos, size_t count,
                         const struct snmp_wish *wish, unsigned per_second,
                         struct snmp_answer *answers, struct error *reterr)
{
    struct exchange *exchanges = calloc(count > 0 ? count : 1, sizeof *exchanges);
    enum status status = STATUS_OK;
    size_t open = count;

    if (exchanges == NULL) {
        abort();
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        answers[i] = (struct snmp_answer){ .event = SNMP_SILENT };
        exchanges[i] = (struct exchange){
            .agent = agent, .who = &whos[i], .id = id_next(agent), .answer = &answers[i]
        };
        status = community_write(&exchanges[i], wish, reterr);
    }
    for (unsigned i = 0; status == STATUS_OK && open > 0 && i <= agent->setting.retries; i++) {
        status = all_round(agent, exchanges, count, pace_of(per_second, i), &open, reterr);
    }
    secret_wipe(exchanges, count * sizeof *exchanges);
    free(exchanges);
    return status;
}
