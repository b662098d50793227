/* malformed_input - does a service outlive messages that no well-behaved client would send?
 *
 * usage: hoshitori probe malformed_input --target 192.0.2.1:80 --param protocol=http
 * sample: {"answered_before":true,"complete":true,"sent_count":57,"stopped_by":[], ...} */
#include "probe/probe.h"

#include "storm.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/sha256.h"

#include <stdlib.h>

enum { SHOWN_MAX = 1024, SPARE_MS = 2000 };

static const struct param params[] = {
    { .name = "protocol",
      .type = FACT_TEXT,
      .help = "What the service speaks; unless given, what is declared." },
    { .name = "seed",
      .type = FACT_INT,
      .help = "Of the damage; the same seed damages the same way.",
      .fallback = "1",
      .minimum = 0,
      .maximum = 2147483647 },
    { .name = "damaged",
      .type = FACT_INT,
      .help = "Damaged messages of each layer, beside the ones written by hand.",
      .fallback = "40",
      .minimum = 0,
      .maximum = 100000 },
    { .name = "only",
      .type = FACT_TEXT,
      .help = "The name of one case, to send it alone; the damage has the same seed then." },
    { .name = "wait_ms",
      .type = FACT_INT,
      .help = "How long an answer to a malformed message is waited for.",
      .fallback = "20",
      .minimum = 0,
      .maximum = 10000 },
    { .name = "patience_ms",
      .type = FACT_INT,
      .help = "A service that answers no well-formed question for so long has stopped.",
      .fallback = "4000",
      .minimum = 100,
      .maximum = 60000 },
    { .name = "recovery_ms",
      .type = FACT_INT,
      .help = "How long a service that stopped is given to come back, for trying again and for "
              "the checks after this one.",
      .fallback = "20000",
      .minimum = 0,
      .maximum = 300000 },
    PARAM_END,
};

static const struct fact stop_columns[] = {
    { .name = "case", .type = FACT_TEXT, .help = "For the parameter 'only'." },
    { .name = "length", .type = FACT_INT, .help = "Bytes of the message." },
    { .name = "sha256", .type = FACT_TEXT, .help = "Of the message." },
    { .name = "bytes",
      .type = FACT_TEXT,
      .help = "The message in hexadecimal, up to 1,024 bytes; the transcript has it whole." },
    { .name = "effect", .type = FACT_TEXT, .help = "How the next well-formed question fared." },
    { .name = "recovered",
      .type = FACT_BOOL,
      .help = "The service answered again within recovery_ms." },
    { .name = "confirmed",
      .type = FACT_BOOL,
      .help = "The same message stopped it once more; left out when it could not be sent again." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "protocol", .type = FACT_TEXT, .help = "What was spoken, wrongly." },
    { .name = "answered_before",
      .type = FACT_BOOL,
      .help = "A well-formed question was answered before the first malformed message." },
    { .name = "planned_count", .type = FACT_INT, .help = "Cases written by hand and damaged." },
    { .name = "sent_count", .type = FACT_INT, .help = "Cases that reached the service." },
    { .name = "left_out_count",
      .type = FACT_INT,
      .help = "Cases not sent, since the damage made a command of them that changes something." },
    { .name = "unsent_count",
      .type = FACT_INT,
      .help = "Cases for which there was twice no connection, or no TLS, to send them on." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every case but those left out was sent; false when there was no connection for one, "
              "the service stopped for good or three times, or time ran out." },
    { .name = "stopped_by",
      .type = FACT_TEXTS,
      .help = "Cases after which no well-formed question was answered for patience_ms." },
    { .name = "stops",
      .type = FACT_ROWS,
      .columns = stop_columns,
      .help = "More about each of them." },
    { .name = "answered_after",
      .type = FACT_BOOL,
      .help = "A well-formed question was answered at the end; left out when time was out." },
    FACT_END,
};

static json_t *hex(const void *data, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *at = data;
    char text[2 * SHOWN_MAX + 1];
    size_t count = length < SHOWN_MAX ? length : SHOWN_MAX;

    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[at[i] >> 4];
        text[2 * i + 1] = digits[at[i] & 15];
    }
    text[2 * count] = '\0';
    return json_string(text);
}

static enum status stop_row(const struct stop *stop, json_t *rows, struct error *reterr)
{
    const struct malformed *message = stop->message;
    char digest[SHA256_TEXT_SIZE];
    json_t *row;

    TRY(sha256_text(message->bytes, message->length, digest, reterr));
    row = json_pack("{s:s, s:I, s:s, s:o, s:s, s:b}", "case", message->name, "length",
                    (json_int_t) message->length, "sha256", digest, "bytes",
                    hex(message->bytes, message->length), "effect", stop->detail, "recovered",
                    stop->recovered);
    probe_list_add(rows, row);
    if (stop->tried_again &&
        json_object_set_new(row, "confirmed", json_boolean(stop->confirmed)) != 0) {
        abort();
    }
    return STATUS_OK;
}

static enum status write_down(struct probe_call *call, const char *protocol,
                              const struct storm_result *result, struct error *reterr)
{
    json_t *rows = json_array();
    json_t *names = json_array();

    probe_fact_json(call, "stops", rows);
    probe_fact_json(call, "stopped_by", names);
    for (size_t i = 0; i < result->stop_count; i++) {
        probe_list_add_text(names, result->stops[i].message->name);
        TRY(stop_row(&result->stops[i], rows, reterr));
    }
    probe_fact_text(call, "protocol", protocol);
    probe_fact_bool(call, "answered_before", result->answered_before);
    probe_fact_int(call, "planned_count", result->planned);
    probe_fact_int(call, "sent_count", result->sent);
    probe_fact_int(call, "left_out_count", result->left_out);
    probe_fact_int(call, "unsent_count", result->unsent);
    probe_fact_bool(call, "complete", result->complete);
    if (result->asked_after) {
        probe_fact_bool(call, "answered_after", result->answered_after);
    }
    return STATUS_OK;
}

static void progress(void *context, unsigned done, unsigned total)
{
    probe_progress(context, done, total);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    const struct service *service = call->subject->service;
    const char *only = probe_param_text(call, "only");
    const char *given = probe_param_text(call, "protocol");
    const char *protocol = given != NULL ? given : service->protocol;
    const bool udp = service->transport == TRANSPORT_UDP;
    DEFER(arena_done) struct arena *arena = arena_new();
    struct storm_result result;
    const struct storm_ask ask = {
        .heartbeat = { .host = call->host,
                       .port = call->port,
                       .udp = udp,
                       .protocol = protocol,
                       .server_name = service->tls_server_name,
                       .seed = call->seed },
        .seed = (uint64_t) probe_param_int(call, "seed"),
        .damaged = (unsigned) probe_param_int(call, "damaged"),
        .only = only,
        .wait_ms = (unsigned) probe_param_int(call, "wait_ms"),
        .patience_ms = (unsigned) probe_param_int(call, "patience_ms"),
        .recovery_ms = (unsigned) probe_param_int(call, "recovery_ms"),
        .deadline_ms = call->deadline_ms - SPARE_MS,
        .transcript = call->transcript,
        .progress = progress,
        .progress_context = call,
    };

    if (protocol[0] == '\0') {
        return fail(reterr, STATUS_BAD_INPUT, "by hand: --param protocol=NAME says what it speaks");
    }
    if (!heartbeat_knows(protocol, udp) || !cases_know(protocol, udp)) {
        return fail(reterr, STATUS_UNSUPPORTED, "no malformed messages of %s are known", protocol);
    }
    TRY(storm_run(&ask, arena, &result, reterr));
    return write_down(call, protocol, &result, reterr);
}

const struct probe probe_malformed_input = {
    .decl = {
        .name = "malformed_input",
        .summary = { .en = "Whether a service outlives malformed messages",
                     .ja = "不正な形式のメッセージを受けてもサービスが動き続けるか" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 300000,
    },
    .run = run,
};
