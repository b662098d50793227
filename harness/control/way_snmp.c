/* A lever by an SNMP set: an outlet of a power strip (RFC 3416 section 4.2.5). */
#include "control/way.h"

#include "base/clock.h"
#include "channel/snmp.h"

#include <stdio.h>
#include <string.h>

enum { TAG_INTEGER = 0x02, DATAGRAM_MS = 2000, AGAIN = 2 };

/* As few octets as the number needs (X.690 section 8.3); it is never below zero. */
static size_t integer_write(long long value, uint8_t room[5])
{
    size_t length = 0;
    bool begun = false;

    for (int shift = 32; shift >= 0; shift -= 8) {
        uint8_t octet = (uint8_t) (value >> shift);

        if (!begun && octet == 0 && shift > 0 && ((value >> (shift - 8)) & 0x80) == 0) {
            continue;
        }
        begun = true;
        room[length++] = octet;
    }
    return length;
}

enum status way_snmp(struct probe_call *call, const struct lever_way *way,
                     struct lever_output *output, struct error *reterr)
{
    const struct snmp_setting setting = { .host = way->at.address,
                                          .port = way->at.port,
                                          .timeout_ms = DATAGRAM_MS,
                                          .retries = AGAIN,
                                          .seed = call->seed,
                                          .deadline_ms = call->deadline_ms,
                                          .transcript = call->transcript };
    const struct snmp_who who = {
        .version = way->snmp.version_1 ? WIRE_SNMP_V1 : WIRE_SNMP_V2C,
        .name = secret_reveal(&way->at.secret),
        .is_secret = true,
    };
    uint8_t number[5];
    struct snmp_wish wish = { .kind = WIRE_SNMP_SET, .tag = WIRE_SNMP_TAG_OCTETS };
    DEFER(snmp_close) struct snmp_agent *agent = NULL;
    struct snmp_answer answer;

    if (!wire_snmp_oid_parse(way->snmp.oid, &wish.name)) {
        return fail(reterr, STATUS_BAD_INPUT, "'%.80s' is no object identifier", way->snmp.oid);
    }
    wish.value = way->snmp.text;
    wish.value_length = way->snmp.text == NULL ? 0 : strlen(way->snmp.text);
    if (way->snmp.text == NULL) {
        wish.tag = TAG_INTEGER;
        wish.value = number;
        wish.value_length = integer_write(way->snmp.value, number);
    }
    TRY(snmp_open(&setting, &agent, reterr));
    TRY(snmp_ask(agent, &who, &wish, &answer, reterr));
    output->word = answer.event == SNMP_ANSWERED && answer.error == 0 ? LEVER_DONE : LEVER_CUT;
    if (answer.event != SNMP_ANSWERED) {
        (void) snprintf(output->detail, sizeof output->detail,
                        answer.event == SNMP_SILENT ? "the agent does not answer this community"
                                                    : "the agent cannot be reached");
    } else if (answer.error != 0) {
        (void) snprintf(output->detail, sizeof output->detail,
                        "the agent answers error-status %u (RFC 3416 section 3)",
                        (unsigned) answer.error);
    }
    return STATUS_OK;
}
