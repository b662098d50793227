/* snmp.h - asking an SNMP agent for one object at a time, as somebody: by a community (v1, v2c)
 * or as a user (v3).
 *
 * An agent drops what it does not accept without a word (RFC 3584 section 5.2.1, RFC 1157 section
 * 4.1), so SILENT is its refusal, and also what a dead agent says: the caller brackets it with
 * somebody who is known to be accepted. */
#pragma once

#include "base/arena.h"
#include "channel/snmp_usm.h"
#include "channel/transcript.h"
#include "wire/snmp_message.h"

enum { SNMP_VALUE_MAX = 512 };

struct snmp_who {
    unsigned version;       /* WIRE_SNMP_V1, V2C or V3 */
    const char *name;       /* community, or the user's name */
    const char *passphrase; /* v3; NULL: neither authenticated nor private */
    enum snmp_hash hash;
    enum snmp_cipher cipher;
    bool is_secret; /* nothing of the exchange is kept */
};

enum snmp_event {
    SNMP_SILENT,
    SNMP_ANSWERED, /* a response, for v3 with the right authentication code */
    SNMP_REPORTED, /* v3: a report in place of a response */
    SNMP_CLOSED,   /* nobody listens on the port, the device says */
    SNMP_UNREACHABLE
};

enum snmp_report {
    SNMP_REPORT_OTHER,
    SNMP_REPORT_LEVEL, /* usmStatsUnsupportedSecLevels: the user is known */
    SNMP_REPORT_TIME,  /* usmStatsNotInTimeWindows: the passphrase was right */
    SNMP_REPORT_USER,  /* usmStatsUnknownUserNames */
    SNMP_REPORT_ENGINE,
    SNMP_REPORT_DIGEST, /* usmStatsWrongDigests: the user is known, the passphrase is not his */
    SNMP_REPORT_CIPHER
};

struct snmp_answer {
    enum snmp_event event;
    enum snmp_report report;
    uint32_t error; /* error-status (RFC 3416 section 3) */
    struct wire_snmp_oid name;
    uint8_t tag;
    uint8_t value[SNMP_VALUE_MAX];
    size_t value_length; /* of the whole value; at most SNMP_VALUE_MAX of it is kept */
};

struct snmp_agent;

struct snmp_setting {
    const char *host; /* numeric */
    uint16_t port;
    unsigned timeout_ms; /* of one datagram */
    unsigned retries;
    uint64_t seed;
    int64_t deadline_ms;
    struct transcript *transcript;
};

enum status snmp_open(const struct snmp_setting *setting, struct snmp_agent **ret_agent,
                      struct error *reterr) MUST_CHECK;
void snmp_close(struct snmp_agent **agent); /* NULL allowed */

/* What is asked. */
struct snmp_wish {
    enum wire_snmp_kind kind; /* GET, NEXT or SET */
    struct wire_snmp_oid name;
    uint8_t tag; /* SET only */
    const void *value;
    size_t value_length;
};

enum status snmp_ask(struct snmp_agent *agent, const struct snmp_who *who,
                     const struct snmp_wish *wish, struct snmp_answer *answer,
                     struct error *reterr) MUST_CHECK;

/* The engine of v3, in hex; "" when the agent does not answer in v3. */
enum status snmp_engine(struct snmp_agent *agent, char room[2 * WIRE_SNMP_ENGINE_MAX + 1],
                        struct error *reterr) MUST_CHECK;

/* Asks the same of many communities, so many datagrams a second, and listens to all answers
 * together; answers[i] belongs to whos[i], of which none is of v3. */
enum status snmp_ask_all(struct snmp_agent *agent, const struct snmp_who *whos, size_t count,
                         const struct snmp_wish *wish, unsigned per_second,
                         struct snmp_answer *answers, struct error *reterr) MUST_CHECK;
