/* Waivers, operators' attestations and the authority's registrations: cases 90 and 94. */
#include "attack.h"

#include "evidence/json_make.h"

#define ATT_REMARK "META-INF/att/30-remark.sigstore.json"

void attack_090_lab_registers(struct attempt *attempt)
{
    world_register(attempt->world, &attempt->zip, WORLD_LAB, "Lab KK");
}

void attack_090_authority_registers(struct attempt *attempt)
{
    world_register(attempt->world, &attempt->zip, WORLD_AUTHORITY, "Scheme Owner");
}

/* A bundle whose first clause fails, and a reader who wants conformance. */
static void require_conformant(struct attempt *attempt, const char *verdict, bool accept)
{
    const struct world_bundle bundle = { .event_of_first = verdict, .verdict_of_first = verdict };
    const struct world_store store = { .require_conformant = true, .accept_waivers = accept };

    attempt_bundle(attempt, &bundle);
    attempt_trust(attempt, &store);
}

static void waive(struct attempt *attempt, const struct world_remark *how)
{
    require_conformant(attempt, "fail", true);
    world_remark(attempt->world, &attempt->zip, how);
}

void attack_094_conformant_required(struct attempt *attempt)
{
    require_conformant(attempt, "fail", true);
}

void attack_094_conformant_option(struct attempt *attempt)
{
    const struct world_bundle bundle = { .event_of_first = "fail", .verdict_of_first = "fail" };

    attempt_bundle(attempt, &bundle);
    attempt->conformant = true;
}

void attack_094_conformant_is(struct attempt *attempt)
{
    require_conformant(attempt, "pass", false);
}

void attack_094_inconclusive(struct attempt *attempt)
{
    require_conformant(attempt, "inconc", false);
}

void attack_094_waived(struct attempt *attempt)
{
    const struct world_remark how = { 0 };

    waive(attempt, &how);
}

void attack_094_waived_check(struct attempt *attempt)
{
    const struct world_remark how = { .check = "S1.1-01/a" };

    waive(attempt, &how);
}

void attack_094_waiver_not_accepted(struct attempt *attempt)
{
    const struct world_remark how = { 0 };

    require_conformant(attempt, "fail", false);
    world_remark(attempt->world, &attempt->zip, &how);
}

void attack_094_waiver_expired(struct attempt *attempt)
{
    const struct world_remark how = { .not_after = "2026-05-10T00:00:00Z" };

    waive(attempt, &how);
}

void attack_094_waiver_other_clause(struct attempt *attempt)
{
    const struct world_remark how = { .clause = "S1.1-03", .verdict = "inconc" };

    waive(attempt, &how);
}

void attack_094_waiver_other_verdict(struct attempt *attempt)
{
    const struct world_remark how = { .verdict = "inconc" };

    waive(attempt, &how);
}

void attack_094_waiver_by_vendor(struct attempt *attempt)
{
    const struct world_remark how = { .signer = WORLD_VENDOR_SECOND, .by = "ACME" };

    waive(attempt, &how);
}

void attack_094_waiver_self(struct attempt *attempt)
{
    const struct world_remark how = { .by = "ACME" };
    const struct world_store store = { .require_conformant = true,
                                       .accept_waivers = true,
                                       .lab_is = "ACME" };

    waive(attempt, &how);
    attempt_trust(attempt, &store);
}

void attack_094_waiver_other_name(struct attempt *attempt)
{
    const struct world_remark how = { .by = "Other Lab KK" };

    waive(attempt, &how);
}

void attack_094_waiver_by_stranger(struct attempt *attempt)
{
    const struct world_remark how = { .signer = WORLD_STRANGER };

    waive(attempt, &how);
}

static void edit_waiver(struct attempt *attempt, world_edit edit)
{
    const struct world_remark how = { 0 };

    waive(attempt, &how);
    world_edit_statement(&attempt->zip, ATT_REMARK, attempt_key(attempt, WORLD_LAB), edit, NULL);
}

static void unjustify(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "justification", json_string(" \n"));
}

void attack_094_waiver_unjustified(struct attempt *attempt)
{
    edit_waiver(attempt, unjustify);
}

static void unjustify_in_full_width(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "justification", json_string("\xe3\x80\x80"));
}

void attack_094_waiver_wide_blank(struct attempt *attempt)
{
    edit_waiver(attempt, unjustify_in_full_width);
}

static void make_endless(json_t *json, void *context)
{
    (void) context;
    (void) json_object_del(json_object_get(json, "predicate"), "notAfter");
}

void attack_094_waiver_endless(struct attempt *attempt)
{
    edit_waiver(attempt, make_endless);
}

static void waive_error(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "verdict", json_string("error"));
}

void attack_094_waiver_of_error(struct attempt *attempt)
{
    edit_waiver(attempt, waive_error);
}

static void as_vendor(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "role", json_string("vendor"));
}

void attack_094_waiver_role(struct attempt *attempt)
{
    edit_waiver(attempt, as_vendor);
}

void attack_094_waiver_idle(struct attempt *attempt)
{
    const struct world_bundle bundle = { .event_of_first = "fail", .verdict_of_first = "fail" };
    const struct world_remark how = { 0 };

    attempt_bundle(attempt, &bundle);
    world_remark(attempt->world, &attempt->zip, &how);
}

void attack_094_attestation(struct attempt *attempt)
{
    const struct world_remark how = {
        .signer = WORLD_VENDOR, .attestation = true, .by = "ACME", .role = "vendor"
    };

    world_remark(attempt->world, &attempt->zip, &how);
}

void attack_094_attestation_waives_nothing(struct attempt *attempt)
{
    const struct world_remark how = { .attestation = true };

    waive(attempt, &how);
}
