/* upnp_description.h - what a UPnP device says about itself: its services, their actions, and what
 * an action answered (UPnP Device Architecture 1.1 sections 2.3, 2.5, 3.2).
 *
 * Pure; accepts any bytes.  A document with a document type that declares anything is refused. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    UPNP_SERVICES_MAX = 32,
    UPNP_ACTIONS_MAX = 128,
    UPNP_TEXT_SIZE = 256,
    UPNP_NAME_SIZE = 80,
    UPNP_DOCUMENT_MAX = 1024 * 1024
};

struct upnp_service {
    char type[UPNP_TEXT_SIZE];    /* "urn:schemas-upnp-org:service:WANIPConnection:1" */
    char control[UPNP_TEXT_SIZE]; /* URLs as sent: absolute or relative */
    char scpd[UPNP_TEXT_SIZE];
};

struct upnp_description {
    char device_type[UPNP_TEXT_SIZE];   /* of the outermost device, as what follows */
    char friendly_name[UPNP_TEXT_SIZE]; /* printable */
    char model_name[UPNP_TEXT_SIZE];
    char model_number[UPNP_TEXT_SIZE];
    struct upnp_service services[UPNP_SERVICES_MAX];
    size_t count;
    bool cut; /* there were more, or one whose texts did not fit */
};

/* BAD_INPUT or LIMIT: what the device sent is no description; no fault of ours. */
enum status upnp_description_read(const void *data, size_t length,
                                  struct upnp_description *ret_description,
                                  struct error *reterr) MUST_CHECK;

struct upnp_action {
    char name[UPNP_NAME_SIZE];
    unsigned in;
    unsigned out;
};

struct upnp_actions {
    struct upnp_action items[UPNP_ACTIONS_MAX];
    size_t count;
    bool cut;
};

enum status upnp_actions_read(const void *data, size_t length, struct upnp_actions *ret_actions,
                              struct error *reterr) MUST_CHECK;

/* What came back from an action. */
struct upnp_result {
    bool response;      /* <NAMEResponse> */
    unsigned values;    /* out-arguments that are not empty */
    long long code;     /* errorCode of a fault; 0: none */
    long long returned; /* NumberReturned, as Browse has it; -1: none */
};

/* False: it is neither a response to `action` nor a fault. */
bool upnp_result_read(const void *data, size_t length, const char *action,
                      struct upnp_result *ret_result);

/* "WANIPConnection:1" of a service type; the whole text when it has no such end. */
const char *upnp_short_type(const char *type);

/* Whether a name promises to read: Get... or Query..., and no ...And... in it. */
bool upnp_name_reads(const char *name);

struct upnp_url {
    char host[UPNP_TEXT_SIZE]; /* without brackets */
    unsigned port;
    char path[UPNP_TEXT_SIZE];
};

/* http URLs only. */
bool upnp_url_split(const char *text, struct upnp_url *ret_url);

/* `text` seen from `base` (RFC 3986 section 5.2, without dot segments); false when it leads to
 * another host or port, or does not fit. */
bool upnp_url_resolve(const struct upnp_url *base, const char *text, char room[UPNP_TEXT_SIZE]);
