/* snmp_who.h - what the profile declares about SNMP, as the channel asks it: a community for
 * scheme "snmp", a user of the user-based security model for scheme "snmpv3". */
#pragma once

#include "channel/snmp.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

bool snmp_is_scheme(const char *scheme);

/* auth may be NULL: the usual hash and cipher.  An empty password of a user means no
 * authentication.  A community is taken for v2c. */
struct snmp_who snmp_who_of(const struct auth *auth, const char *scheme, const char *user,
                            const char *password, bool is_secret);

/* Asks for the first object that somebody may see; *ret_reads: a value came.  It is the mildest
 * thing that needs an accepted name, and no view of objects leaves it out. */
enum status snmp_reads(struct snmp_agent *agent, const struct snmp_who *who,
                       struct snmp_answer *answer, bool *ret_reads,
                       struct error *reterr) MUST_CHECK;
struct snmp_wish snmp_first_object(void);
/* A value came, and no word that there is none. */
bool snmp_has_value(const struct snmp_answer *answer);
