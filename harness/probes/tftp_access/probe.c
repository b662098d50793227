/* tftp_access - asks a TFTP server for files that nobody should get: those that the profile
 * declares as protected on this service, and names that such servers often have.  TFTP knows no
 * log-in (RFC 1350 section 1).  Nothing is written to the device.
 *
 * By hand: hoshitori probe tftp_access --profile device.yaml --service boot */
#include "probe/probe.h"
#include "base/clock.h"
#include "base/text.h"
#include "channel/udp.h"
#include "wire/tftp_read.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64, NAME_MAX_LENGTH = 200, PACKET_MAX = 256 };

extern const struct probe probe_tftp_access;

struct visit {
    struct probe_call *call;
    const char *names[NAMES_MAX];
    size_t count;
    json_t *handed_out;
    json_t *codes;
    unsigned refused;
    unsigned unclear;
    unsigned silent;
    bool closed; /* the device says that nobody listens */
};

static void name_add(struct visit *visit, const char *name)
{
    for (size_t i = 0; i < visit->count; i++) {
        if (strcmp(visit->names[i], name) == 0) {
            return;
        }
    }
    if (visit->count < NAMES_MAX && name[0] != '\0' && strlen(name) <= NAME_MAX_LENGTH) {
        visit->names[visit->count++] = name;
    }
}

/* A declared path begins with '/'; servers with a root of their own know it without. */
static void names_gather(struct visit *visit)
{
    const struct subject *subject = visit->call->subject;
    const struct profile *profile = subject->profile;
    const json_t *given = probe_param_list(visit->call, "names");

    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->service == subject->service && access->auth != NULL &&
            access->read.path != NULL) {
            name_add(visit, access->read.path);
            name_add(visit, access->read.path + strspn(access->read.path, "/"));
        }
    }
    for (size_t i = 0; i < json_array_size(given); i++) {
        name_add(visit, json_string_value(json_array_get(given, i)));
    }
}

static void code_add(struct visit *visit, unsigned code)
{
    size_t index;
    json_t *known;

    json_array_foreach(visit->codes, index, known)
    {
        if (json_integer_value(known) == (json_int_t) code) {
            return;
        }
    }
    probe_list_add(visit->codes, json_integer(code));
}

/* Illegal operation, unknown transfer (RFC 1350 section 5) and refused options (RFC 2347) are
 * of the exchange: the file was not looked for. */
static bool is_of_file(unsigned code)
{
    return code != 4 && code != 5 && code != 8;
}

/* True: the name is settled. */
static enum status answer_take(struct visit *visit, struct udp *udp, const char *name,
                               bool *ret_settled, struct error *reterr)
{
    static uint8_t room[UDP_DATAGRAM_MAX];
    uint8_t packet[PACKET_MAX];
    struct builder enough = builder_over(packet, sizeof packet);
    enum udp_event event = UDP_NOTHING;
    struct wire_tftp_answer answer;
    size_t length = 0;

    TRY(udp_take(udp, room, sizeof room, &length, &event, reterr));
    visit->closed |= event == UDP_CLOSED;
    if (event != UDP_ANSWER) {
        return STATUS_OK;
    }
    answer = wire_tftp_answer_read(room, length);
    if (answer.word == WIRE_TFTP_FOREIGN) {
        return STATUS_OK;
    }
    *ret_settled = true;
    transcript_note(visit->call->transcript, 0, "%s: %s %u, %zu octets", name,
                    answer.word == WIRE_TFTP_DATA ? "data" : "error", answer.code, answer.length);
    if (answer.word == WIRE_TFTP_ERROR) {
        visit->refused += is_of_file(answer.code);
        visit->unclear += !is_of_file(answer.code);
        code_add(visit, answer.code);
        return STATUS_OK;
    }
    probe_list_add_text(visit->handed_out, name);
    wire_tftp_enough(&enough);
    return udp_send_back(udp, packet, enough.length, &event, reterr);
}

/* Each name from a port of its own: what comes late is nobody else's answer. */
static enum status name_ask(struct visit *visit, const char *name, struct error *reterr)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };
    const struct probe_call *call = visit->call;
    uint8_t packet[PACKET_MAX];
    struct builder request = builder_over(packet, sizeof packet);
    bool known = false;

    wire_tftp_request(&request, name);
    TRY(udp_open(&udp, call->host, call->port, reterr));
    for (long long i = 0; i < probe_param_int(call, "tries") && !known && !visit->closed; i++) {
        int64_t until = clock_monotonic_ms() + probe_param_int(call, "timeout_ms");
        enum udp_event event = UDP_NOTHING;

        TRY(udp_send(&udp, packet, request.length, &event, reterr));
        while (!known && !visit->closed && clock_monotonic_ms() < until &&
               clock_monotonic_ms() < call->deadline_ms) {
            struct pollfd wanted = { .fd = udp.fd, .events = POLLIN };

            (void) poll(&wanted, 1, clock_left_ms(until));
            TRY(answer_take(visit, &udp, name, &known, reterr));
        }
    }
    visit->silent += !known;
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    struct visit visit = { .call = call, .handed_out = json_array(), .codes = json_array() };
    enum status status = STATUS_OK;
    size_t asked = 0;

    if (visit.handed_out == NULL || visit.codes == NULL) {
        abort();
    }
    names_gather(&visit);
    for (; status == STATUS_OK && asked < visit.count && !visit.closed; asked++) {
        status = name_ask(&visit, visit.names[asked], reterr);
        probe_progress(call, (unsigned) asked + 1, (unsigned) visit.count);
    }
    if (status != STATUS_OK) {
        json_decref(visit.handed_out);
        json_decref(visit.codes);
        return status;
    }
    if (visit.refused > 0 || visit.unclear > 0 || json_array_size(visit.handed_out) > 0) {
        probe_fact_bool(call, "answered", true);
    }
    probe_fact_bool(call, "complete", asked == visit.count && visit.silent + visit.unclear == 0);
    probe_fact_int(call, "asked", (long long) asked);
    probe_fact_int(call, "refused", visit.refused);
    probe_fact_int(call, "unclear", visit.unclear);
    probe_fact_int(call, "silent", visit.silent);
    probe_fact_json(call, "handed_out", visit.handed_out);
    probe_fact_json(call, "error_codes", visit.codes);
    return STATUS_OK;
}

static const struct param params[] = {
    { .name = "names",
      .type = FACT_TEXTS,
      .help = "Files to ask for, besides the protected ones that the profile declares here.",
      .fallback = "[\"running-config\", \"startup-config\", \"config.bin\", \"config.xml\", "
                  "\"backup.cfg\", \"firmware.bin\"]" },
    { .name = "tries",
      .type = FACT_INT,
      .help = "How often a name is asked for until something comes.",
      .fallback = "3",
      .minimum = 1,
      .maximum = 10 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long an answer is waited for, each time.",
      .fallback = "1000",
      .minimum = 50,
      .maximum = 10000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "answered",
      .type = FACT_BOOL,
      .help = "A block or an error packet came (RFC 1350 section 5); left out when neither did." },
    { .name = "handed_out", .type = FACT_TEXTS, .help = "Names whose first block came." },
    { .name = "error_codes",
      .type = FACT_INTS,
      .help = "The different codes of refusals: 1 not found, 2 access violation, ..." },
    { .name = "asked", .type = FACT_INT, .help = "How many names were asked for." },
    { .name = "refused", .type = FACT_INT, .help = "How many got an error packet about the file." },
    { .name = "unclear",
      .type = FACT_INT,
      .help = "How many got one that says nothing of the file: 4 illegal operation, 5 unknown "
              "transfer, 8 options." },
    { .name = "silent", .type = FACT_INT, .help = "How many got nothing." },
    { .name = "complete", .type = FACT_BOOL, .help = "Every name was handed out or refused." },
    FACT_END,
};

const struct probe probe_tftp_access = {
    .decl = {
        .name = "tftp_access",
        .summary = { .ja = "TFTPで渡されてはならないファイルが渡されるかを観測する",
                     .en = "Asks a TFTP server for files that nobody should get" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 120000,
    },
    .run = run,
};
