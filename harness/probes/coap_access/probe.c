/* coap_access - asks a CoAP device (RFC 7252) for what it protects, with and without security, as
 * nobody, with wrong keys or in the declared role, and writes down what was handed out.
 *
 * By hand: hoshitori probe coap_access --target 192.0.2.7:5683/udp
 */
#include "access.h"

#include "base/text.h"

extern const struct probe probe_coap_access;

static enum status run(struct probe_call *call, struct error *reterr)
{
    static const struct {
        const char *ask;
        enum status (*run)(struct probe_call *call, struct error *reterr);
    } questions[] = {
        { "resource", coap_resource_run },
        { "plain", coap_plain_run },
        { "resources", coap_resources_run },
        { "keys", coap_keys_run },
    };
    const char *ask = probe_param_text(call, "ask");

    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (text_equal(questions[i].ask, ask)) {
            return questions[i].run(call, reterr);
        }
    }
    return fail(reterr, STATUS_BAD_INPUT, "there is no question '%s'", ask);
}

static const char *const ask_choices[] = { "resources", "resource", "plain", "keys", NULL };
static const char *const as_choices[] = { "nobody", "role", NULL };
static const char *const request_choices[] = { "read", "write", NULL };
static const char *const candidate_choices[] = { "declared",       "random",   "other-key",
                                                 "other-identity", "list:psk", NULL };

static const struct param params[] = {
    { .name = "ask",
      .type = FACT_TEXT,
      .help = "resources: what a stranger finds and reads; resource: the declared one; plain: the "
              "same on ports without security; keys: which pre-shared keys are accepted.",
      .fallback = "\"resources\"",
      .choices = ask_choices },
    { .name = "as",
      .type = FACT_TEXT,
      .help = "For resource: who asks.",
      .fallback = "\"nobody\"",
      .choices = as_choices },
    { .name = "request",
      .type = FACT_TEXT,
      .help = "For resource: read (and observe), or a PUT of what the role reads there.",
      .fallback = "\"read\"",
      .choices = request_choices },
    { .name = "path",
      .type = FACT_TEXT,
      .help = "The resource in place of the declared one; for keys: what is asked for over DTLS." },
    { .name = "plain_ports",
      .type = FACT_TEXTS,
      .help = "For plain: ports besides 5683, the one below the service's, and declared coap "
              "services.",
      .fallback = "[]" },
    { .name = "candidates",
      .type = FACT_TEXTS,
      .help = "For keys: what is tried. other-key: the declared identity with a random key; "
              "other-identity: a random identity with the declared key.",
      .fallback = "[\"list:psk\"]",
      .choices = candidate_choices },
    { .name = "budget",
      .type = FACT_INT,
      .help = "For keys: the most log-ins.",
      .fallback = "40",
      .minimum = 1,
      .maximum = 2000 },
    { .name = "stop_after",
      .type = FACT_INT,
      .help = "For keys: stop once so many were accepted.",
      .fallback = "1",
      .minimum = 1,
      .maximum = 100 },
    { .name = "most",
      .type = FACT_INT,
      .help = "For resources: the most that are asked for.",
      .fallback = "64",
      .minimum = 1,
      .maximum = 256 },
    { .name = "dtls",
      .type = FACT_BOOL,
      .help = "By hand: DTLS, whatever the declared protocol is.",
      .fallback = "false" },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one request may take, its DTLS handshake included.",
      .fallback = "3500",
      .minimum = 100,
      .maximum = 30000 },
    PARAM_END,
};

static const struct fact resource_columns[] = {
    { .name = "path", .type = FACT_TEXT, .help = "As the device or the profile writes it." },
    { .name = "outcome",
      .type = FACT_TEXT,
      .help = "The response code, such as 2.05 (RFC 7252 section 5.9), or how the request ended." },
    { .name = "observable",
      .type = FACT_BOOL,
      .help = "The device's list says so (RFC 7641 section 6)." },
    { .name = "observe_granted",
      .type = FACT_BOOL,
      .help = "A registration as observer was taken (RFC 7641 section 3.1)." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "granted",
      .type = FACT_BOOL,
      .help = "The resource was handed out, or the change taken; absent when the answer does not "
              "settle it." },
    { .name = "reason",
      .type = FACT_TEXT,
      .help = "Why granted is what it is, or why it is absent." },
    { .name = "event",
      .type = FACT_TEXT,
      .help = "How the request ended: answered, reset, closed, refused, timeout, broken." },
    { .name = "code", .type = FACT_TEXT, .help = "The response code (RFC 7252 section 5.9)." },
    { .name = "body_length", .type = FACT_INT, .help = "Of the content in bytes, at most 64 KiB." },
    { .name = "observe_granted",
      .type = FACT_BOOL,
      .help = "A registration as observer was taken along with content (RFC 7641 section 3.1)." },
    { .name = "deregistered",
      .type = FACT_BOOL,
      .help = "The device answered when that registration was taken back." },
    { .name = "secured",
      .type = FACT_BOOL,
      .help =
          "DTLS was set up (true), or a DTLS server is there that did not let this client in." },
    { .name = "plain_granted",
      .type = FACT_INTS,
      .help = "Ports that hand the resource out without security." },
    { .name = "plain_refused", .type = FACT_INTS, .help = "Ports that answer and refuse." },
    { .name = "plain_closed", .type = FACT_INTS, .help = "Ports that ICMP calls closed." },
    { .name = "plain_unclear",
      .type = FACT_INTS,
      .help = "Ports that stay silent, or whose answer settles nothing." },
    { .name = "answered",
      .type = FACT_BOOL,
      .help =
          "The device told its resources (2.05), refused to, or refused the handshake; false: it "
          "said nothing of them." },
    { .name = "discovery",
      .type = FACT_TEXT,
      .help = "What /.well-known/core answered: a response code, or how the request ended." },
    { .name = "listed", .type = FACT_INT, .help = "How many resources the device lists." },
    { .name = "resources",
      .type = FACT_ROWS,
      .help = "What became of each request of a stranger.",
      .columns = resource_columns },
    { .name = "readable",
      .type = FACT_TEXTS,
      .help = "Resources handed out to a stranger, the list itself aside." },
    { .name = "protected_readable",
      .type = FACT_TEXTS,
      .help = "Those of them that the profile declares with a mechanism, on whatever service." },
    { .name = "undeclared_readable",
      .type = FACT_TEXTS,
      .help = "Those of them that the profile does not declare at all." },
    { .name = "unclear",
      .type = FACT_TEXTS,
      .help = "Resources whose answer does not settle whether access was refused." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "What was not asked, and why." },
    { .name = "accepted",
      .type = FACT_TEXTS,
      .help = "Accepted keys by their labels; never a key." },
    { .name = "accepted_count", .type = FACT_INT, .help = "How many were accepted." },
    { .name = "rejected_count", .type = FACT_INT, .help = "How many opened nothing." },
    { .name = "unclear_count",
      .type = FACT_INT,
      .help = "How many were tried while no DTLS server answered." },
    { .name = "tried", .type = FACT_INT, .help = "How many were tried." },
    { .name = "detail", .type = FACT_TEXT, .help = "What the last unclear one looked like." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Everything was asked, and for keys clearly answered." },
    FACT_END,
};

const struct probe probe_coap_access = {
    .decl = {
        .name = "coap_access",
        .summary = { .ja = "CoAPで守るべき資源が誰に渡されるかを観測する",
                     .en = "Asks for protected resources over CoAP and records to whom they are handed out" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 120000,
    },
    .run = run,
};
