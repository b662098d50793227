/* party.h - strangers at one agent: who is let in, what the first of them sees, and whether
 * somebody may write.  Nothing is changed: a write sets the value that was read just before. */
#pragma once

#include "strangers.h"

#include <jansson.h>

struct party {
    struct snmp_agent *agent;
    unsigned per_second;
    struct strangers strangers;
    bool *granted;        /* one each; the arena's */
    bool *known;          /* users that exist, and were not let in */
    size_t granted_count; /* the random ones not among them */
    bool random_granted;
    bool answered; /* anything came back */
};

/* Lists of texts, owned. */
struct harvest {
    unsigned objects;
    json_t *subtrees;
    json_t *system;
    json_t *writable;
    const char *write_not_tried; /* static; NULL: it was */
};

void party_done(struct party *party);
void harvest_start(struct harvest *harvest);
void harvest_done(struct harvest *harvest);

enum status party_ask(struct party *party, struct arena *arena, struct error *reterr) MUST_CHECK;

/* By the first of those who got in. */
enum status party_harvest(struct party *party, unsigned objects_max, struct harvest *harvest,
                          struct error *reterr) MUST_CHECK;

/* By each of them, on the objects that the profile declares writable: an access of this service
 * whose write.path is "/1.3.6.1.2.1.1.4.0" (sysContact), .5.0 (sysName) or .6.0 (sysLocation). */
enum status party_write(struct party *party, const struct profile *profile,
                        const struct service *service, struct harvest *harvest,
                        struct error *reterr) MUST_CHECK;
