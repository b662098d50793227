/* lever.h - what a bench does to a unit, and the way that the profile declares for it.
 *
 * A lever is moved by a command of the bench, by a request to the device or to a plug over HTTP,
 * by an MQTT message, by an SNMP set, or by a person.  Everything lives in the profile's arena. */
#pragma once

#include "base/secret.h"
#include "base/text.h"
#include "model/mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lever {
    LEVER_POWER_OFF,
    LEVER_POWER_ON,
    LEVER_POWER_CYCLE,
    LEVER_NETWORK_DOWN,
    LEVER_NETWORK_UP,
    LEVER_FACTORY_RESET,
    LEVER_ERASE,
    LEVER_SET_CREDENTIAL,
    LEVER_CHANGE_CREDENTIAL,
    LEVER_INSTALL_IMAGE,
    LEVER_REINSTALL,
    LEVER_CHECK_UPDATE,
    LEVER_READ_VERSION,
    LEVER_READ_SETTING,
    LEVER_WRITE_SETTING,
    LEVER_SAVE_STATE,
    LEVER_RESTORE_STATE,
    LEVER_CLIENT_START,
    LEVER_CLIENT_STOP,
    LEVER_COUNT
};

/* A set of levers. */
#define LEVER_BIT(lever) (1u << (lever))

/* "power_off", ...; NULL-ended. */
extern const char *const lever_words[];

/* LEVER_COUNT for a text that is none. */
enum lever lever_find(const char *word);

enum lever_by { LEVER_BY_COMMAND, LEVER_BY_REQUEST, LEVER_BY_MQTT, LEVER_BY_SNMP, LEVER_BY_PERSON };

/* "command", "request", "mqtt", "snmp", "person" */
extern const char *const lever_by_words[];

enum lever_body { LEVER_BODY_DECLARED, LEVER_BODY_IMAGE, LEVER_BODY_MULTIPART };

enum { LEVER_WITHIN_S = 30, LEVER_WITHIN_S_MAX = 3600, LEVER_PERSON_WITHIN_S = 300 };

/* Where a plug or a power strip is that is not the device. */
struct lever_place {
    const char *address; /* numeric; NULL: the device itself */
    uint16_t port;
    bool tls;
    const char *user;     /* NULL: none is shown */
    struct secret secret; /* its password or community; empty: none */
};

struct lever_mqtt {
    const char *topic;
    const char *message;
    const char *state_topic; /* on which the plug says what it did; NULL: nothing is waited for */
    const char *state;       /* that says it; NULL: any message does */
};

struct lever_snmp {
    const char *oid;
    const char *text; /* a text in place of the integer; or NULL */
    long long value;
    bool version_1; /* SNMPv1 in place of SNMPv2c */
};

struct http_request;
struct service;
struct auth;

/* One declared way to move one lever. */
struct lever_way {
    struct source_mark mark;
    enum lever lever;
    const char *id; /* of a way to erase, or of a setting; else NULL */
    enum lever_by by;
    unsigned within_s;

    const char *const *command; /* NULL-ended; the first word is resolved */
    const char *folder;         /* of the profile: the command begins there */

    const struct http_request *request;
    enum lever_body body;
    const char *field;             /* of a multipart body */
    const char *file_name;         /* likewise */
    const struct service *service; /* of the device; NULL with at.address */
    const struct auth *auth;       /* or NULL: nobody logs in */
    const char *role;
    const unsigned *refused; /* statuses by which the device says no */
    size_t refused_count;
    const char *json; /* JSON pointer to the value in the answer; NULL: the whole answer */

    struct lever_place at;
    struct lever_mqtt mqtt;
    struct lever_snmp snmp;
    struct words person;
};

/* A physical or radio interface (S1.1-13). */
struct interface {
    const char *id; /* the kind, unless given */
    const char *kind;
    const char *state;    /* none, disabled, protected, enabled */
    struct words purpose; /* of one that is there */
    struct words reason;
};

struct profile;

/* The i-th way (from 0) to move the lever; id NULL: any.  NULL: there is no such way. */
const struct lever_way *profile_lever(const struct profile *profile, enum lever lever,
                                      const char *id, size_t at);

/* The i-th way to erase: those of control.erase, then control.factory_reset; NULL: no more. */
const struct lever_way *profile_erasure(const struct profile *profile, size_t at);
/* Its id, or "factory-reset". */
const char *erasure_name(const struct lever_way *way);

/* Does the profile declare what a check needs?  A lever's word, or one for several: "power"
 * (off and on, or a cycle), "network" (down and up), "client" (start and stop), "state" (save and
 * restore), "settings" (one that is read and written), "install" (install_image).  *ret_known
 * (may be NULL): whether it is such a word at all. */
bool profile_has_lever(const struct profile *profile, const char *name, bool *ret_known);
