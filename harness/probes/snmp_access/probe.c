/* snmp_access - what an SNMP agent hands out to somebody who should not be known to it, and
 * whether it lets him write.
 *
 * By hand: hoshitori probe snmp_access --target 192.0.2.7:161/udp --param as=common */
#include "probe/probe.h"

#include "base/text.h"
#include "party.h"
#include "probe/snmp_who.h"
#include "strangers.h"

extern const struct probe probe_snmp_access;

/* A declared credential by which an object was read; NULL passphrase and name: none is. */
struct declared {
    struct snmp_who who;
    bool exists;
    bool reads;
};

static enum status declared_try(struct snmp_agent *agent, struct declared *declared,
                                struct error *reterr)
{
    struct snmp_answer answer;

    TRY(snmp_reads(agent, &declared->who, &answer, &declared->reads, reterr));
    if (!declared->reads && declared->who.version == WIRE_SNMP_V2C) {
        declared->who.version = WIRE_SNMP_V1;
        TRY(snmp_reads(agent, &declared->who, &answer, &declared->reads, reterr));
    }
    return STATUS_OK;
}

/* The first of the service's declared credentials that reads. */
static enum status declared_find(const struct probe_call *call, struct snmp_agent *agent,
                                 struct declared *declared, struct error *reterr)
{
    const struct profile *profile = call->subject->profile;

    for (size_t i = 0; profile != NULL && i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        for (size_t k = 0; auth->service == call->subject->service &&
                           snmp_is_scheme(auth->scheme) && k < auth->credential_count;
             k++) {
            const struct credential *credential = &auth->credentials[k];

            declared->exists = true;
            declared->who = snmp_who_of(auth, auth->scheme, credential->user,
                                        secret_reveal(&credential->secret), true);
            TRY(declared_try(agent, declared, reterr));
            if (declared->reads) {
                return STATUS_OK;
            }
        }
    }
    return STATUS_OK;
}

static enum status strangers_find(const struct probe_call *call, struct arena *arena,
                                  struct strangers *strangers, struct error *reterr)
{
    const struct profile *profile = call->subject->profile;

    if (text_equal(probe_param_text(call, "as"), "nobody")) {
        return strangers_nobody(profile, call->subject->service, call->seed, arena, strangers,
                                reterr);
    }
    return strangers_common(profile, call->seed, arena, strangers, reterr);
}

static void granted_set(struct probe_call *call, const struct party *party)
{
    json_t *granted = json_array();
    json_t *known = json_array();

    for (size_t i = STRANGERS_RANDOM; i < party->strangers.count; i++) {
        if (party->granted[i]) {
            probe_list_add_text(granted, party->strangers.items[i].label);
        }
        if (party->known[i]) {
            probe_list_add_text(known, party->strangers.items[i].label);
        }
    }
    probe_fact_json(call, "granted", granted);
    probe_fact_json(call, "users_known", known);
    probe_fact_int(call, "tried", (long long) party->strangers.count - STRANGERS_RANDOM);
}

/* With whom the first of those who got in reads, and writes what is there already. */
static enum status depth_set(struct probe_call *call, struct party *party, struct error *reterr)
{
    struct harvest harvest = { 0 };
    enum status status = STATUS_OK;

    harvest_start(&harvest);
    if (party->granted_count > 0) {
        status =
            party_harvest(party, (unsigned) probe_param_int(call, "objects_max"), &harvest, reterr);
    }
    if (status == STATUS_OK && party->granted_count > 0) {
        probe_fact_int(call, "objects_read", harvest.objects);
        probe_fact_json(call, "subtrees", json_incref(harvest.subtrees));
        probe_fact_json(call, "system", json_incref(harvest.system));
    }
    if (status == STATUS_OK) {
        status =
            party_write(party, call->subject->profile, call->subject->service, &harvest, reterr);
    }
    if (status == STATUS_OK && harvest.write_not_tried != NULL) {
        probe_fact_text(call, "write_not_tried", harvest.write_not_tried);
    } else if (status == STATUS_OK) {
        probe_fact_json(call, "writable", json_incref(harvest.writable));
    }
    harvest_done(&harvest);
    return status;
}

static enum status ask_everybody(struct probe_call *call, struct party *party, struct arena *arena,
                                 struct error *reterr)
{
    struct declared declared = { .exists = false };
    char engine[2 * WIRE_SNMP_ENGINE_MAX + 1];

    TRY(strangers_find(call, arena, &party->strangers, reterr));
    TRY(declared_find(call, party->agent, &declared, reterr));
    TRY(snmp_engine(party->agent, engine, reterr));
    TRY(party_ask(party, arena, reterr));
    granted_set(call, party);
    TRY(depth_set(call, party, reterr));
    if (declared.reads) {
        TRY(declared_try(party->agent, &declared, reterr));
    }
    if (declared.exists) {
        probe_fact_bool(call, "declared_reads", declared.reads);
    }
    if (engine[0] != '\0') {
        probe_fact_text(call, "engine", engine);
    }
    probe_fact_bool(call, "agent_seen", engine[0] != '\0' || declared.reads || party->answered);
    /* Silence says that a word was refused only from an agent that answers to the right one. */
    if (declared.reads || party->random_granted) {
        probe_fact_bool(call, "random_granted", party->random_granted);
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(party_done)
    struct party party = { .per_second = (unsigned) probe_param_int(call, "datagrams_per_second") };
    const struct snmp_setting setting = {
        .host = call->host,
        .port = call->port,
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .retries = (unsigned) probe_param_int(call, "retries"),
        .seed = call->seed,
        .deadline_ms = call->deadline_ms - 500, /* time to write down what is known */
        .transcript = call->transcript,
    };

    TRY(snmp_open(&setting, &party.agent, reterr));
    return ask_everybody(call, &party, arena, reterr);
}

static const char *const as_choices[] = { "common", "nobody", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who asks: common: whoever knows the well-known communities, and those derived from "
              "the device; nobody: with an empty community, or as a user of v3 without any "
              "authentication.",
      .fallback = "\"common\"",
      .choices = as_choices },
    { .name = "objects_max",
      .type = FACT_INT,
      .help = "How many objects a walk reads at most.",
      .fallback = "200",
      .minimum = 1,
      .maximum = 5000 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long an answer may take.",
      .fallback = "700",
      .minimum = 50,
      .maximum = 10000 },
    { .name = "retries",
      .type = FACT_INT,
      .help = "How often is asked again after silence.",
      .fallback = "1",
      .minimum = 0,
      .maximum = 5 },
    { .name = "datagrams_per_second",
      .type = FACT_INT,
      .help = "Datagrams per second, at most.",
      .fallback = "100",
      .minimum = 1,
      .maximum = 100000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "granted",
      .type = FACT_TEXTS,
      .help = "Who of those that were tried read an object, by label." },
    { .name = "tried", .type = FACT_INT, .help = "How many were tried, v1 and v2c apart." },
    { .name = "users_known",
      .type = FACT_TEXTS,
      .help = "Users that the agent calls neither unknown nor lets read (RFC 3414 section 3.2): "
              "it tells who exists." },
    { .name = "declared_reads",
      .type = FACT_BOOL,
      .help = "A declared credential of this service read an object before and after; absent "
              "when none is declared." },
    { .name = "random_granted",
      .type = FACT_BOOL,
      .help = "A random community read an object; absent when nothing shows that the agent would "
              "have answered." },
    { .name = "agent_seen", .type = FACT_BOOL, .help = "Anything came back in SNMP." },
    { .name = "engine", .type = FACT_TEXT, .help = "The engine of v3, in hex (RFC 3411)." },
    { .name = "objects_read",
      .type = FACT_INT,
      .help = "Objects that the first of them walked through, up to objects_max." },
    { .name = "subtrees",
      .type = FACT_TEXTS,
      .help = "Which telling subtrees answered him, such as hrSWRunTable." },
    { .name = "system",
      .type = FACT_TEXTS,
      .help = "What sysDescr, sysContact, sysName and sysLocation told him." },
    { .name = "writable",
      .type = FACT_TEXTS,
      .help = "Who could set which object to the value that it had already." },
    { .name = "write_not_tried", .type = FACT_TEXT, .help = "Why no write was tried." },
    FACT_END,
};

const struct probe probe_snmp_access = {
    .decl = {
        .name = "snmp_access",
        .summary = { .ja = "SNMPエージェントが知らないはずの相手に何を渡すかを観測する",
                     .en = "Asks an SNMP agent as somebody who should not be known to it" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 120000,
    },
    .run = run,
};
