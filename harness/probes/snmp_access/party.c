#include "party.h"

#include "base/text.h"
#include "probe/probe.h"
#include "probe/snmp_who.h"
#include "subtrees.h"

#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 200 };

void party_done(struct party *party)
{
    snmp_close(&party->agent);
}

void harvest_start(struct harvest *harvest)
{
    *harvest = (struct harvest){ .subtrees = json_array(),
                                 .system = json_array(),
                                 .writable = json_array() };
}

void harvest_done(struct harvest *harvest)
{
    json_decref(harvest->subtrees);
    json_decref(harvest->system);
    json_decref(harvest->writable);
}

static void take(struct party *party, size_t i, const struct snmp_answer *answer)
{
    party->answered |= answer->event == SNMP_ANSWERED || answer->event == SNMP_REPORTED;
    party->granted[i] = snmp_has_value(answer);
    if (i < STRANGERS_RANDOM) {
        party->random_granted |= party->granted[i];
    } else {
        party->granted_count += party->granted[i];
    }
    party->known[i] = !party->granted[i] && party->strangers.items[i].who.version == WIRE_SNMP_V3 &&
                      (answer->event == SNMP_ANSWERED ||
                       (answer->event == SNMP_REPORTED && answer->report == SNMP_REPORT_LEVEL));
}

/* Communities that belong together: neighbours of which all or none are kept from the record. */
static enum status communities_ask(struct party *party, size_t first, size_t count,
                                   struct arena *arena, struct error *reterr)
{
    const struct snmp_wish wish = snmp_first_object();
    struct snmp_who *whos = arena_array(arena, count, sizeof *whos);
    struct snmp_answer *answers = arena_array(arena, count, sizeof *answers);

    for (size_t i = 0; i < count; i++) {
        whos[i] = party->strangers.items[first + i].who;
    }
    TRY(snmp_ask_all(party->agent, whos, count, &wish, party->per_second, answers, reterr));
    for (size_t i = 0; i < count; i++) {
        take(party, first + i, &answers[i]);
    }
    return STATUS_OK;
}

enum status party_ask(struct party *party, struct arena *arena, struct error *reterr)
{
    const struct stranger *items = party->strangers.items;
    size_t count = party->strangers.count;

    party->granted = arena_array(arena, count, sizeof *party->granted);
    party->known = arena_array(arena, count, sizeof *party->known);
    for (size_t i = 0; i < count;) {
        size_t end = i;

        while (end < count && items[end].who.version != WIRE_SNMP_V3 &&
               items[end].who.is_secret == items[i].who.is_secret) {
            end++;
        }
        if (end > i) {
            TRY(communities_ask(party, i, end - i, arena, reterr));
            i = end;
        } else {
            const struct snmp_wish wish = snmp_first_object();
            struct snmp_answer answer;

            TRY(snmp_ask(party->agent, &items[i].who, &wish, &answer, reterr));
            take(party, i, &answer);
            i++;
        }
    }
    return STATUS_OK;
}

static enum status system_read(struct party *party, const struct snmp_who *who,
                               struct harvest *harvest, struct error *reterr)
{
    for (size_t i = 0; snmp_system_objects[i].name != NULL; i++) {
        struct snmp_wish wish = { .kind = WIRE_SNMP_GET };
        struct snmp_answer answer;
        char line[LINE_SIZE];
        int used;

        (void) wire_snmp_oid_parse(snmp_system_objects[i].oid, &wish.name);
        TRY(snmp_ask(party->agent, who, &wish, &answer, reterr));
        if (snmp_has_value(&answer) && answer.value_length > 0) {
            used = snprintf(line, sizeof line, "%s: ", snmp_system_objects[i].name);
            text_printable(answer.value,
                           answer.value_length < SNMP_VALUE_MAX ? answer.value_length
                                                                : SNMP_VALUE_MAX,
                           line + used, sizeof line - (size_t) used);
            probe_list_add_text(harvest->system, line);
        }
    }
    return STATUS_OK;
}

static enum status subtrees_ask(struct party *party, const struct snmp_who *who,
                                struct harvest *harvest, struct error *reterr)
{
    for (size_t i = 0; snmp_subtrees[i].name != NULL; i++) {
        struct snmp_wish wish = { .kind = WIRE_SNMP_NEXT };
        struct snmp_answer answer;

        (void) wire_snmp_oid_parse(snmp_subtrees[i].oid, &wish.name);
        TRY(snmp_ask(party->agent, who, &wish, &answer, reterr));
        if (snmp_has_value(&answer) && wire_snmp_oid_within(&answer.name, &wish.name)) {
            probe_list_add_text(harvest->subtrees, snmp_subtrees[i].name);
        }
    }
    return STATUS_OK;
}

/* An agent whose names do not go up would be walked for ever. */
static enum status walk(struct party *party, const struct snmp_who *who, unsigned objects_max,
                        struct harvest *harvest, struct error *reterr)
{
    struct snmp_wish wish = snmp_first_object();

    while (harvest->objects < objects_max) {
        struct snmp_answer answer;

        TRY(snmp_ask(party->agent, who, &wish, &answer, reterr));
        if (!snmp_has_value(&answer) || !wire_snmp_oid_before(&wish.name, &answer.name)) {
            break;
        }
        harvest->objects++;
        wish.name = answer.name;
    }
    return STATUS_OK;
}

enum status party_harvest(struct party *party, unsigned objects_max, struct harvest *harvest,
                          struct error *reterr)
{
    for (size_t i = STRANGERS_RANDOM; i < party->strangers.count; i++) {
        if (party->granted[i]) {
            const struct snmp_who *who = &party->strangers.items[i].who;

            TRY(system_read(party, who, harvest, reterr));
            TRY(subtrees_ask(party, who, harvest, reterr));
            return walk(party, who, objects_max, harvest, reterr);
        }
    }
    return STATUS_OK;
}

/* Reads, sets what was read, and reads again. */
static enum status same_set(struct party *party, const struct snmp_who *who,
                            const struct snmp_subtree *object, bool *ret_set, struct error *reterr)
{
    struct snmp_wish wish = { .kind = WIRE_SNMP_GET };
    struct snmp_answer before;
    struct snmp_answer answer;

    *ret_set = false;
    (void) wire_snmp_oid_parse(object->oid, &wish.name);
    TRY(snmp_ask(party->agent, who, &wish, &before, reterr));
    if (!snmp_has_value(&before) || before.tag != WIRE_SNMP_TAG_OCTETS ||
        before.value_length > SNMP_VALUE_MAX) {
        return STATUS_OK;
    }
    wish.kind = WIRE_SNMP_SET;
    wish.tag = before.tag;
    wish.value = before.value;
    wish.value_length = before.value_length;
    TRY(snmp_ask(party->agent, who, &wish, &answer, reterr));
    *ret_set = snmp_has_value(&answer);
    wish.kind = WIRE_SNMP_GET;
    TRY(snmp_ask(party->agent, who, &wish, &answer, reterr));
    *ret_set = *ret_set && snmp_has_value(&answer) && answer.value_length == before.value_length &&
               memcmp(answer.value, before.value, before.value_length) == 0;
    return STATUS_OK;
}

static bool is_declared(const struct profile *profile, const struct service *service,
                        const struct snmp_subtree *object)
{
    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const char *path = profile->accesses[i].write.path;

        if (profile->accesses[i].service == service && path != NULL &&
            text_equal(path + 1, object->oid)) {
            return true;
        }
    }
    return false;
}

static enum status object_write(struct party *party, const struct snmp_subtree *object,
                                struct harvest *harvest, struct error *reterr)
{
    for (size_t i = STRANGERS_RANDOM; i < party->strangers.count; i++) {
        bool set = false;
        char line[LINE_SIZE];

        if (party->granted[i]) {
            TRY(same_set(party, &party->strangers.items[i].who, object, &set, reterr));
        }
        if (set) {
            (void) snprintf(line, sizeof line, "%s: %s", party->strangers.items[i].label,
                            object->name);
            probe_list_add_text(harvest->writable, line);
        }
    }
    return STATUS_OK;
}

enum status party_write(struct party *party, const struct profile *profile,
                        const struct service *service, struct harvest *harvest,
                        struct error *reterr)
{
    /* From sysContact on: sysDescr is nobody's to write. */
    harvest->write_not_tried =
        "the profile declares no write of sysContact, sysName or sysLocation";
    for (size_t i = 1; snmp_system_objects[i].name != NULL; i++) {
        if (!is_declared(profile, service, &snmp_system_objects[i])) {
            continue;
        }
        if (party->granted_count == 0) {
            harvest->write_not_tried = "nobody was let in";
            return STATUS_OK;
        }
        harvest->write_not_tried = NULL;
        TRY(object_write(party, &snmp_system_objects[i], harvest, reterr));
    }
    return STATUS_OK;
}
