/* unit_defaults - compares the default passwords of the declared units with each other and with
 * what stands on their outside, or tries one unit's default on another unit.
 *
 * By hand: hoshitori probe unit_defaults --profile profile.yaml --auth admin-login
 */
#include "probe/probe.h"
#include "base/arena.h"
#include "base/text.h"
#include "derive.h"
#include "probe/credential_list.h"
#include "probe/data.h"
#include "probe/mechanism.h"
#include "probe/web.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const struct probe probe_unit_defaults;

enum { UNITS_MAX = 16, CROSSED_MAX = 16 };

struct known_unit {
    const struct unit *unit;
    struct secret serial;
    struct secret password;
};

struct comparison {
    struct probe_call *call;
    const struct profile *profile;
    const struct auth *auth;
    struct arena *arena;
    struct credential_list common;
    struct known_unit units[UNITS_MAX];
    size_t count; /* whose default is known */
};

static void comparison_done(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        secret_done(&comparison->units[i].serial);
        secret_done(&comparison->units[i].password);
    }
    arena_done(&comparison->arena);
}

static enum status units_read(struct comparison *comparison, struct error *reterr)
{
    const struct profile *profile = comparison->profile;

    for (size_t i = 0; i < profile->unit_count && comparison->count < UNITS_MAX; i++) {
        const struct unit *unit = &profile->units[i];
        struct known_unit *known = &comparison->units[comparison->count];

        if (unit->label_password_file == NULL) {
            continue;
        }
        *known = (struct known_unit){ .unit = unit };
        comparison->count++;
        TRY(secret_from_file(&known->password, unit->label_password_file, true, SECRET_FOR_CHILDREN,
                             reterr));
        if (unit->serial_file != NULL) {
            TRY(secret_from_file(&known->serial, unit->serial_file, true, SECRET_FOR_CHILDREN,
                                 reterr));
        }
        if (known->password.length == 0) {
            return fail(reterr, STATUS_BAD_INPUT, "the label password file of unit %s is empty",
                        unit->id);
        }
    }
    return STATUS_OK;
}

static bool is_common(const struct comparison *comparison, const char *password)
{
    for (size_t i = 0; i < comparison->common.count; i++) {
        if (strcasecmp(comparison->common.pairs[i].password, password) == 0) {
            return true;
        }
    }
    return false;
}

static enum status unit_look(const struct comparison *comparison, const struct known_unit *known,
                             json_t *rows, json_t *derived, json_t *common, struct error *reterr)
{
    const struct profile *profile = comparison->profile;
    const char *password = secret_reveal(&known->password);
    const struct identity identity = {
        .mac = known->unit->mac,
        .serial = known->serial.length > 0 ? secret_reveal(&known->serial) : NULL,
        .ssid = known->unit->ssid,
        .model = profile->model,
        .vendor = words_in(&profile->vendor_name, LANGUAGE_EN),
    };
    char rule[DERIVE_RULE_SIZE];
    char said[DERIVE_RULE_SIZE + 80];

    TRY(derive_rule(&identity, password, rule, reterr));
    if (rule[0] != '\0') {
        (void) snprintf(said, sizeof said, "%.64s: %s", known->unit->id, rule);
        probe_list_add_text(derived, said);
    }
    if (is_common(comparison, password)) {
        probe_list_add_text(common, known->unit->id);
    }
    if (json_array_append_new(rows, json_pack("{s:s, s:i, s:i}", "unit", known->unit->id, "length",
                                              (int) known->password.length, "classes",
                                              (int) derive_classes(password))) != 0) {
        abort();
    }
    return STATUS_OK;
}

static void pairs_compare(const struct comparison *comparison, json_t *lists[])
{
    for (size_t i = 0; i < comparison->count; i++) {
        for (size_t j = i + 1; j < comparison->count; j++) {
            const struct known_unit *a = &comparison->units[i];
            const struct known_unit *b = &comparison->units[j];
            enum relation relation =
                derive_relation(secret_reveal(&a->password), secret_reveal(&b->password));
            char pair[160];

            (void) snprintf(pair, sizeof pair, "%.64s, %.64s", a->unit->id, b->unit->id);
            if (relation != RELATION_NONE) {
                probe_list_add_text(lists[relation], pair);
            }
        }
    }
}

static enum status compare(struct comparison *comparison, struct error *reterr)
{
    struct probe_call *call = comparison->call;
    json_t *rows = json_array();
    json_t *derived = json_array();
    json_t *common = json_array();
    json_t *lists[] = { [RELATION_NONE] = NULL,
                        [RELATION_SAME] = json_array(),
                        [RELATION_SEQUENTIAL] = json_array(),
                        [RELATION_ALIKE] = json_array() };
    char path[PATH_MAX];
    enum status status =
        data_path(path, sizeof path, "testsuites/jc-star/credentials/common.tsv", reterr);

    if (status == STATUS_OK) {
        status = credential_list_load(path, comparison->arena, &comparison->common, reterr);
    }
    for (size_t i = 0; i < comparison->count && status == STATUS_OK; i++) {
        status = unit_look(comparison, &comparison->units[i], rows, derived, common, reterr);
    }
    pairs_compare(comparison, lists);
    probe_fact_json(call, "units", rows);
    probe_fact_json(call, "derived", derived);
    probe_fact_json(call, "common", common);
    probe_fact_json(call, "same", lists[RELATION_SAME]);
    probe_fact_json(call, "sequential", lists[RELATION_SEQUENTIAL]);
    probe_fact_json(call, "alike", lists[RELATION_ALIKE]);
    return status;
}

/* One default on one unit. */
static enum status try_on(struct comparison *comparison, const struct known_unit *owner,
                          const struct known_unit *target, struct attempt *attempt,
                          struct error *reterr)
{
    struct probe_call there = *comparison->call;
    const struct auth *auth = comparison->auth;
    const struct mechanism *mechanism = mechanism_find(web_scheme(auth));
    struct mechanism_setting setting = {
        .call = &there,
        .scheme = web_scheme(auth),
        .auth = auth,
        .timeout_ms = (unsigned) probe_param_int(comparison->call, "timeout_ms"),
    };
    const struct candidate candidate = {
        .label = "the default of a unit",
        .user = auth->default_user != NULL ? auth->default_user : "",
        .password = secret_reveal(&owner->password),
        .is_secret = true,
    };
    void *state = NULL;
    enum status status;

    if (mechanism == NULL) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not supported",
                    web_scheme(auth));
    }
    there.host = target->unit->address;
    *attempt = (struct attempt){ .word = ATTEMPT_UNCLEAR, .retry_after_s = -1 };
    if (owner != target) {
        TRY(probe_attempt_spend(comparison->call, reterr));
    }
    status = mechanism->open(&setting, comparison->arena, &state, reterr);
    if (status == STATUS_OK) {
        status = mechanism_try(mechanism, state, comparison->call, &candidate, attempt, reterr);
    }
    if (state != NULL) {
        mechanism->close(state);
    }
    return status;
}

struct crossing {
    json_t *own;
    json_t *tried;
    json_t *accepted;
    json_t *unclear;
    long long left; /* of the budget */
};

/* A unit that does not take its own default refuses every other for nothing. */
static enum status own_try(struct comparison *comparison, const struct known_unit *target,
                           struct crossing *crossing, bool *ret_accepted, struct error *reterr)
{
    struct attempt attempt = { .word = ATTEMPT_UNCLEAR };

    if (crossing->left > 0) {
        crossing->left--;
        TRY(try_on(comparison, target, target, &attempt, reterr));
    }
    *ret_accepted = attempt.word == ATTEMPT_ACCEPTED;
    if (*ret_accepted) {
        probe_list_add_text(crossing->own, target->unit->id);
    }
    return STATUS_OK;
}

static enum status cross_on(struct comparison *comparison, const struct known_unit *target,
                            struct crossing *crossing, struct error *reterr)
{
    struct attempt attempt;
    bool own = false;

    TRY(own_try(comparison, target, crossing, &own, reterr));
    for (size_t i = 0; i < comparison->count; i++) {
        const struct known_unit *owner = &comparison->units[i];
        char pair[160];

        if (owner == target) {
            continue;
        }
        (void) snprintf(pair, sizeof pair, "%.64s on %.64s", owner->unit->id, target->unit->id);
        if (crossing->left <= 0 || probe_attempts_left(comparison->call) == 0) {
            probe_list_add_text(crossing->unclear, pair);
            continue;
        }
        crossing->left--;
        TRY(try_on(comparison, owner, target, &attempt, reterr));
        probe_list_add_text(crossing->tried, pair);
        if (attempt.word == ATTEMPT_ACCEPTED) {
            probe_list_add_text(crossing->accepted, pair);
        } else if (attempt.word != ATTEMPT_REJECTED || !own) {
            probe_list_add_text(crossing->unclear, pair);
        }
    }
    return STATUS_OK;
}

static enum status cross(struct comparison *comparison, struct error *reterr)
{
    struct probe_call *call = comparison->call;
    struct crossing crossing = { .own = json_array(),
                                 .tried = json_array(),
                                 .accepted = json_array(),
                                 .unclear = json_array(),
                                 .left = probe_param_int(call, "budget") };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < comparison->count && status == STATUS_OK; i++) {
        if (comparison->units[i].unit->address != NULL) {
            status = cross_on(comparison, &comparison->units[i], &crossing, reterr);
        }
    }
    probe_fact_json(call, "own_accepted", crossing.own);
    probe_fact_json(call, "crossed", crossing.tried);
    probe_fact_json(call, "crossed_accepted", crossing.accepted);
    probe_fact_json(call, "crossed_unclear", crossing.unclear);
    return status;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(comparison_done)
    struct comparison comparison = { .call = call,
                                     .profile = call->subject->profile,
                                     .auth = call->subject->auth,
                                     .arena = arena_new() };

    if (comparison.profile == NULL || comparison.auth == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile that declares units");
    }
    TRY(units_read(&comparison, reterr));
    probe_fact_int(call, "unit_count", (long long) comparison.count);
    if (text_equal(probe_param_text(call, "trial"), "cross")) {
        return cross(&comparison, reterr);
    }
    return compare(&comparison, reterr);
}

static const char *const trials[] = { "compare", "cross", NULL };

static const struct param params[] = {
    { .name = "trial",
      .type = FACT_TEXT,
      .help = "compare: the defaults among themselves, without the device; cross: each default on "
              "the units that have an address.",
      .fallback = "\"compare\"",
      .choices = trials },
    { .name = "budget",
      .type = FACT_INT,
      .help = "How many log-ins cross may try.",
      .fallback = "8",
      .minimum = 1,
      .maximum = 2000 },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact unit_columns[] = {
    { .name = "unit", .type = FACT_TEXT, .help = "Id of the unit in the profile." },
    { .name = "length", .type = FACT_INT, .help = "Length of its default in bytes." },
    { .name = "classes",
      .type = FACT_INT,
      .help = "Of lower case, upper case, digits and others, how many kinds it has." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "unit_count", .type = FACT_INT, .help = "Units whose default is known." },
    { .name = "units",
      .type = FACT_ROWS,
      .help = "The form of each unit's default.",
      .columns = unit_columns },
    { .name = "same", .type = FACT_TEXTS, .help = "Pairs of units with the same default." },
    { .name = "sequential",
      .type = FACT_TEXTS,
      .help = "Pairs whose defaults differ in a number, by 100 or less." },
    { .name = "alike",
      .type = FACT_TEXTS,
      .help = "Pairs that share half of their defaults or more, at the beginning or the end." },
    { .name = "derived",
      .type = FACT_TEXTS,
      .help = "Units whose default follows from what stands on the outside, with the rule." },
    { .name = "common", .type = FACT_TEXTS, .help = "Units whose default is on the common list." },
    { .name = "own_accepted",
      .type = FACT_TEXTS,
      .help = "Units with an address that took their own default." },
    { .name = "crossed", .type = FACT_TEXTS, .help = "Defaults that were tried on another unit." },
    { .name = "crossed_accepted", .type = FACT_TEXTS, .help = "Those that were accepted." },
    { .name = "crossed_unclear",
      .type = FACT_TEXTS,
      .help = "Those that were not tried, not clearly answered, or refused by a unit that refused "
              "its own default as well." },
    FACT_END,
};

const struct probe probe_unit_defaults = {
    .decl = {
        .name = "unit_defaults",
        .summary = { .ja = "複数台の初期パスワードを比べ、外から分かる値から作られていないかを調べる",
                     .en = "Compares the default passwords of units with each other and with what their outside says" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 200000,
    },
    .run = run,
};
