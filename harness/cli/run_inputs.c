#include "cli/run_inputs.h"

#include "base/clock.h"
#include "cli/inline_secret.h"
#include "cli/passphrase.h"
#include "cli/paths.h"
#include "cli/target.h"
#include "engine/broker.h"
#include "model/source.h"
#include "probe/registry.h"
#include "probe/review.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void run_inputs_done(struct run_inputs *inputs)
{
    profile_done(inputs->profile);
    inputs->profile = NULL;
}

static enum status find_suite(const struct run_options *options, char room[PATH_SIZE],
                              struct error *reterr)
{
    if (strspn(options->scheme, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
        strlen(options->scheme)) {
        return fail(reterr, STATUS_USAGE, "'%s' is not the name of a scheme", options->scheme);
    }
    if (paths_data(room, reterr, "testsuites/%s/star%u/suite.yaml", options->scheme,
                   options->level) != STATUS_OK) {
        return fail(reterr, STATUS_USAGE,
                    "there is no suite for %s level %u (see hoshitori list suites)",
                    options->scheme, options->level);
    }
    return STATUS_OK;
}

/* The bundle names each image by its digest; a missing one should be known now, not
 * after the last check. */
static enum status check_firmware(const struct profile *profile, struct error *reterr)
{
    for (size_t i = 0; i < profile->firmware_count; i++) {
        const char *image = profile->firmware[i].image;

        if (image != NULL && access(image, R_OK) != 0) {
            return fail(reterr, STATUS_BAD_INPUT, "%s: the firmware image '%s' cannot be read",
                        image, profile->firmware[i].name);
        }
    }
    return STATUS_OK;
}

static enum status check_product_type(const struct run_options *options,
                                      const struct profile *profile, struct error *reterr)
{
    return options->product_type == NULL || strcmp(options->product_type, profile->type) == 0
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE,
                      "--product-type says '%.40s', the profile says '%s': what is declared "
                      "decides what is asked",
                      options->product_type, profile->type);
}

static bool is_about(const char *to, const char *id)
{
    size_t length = strlen(to);

    return strncmp(to, id, length) == 0 &&
           (id[length] == '\0' || (id[length] == '@' && strchr(to, '@') == NULL));
}

static bool is_among(const json_t *choices, const char *answer)
{
    for (size_t i = 0; i < json_array_size(choices); i++) {
        if (text_equal(json_string_value(json_array_get(choices, i)), answer)) {
            return true;
        }
    }
    return false;
}

static enum status check_answer_to(const char *path, const struct answer *answer,
                                   const struct plan_item *item, struct error *reterr)
{
    const struct probe *probe = probe_find(item->check->probe->name);
    const bool asks = probe != NULL && probe->wants_person;

    if (!asks && !review_is_read(item->check->probe)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: %.80s asks nobody anything", path,
                    answer->mark.line, answer->mark.column, answer->to);
    }
    return (asks ? is_among(json_object_get(item->params, "choices"), answer->answer)
                 : review_is_answer(answer->answer))
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "%s:%zu:%zu: '%.60s' is none of the answers that there are to %.80s", path,
                      answer->mark.line, answer->mark.column, answer->answer, item->id);
}

/* Whoever slipped is told before anything is sent to the device, and not by an error behind it. */
static enum status check_answer(const char *path, const struct answer *answer,
                                const struct plan *plan, struct error *reterr)
{
    bool known = strchr(answer->to, '@') == NULL;

    for (size_t i = 0; i < plan->omission_count; i++) {
        known = known || is_about(answer->to, plan->omissions[i].id);
    }
    for (size_t i = 0; i < plan->item_count; i++) {
        if (is_about(answer->to, plan->items[i].id)) {
            known = true;
            TRY(check_answer_to(path, answer, &plan->items[i], reterr));
        }
    }
    return known ? STATUS_OK
                 : fail(reterr, STATUS_BAD_INPUT,
                        "%s:%zu:%zu: the profile has no such subject: %.120s", path,
                        answer->mark.line, answer->mark.column, answer->to);
}

/* A day that has begun nowhere on earth yet (UTC+14 is the first). */
static bool is_to_come(const char *day)
{
    char first[CLOCK_TEXT_SIZE];

    clock_text(clock_wall_ms() + INT64_C(14) * 3600 * 1000, first);
    return strncmp(day, first, strlen("YYYY-MM-DD")) > 0;
}

/* Half of a run is a bad moment to learn that a tool of the bench is not installed. */
static enum status check_levers(const struct plan *plan, struct error *reterr)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        const struct plan_item *item = &plan->items[i];
        const struct probe *probe = probe_find(item->check->probe->name);

        for (size_t j = 0; probe != NULL && j < plan->profile->lever_count; j++) {
            const struct lever_way *way = &plan->profile->levers[j];

            if (way->by == LEVER_BY_COMMAND && broker_may_move(probe, &item->subject, way) &&
                access(way->command[0], X_OK) != 0) {
                return fail(reterr, STATUS_BAD_INPUT,
                            "%s:%zu:%zu: the program of the lever %s cannot be started: %.200s: "
                            "%s",
                            plan->profile->source.path, way->mark.line, way->mark.column,
                            lever_words[way->lever], way->command[0], strerror(errno));
            }
        }
    }
    return STATUS_OK;
}

/* Levels nest: answers for a higher level may stand beside those that are asked for here. */
static bool is_of_higher_level(const struct suite *suite, const char *check)
{
    return check[0] == 'P' && check[1] >= '2' && check[1] <= '4' && check[2] == '-' &&
           (unsigned) (check[1] - '0') > suite->level;
}

/* A slip of the pen in a name would leave a question unanswered without a word. */
static enum status load_answers(const struct run_options *options, struct arena *arena,
                                struct run_inputs *inputs, struct error *reterr)
{
    TRY(answers_load(options->answers, arena, &inputs->answers, reterr));
    TRY(inline_secret_shape(&inputs->answers->source, reterr));
    TRY(inline_secret_declared(inputs->profile, &inputs->answers->source, reterr));
    for (size_t i = 0; i < inputs->answers->count; i++) {
        const struct answer *answer = &inputs->answers->items[i];
        const char *at = strchr(answer->to, '@');
        const char *check = at == NULL
                                ? answer->to
                                : arena_format(arena, "%.*s", (int) (at - answer->to), answer->to);

        if (suite_check(inputs->suite, check) == NULL &&
            !is_of_higher_level(inputs->suite, check)) {
            return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: the suite has no check '%.80s'",
                        options->answers, answer->mark.line, answer->mark.column, check);
        }
        if (is_to_come(answer->at)) {
            return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: %s is a day to come",
                        options->answers, answer->mark.line, answer->mark.column, answer->at);
        }
        if (answer->file != NULL && access(answer->file, R_OK) != 0) {
            return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: '%.200s' cannot be read",
                        options->answers, answer->mark.line, answer->mark.column, answer->file);
        }
    }
    return STATUS_OK;
}

enum status run_inputs_load(const struct run_options *options, struct arena *arena,
                            struct run_inputs *inputs, struct error *reterr)
{
    struct source_file profile = { 0 };
    char suite[PATH_SIZE];

    /* First of all: words about what is wrong in a file may repeat what stands there. */
    TRY(source_file_read(options->profile, arena, &profile, reterr));
    TRY(inline_secret_shape(&profile, reterr));
    TRY(profile_load(options->profile, arena, &inputs->profile, reterr));
    TRY(inline_secret_declared(inputs->profile, &inputs->profile->source, reterr));
    TRY(check_firmware(inputs->profile, reterr));
    TRY(check_product_type(options, inputs->profile, reterr));
    TRY(find_suite(options, suite, reterr));
    TRY(suite_load(suite, probe_catalogue(), arena, &inputs->suite, reterr));
    if (options->params != NULL) {
        TRY(suite_override(inputs->suite, options->params, arena, &inputs->params, reterr));
        TRY(inline_secret_shape(&inputs->params, reterr));
        TRY(inline_secret_declared(inputs->profile, &inputs->params, reterr));
    }
    if (options->answers != NULL) {
        TRY(load_answers(options, arena, inputs, reterr));
    }
    for (size_t i = 0; i < inputs->suite->file_count; i++) {
        TRY(inline_secret_shape(&inputs->suite->files[i].source, reterr));
    }
    for (size_t i = 0; i < inputs->profile->address_count; i++) {
        TRY(target_authorized(inputs->profile->addresses[i], inputs->profile, reterr));
    }
    for (size_t i = 0; i < inputs->profile->unit_count; i++) {
        const char *address = inputs->profile->units[i].address;

        if (address != NULL) {
            TRY(target_authorized(address, inputs->profile, reterr));
        }
    }
    TRY(plan_build(inputs->suite, inputs->profile, options->only, arena, &inputs->plan, reterr));
    for (size_t i = 0; inputs->answers != NULL && i < inputs->answers->count; i++) {
        TRY(check_answer(options->answers, &inputs->answers->items[i], inputs->plan, reterr));
    }
    return check_levers(inputs->plan, reterr);
}

/* RFC 7468 section 11: the label alone tells. */
static bool key_file_is_encrypted(const char *path)
{
    static const char label[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    char start[sizeof label] = "";
    struct stat facts;
    bool regular = stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
    FILE *file = regular ? fopen(path, "re") : NULL;
    size_t got = file == NULL ? 0 : fread(start, 1, sizeof label - 1, file);

    if (file != NULL) {
        (void) fclose(file);
    }
    return got == sizeof label - 1 && memcmp(start, label, got) == 0;
}

enum status run_key_load(const char *path, struct key *key, struct error *reterr)
{
    DEFER(secret_done) struct secret passphrase = { 0 };
    struct error without = { 0 };

    if (key_load(path, NULL, key, &without) == STATUS_OK) {
        return STATUS_OK;
    }
    if (!key_file_is_encrypted(path)) {
        return fail(reterr, without.status, "%s", without.message);
    }
    TRY(passphrase_get("passphrase of the signing key", false, &passphrase, reterr));
    return key_load(path, &passphrase, key, reterr);
}

enum status run_pq_key_load(const char *path, struct mldsa_key *key, struct error *reterr)
{
    DEFER(secret_done) struct secret passphrase = { 0 };

    if (mldsa_is_here() && key_file_is_encrypted(path)) {
        TRY(passphrase_get("passphrase of the ML-DSA-65 key", false, &passphrase, reterr));
    }
    return mldsa_key_load(path, &passphrase, key, reterr);
}

json_t *run_options_to_json(const struct run_options *options)
{
    json_t *only = json_array();

    for (size_t i = 0; options->only != NULL && options->only[i] != NULL; i++) {
        (void) json_array_append_new(only, json_string(options->only[i]));
    }
    return json_pack(
        "{s:s, s:s, s:s*, s:i, s:s*, s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:o, s:i, s:b, s:s*}",
        "profile", options->profile, "scheme", options->scheme, "product_type",
        options->product_type, "level", (int) options->level, "params", options->params, "out",
        options->out, "key", options->key, "pq_key", options->pq_key, "operator",
        options->operator_name, "history", options->history, "tsa", options->tsa, "only", only,
        "jobs", (int) options->jobs, "capture", (int) options->capture, "answers",
        options->answers);
}

static const char *text_in(const json_t *json, const char *key, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text == NULL ? NULL : arena_text(arena, text);
}

enum status run_options_from_json(const json_t *json, struct arena *arena,
                                  struct run_options *ret_options, struct error *reterr)
{
    const json_t *only = json_object_get(json, "only");
    size_t count = json_array_size(only);
    const char **names = arena_array(arena, count + 1, sizeof *names);

    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(only, i));

        names[i] = arena_text(arena, name == NULL ? "" : name);
    }
    *ret_options = (struct run_options){
        .profile = text_in(json, "profile", arena),
        .scheme = text_in(json, "scheme", arena),
        .product_type = text_in(json, "product_type", arena),
        .level = (unsigned) json_integer_value(json_object_get(json, "level")),
        .params = text_in(json, "params", arena),
        .answers = text_in(json, "answers", arena),
        .out = text_in(json, "out", arena),
        .key = text_in(json, "key", arena),
        .pq_key = text_in(json, "pq_key", arena),
        .operator_name = text_in(json, "operator", arena),
        .tsa = text_in(json, "tsa", arena),
        .history = text_in(json, "history", arena),
        .only = count == 0 ? NULL : (const char *const *) names,
        .capture = json_is_true(json_object_get(json, "capture")),
        .jobs = (unsigned) json_integer_value(json_object_get(json, "jobs")),
    };
    if (ret_options->profile == NULL || ret_options->scheme == NULL || ret_options->out == NULL ||
        ret_options->key == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "the log's opening does not say how it was started");
    }
    return STATUS_OK;
}
