/* subtrees.h - which parts of what an agent can be asked tell a stranger something. */
#pragma once

#include "wire/snmp_message.h"

struct snmp_subtree {
    const char *name; /* as its MIB module calls it */
    const char *oid;
};

/* Ended by one without a name. */
extern const struct snmp_subtree snmp_subtrees[];

/* sysDescr, sysContact, sysName and sysLocation (RFC 3418); ended by one without a name. */
extern const struct snmp_subtree snmp_system_objects[];
