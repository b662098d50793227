#include "probe/snmp_who.h"

#include "base/text.h"

bool snmp_is_scheme(const char *scheme)
{
    return text_equal(scheme, "snmp") || text_equal(scheme, "snmpv3");
}

struct snmp_who snmp_who_of(const struct auth *auth, const char *scheme, const char *user,
                            const char *password, bool is_secret)
{
    struct snmp_who who = { .version = WIRE_SNMP_V2C, .name = password, .is_secret = is_secret };

    if (text_equal(scheme, "snmpv3")) {
        who.version = WIRE_SNMP_V3;
        who.name = user;
        who.passphrase = password[0] != '\0' ? password : NULL;
        (void) snmp_hash_find(auth != NULL ? auth->usm_hash : NULL, &who.hash);
        (void) snmp_cipher_find(auth != NULL ? auth->usm_cipher : NULL, &who.cipher);
    }
    return who;
}

struct snmp_wish snmp_first_object(void)
{
    struct snmp_wish wish = { .kind = WIRE_SNMP_NEXT };

    (void) wire_snmp_oid_parse("1.3", &wish.name);
    return wish;
}

bool snmp_has_value(const struct snmp_answer *answer)
{
    return answer->event == SNMP_ANSWERED && answer->error == 0 &&
           answer->tag < WIRE_SNMP_TAG_EXCEPTION;
}

enum status snmp_reads(struct snmp_agent *agent, const struct snmp_who *who,
                       struct snmp_answer *answer, bool *ret_reads, struct error *reterr)
{
    const struct snmp_wish wish = snmp_first_object();

    TRY(snmp_ask(agent, who, &wish, answer, reterr));
    *ret_reads = snmp_has_value(answer);
    return STATUS_OK;
}
