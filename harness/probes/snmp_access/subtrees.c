#include "subtrees.h"

#include <stddef.h>

const struct snmp_subtree snmp_subtrees[] = {
    { "ifTable", "1.3.6.1.2.1.2.2" },                     /* RFC 2863 */
    { "ipAddrTable", "1.3.6.1.2.1.4.20" },                /* RFC 4293, as the next three */
    { "ipRouteTable", "1.3.6.1.2.1.4.21" },               /* RFC 1213 */
    { "ipNetToMediaTable", "1.3.6.1.2.1.4.22" },          /* the neighbours' hardware addresses */
    { "ipNetToPhysicalTable", "1.3.6.1.2.1.4.35" },       /* the same over IPv6 too */
    { "tcpConnTable", "1.3.6.1.2.1.6.13" },               /* RFC 4022, as the next */
    { "tcpListenerTable", "1.3.6.1.2.1.6.20" },           /* */
    { "udpTable", "1.3.6.1.2.1.7.5" },                    /* RFC 4113 */
    { "hrStorageTable", "1.3.6.1.2.1.25.2.3" },           /* RFC 2790, as the next three */
    { "hrDeviceTable", "1.3.6.1.2.1.25.3.2" },            /* */
    { "hrSWRunTable", "1.3.6.1.2.1.25.4.2" },             /* running programs, with arguments */
    { "hrSWInstalledTable", "1.3.6.1.2.1.25.6.3" },       /* installed software */
    { "entPhysicalTable", "1.3.6.1.2.1.47.1.1.1" },       /* RFC 6933: serial numbers */
    { "snmpTargetAddrTable", "1.3.6.1.6.3.12.1.2" },      /* RFC 3413 */
    { "usmUserTable", "1.3.6.1.6.3.15.1.2" },             /* RFC 3414: users of v3 */
    { "vacmSecurityToGroupTable", "1.3.6.1.6.3.16.1.2" }, /* RFC 3415: who is in which group */
    { "snmpCommunityTable", "1.3.6.1.6.3.18.1.1" },       /* RFC 3584: communities in clear */
    { "svUserTable", "1.3.6.1.4.1.77.1.2.25" },           /* LAN Manager: accounts */
    { "ucdExperimental", "1.3.6.1.4.1.2021" },          /* net-snmp's processes, disks, commands */
    { "nsExtendObjects", "1.3.6.1.4.1.8072.1.3.2" },    /* net-snmp's extensions: commands */
    { "dot11StationConfigTable", "1.2.840.10036.1.1" }, /* IEEE 802.11: SSID; the next: WEP keys */
    { "dot11WEPDefaultKeysTable", "1.2.840.10036.1.3" },
    { NULL, NULL },
};

const struct snmp_subtree snmp_system_objects[] = {
    { "sysDescr", "1.3.6.1.2.1.1.1.0" },
    { "sysContact", "1.3.6.1.2.1.1.4.0" },
    { "sysName", "1.3.6.1.2.1.1.5.0" },
    { "sysLocation", "1.3.6.1.2.1.1.6.0" },
    { NULL, NULL },
};
