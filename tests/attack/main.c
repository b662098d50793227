/* attack_cases - the verifier against its enemies.
 *
 *   attack_cases run VERIFIER NAME     one attack, through bundle_verify and through the program
 *   attack_cases flips VERIFIER COUNT  COUNT random single-byte changes, none may be OK
 *   attack_cases cuts COUNT            the file cut short by 1 to COUNT bytes, each must be FAIL
 *   attack_cases emit NAME FOLDER      writes the attack's files, its arguments and what this
 *                                      verifier says, for other verifiers
 *   attack_cases emit_all FOLDER       the same of each in the list, in a folder of its name
 *   attack_cases put IN ENTRY FILE OUT a copy of the bundle IN with FILE as one more entry
 *   attack_cases list                  the attacks that can be asked here
 *   attack_cases left-out ON|OFF       the others; fails unless ML-DSA-65 is (ON) or is not here
 *
 * Exit 0 when every judgement is the expected one, 1 when not, 70 when a world cannot be made. */
#include "attack.h"
#include "regions.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/mldsa.h"
#include "evidence/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RAW_MAX = 256 << 20, REPORT_MAX = 16 << 20, ARGUMENTS_MAX = 24, FLIPS_THROUGH_PROGRAM = 20 };

struct attack {
    const char *name;
    enum verify_exit expected;
    const char *check; /* the check that must have said so */
    const char *what;
    void (*recipe)(struct attempt *);
    enum { NEEDS_NOTHING, NEEDS_MLDSA, NEEDS_NO_MLDSA } need;
};

static const struct attack attacks[] = {
#define ROW(name, expected, check, what, need)                                                     \
    { #name, VERIFY_##expected, check, what, attack_##name, need },
#define ATTACK(name, expected, check, what) ROW(name, expected, check, what, NEEDS_NOTHING)
#define ATTACK_MLDSA(name, expected, check, what) ROW(name, expected, check, what, NEEDS_MLDSA)
#define ATTACK_NO_MLDSA(name, expected, check, what)                                               \
    ROW(name, expected, check, what, NEEDS_NO_MLDSA)
#include "cases.def"
#undef ATTACK
};

/* An honest world, then the recipe; the file is in case.hoshi. */
static void attempt_open(struct attempt *attempt, struct world *world, const struct attack *attack)
{
    const struct world_bundle bundle = { 0 };
    const struct world_store store = { 0 };
    char path[WORLD_PATH];

    *attempt = (struct attempt){
        .world = world, .raw = bytes_bounded(RAW_MAX), .trust = "trust.json", .at = WORLD_AT
    };
    world_open(world);
    attempt_trust(attempt, &store);
    attempt_bundle(attempt, &bundle);
    attack->recipe(attempt);
    if (attempt->raw.length == 0) {
        attempt_render(attempt);
    }
    world_path(world, "case.hoshi", path);
    attempt_write_file(path, &attempt->raw);
}

static void attempt_close(struct attempt *attempt)
{
    raw_zip_done(&attempt->zip);
    bytes_done(&attempt->raw);
    world_done(attempt->world);
}

/* ---- the two ways to ask ---- */

struct answer {
    int exit;
    struct bytes report;
};

static const char *in_world(const struct attempt *attempt, const char *name, struct arena *arena)
{
    return name == NULL ? NULL : arena_format(arena, "%s/%s", attempt->world->folder, name);
}

static void ask_library(const struct attempt *attempt, struct answer *answer, json_t **ret_report)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    struct public_key signer;
    struct error error = { 0 };
    struct verify_options options = {
        .trust_path = in_world(attempt, attempt->trust, arena),
        .trust_state_path = in_world(attempt, attempt->state, arena),
        .trust_root = attempt->root,
        .expect_model = attempt->model,
        .expect_firmware = attempt->firmware,
        .expect_firmware_version = attempt->firmware_version,
        .expect_qr = attempt->qr,
        .require_conformant = attempt->conformant,
    };
    const char *const newer = in_world(attempt, attempt->newer, arena);

    if (!json_strict_time(attempt->at, &options.at_ms)) {
        abort();
    }
    if (newer != NULL) {
        options.superseded_by = &newer;
        options.superseded_by_count = 1;
    }
    if (attempt->signer != NULL) {
        must(public_key_load(in_world(attempt, attempt->signer, arena), &signer, &error), &error);
        options.signer = &signer;
    }
    answer->exit = (int) bundle_verify(in_world(attempt, "case.hoshi", arena), &options, arena,
                                       &bundle, ret_report, &error);
    if (answer->exit == VERIFY_IO) {
        must(STATUS_IO, &error);
    }
    if ((bundle != NULL) != (answer->exit == VERIFY_OK || (bundle != NULL && bundle->authentic))) {
        (void) fputs("attack: a bundle was handed out that nobody vouched for\n", stderr);
        exit(1);
    }
    must(json_strict_write(*ret_report, &answer->report, &error), &error);
    must(bytes_append_text(&answer->report, "\n", &error), &error);
}

static size_t arguments_of(const struct attempt *attempt, const char *bundle, struct arena *arena,
                           const char **room)
{
    const struct {
        const char *option;
        const char *value;
    } pairs[] = {
        { "--trust", in_world(attempt, attempt->trust, arena) },
        { "--state", in_world(attempt, attempt->state, arena) },
        { "--trust-root", attempt->root },
        { "--signer", in_world(attempt, attempt->signer, arena) },
        { "--at", attempt->at },
        { "--expect-model", attempt->model },
        { "--expect-firmware", attempt->firmware },
        { "--expect-firmware-version", attempt->firmware_version },
        { "--expect-qr", attempt->qr },
        { "--superseded-by", in_world(attempt, attempt->newer, arena) },
    };
    size_t count = 0;

    room[count++] = bundle;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].value != NULL) {
            room[count++] = pairs[i].option;
            room[count++] = pairs[i].value;
        }
    }
    if (attempt->conformant) {
        room[count++] = "--require-conformant";
    }
    room[count++] = "--json";
    return count;
}

static void become(const char *program, char *const *arguments, const char *output)
{
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    /* A report must not depend on where and in which language it is made. */
    if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && setenv("TZ", "Asia/Tokyo", 1) == 0 &&
        setenv("LC_ALL", "ja_JP.UTF-8", 1) == 0) {
        (void) execv(program, arguments);
    }
    _exit(126);
}

static void ask_program(const struct attempt *attempt, const char *program, struct answer *answer)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *arguments[ARGUMENTS_MAX + 2] = { program };
    const char *output = in_world(attempt, "report.json", arena);
    struct error error = { 0 };
    uint8_t *room = NULL;
    int state = 0;
    FILE *file;
    pid_t child;

    (void) arguments_of(attempt, in_world(attempt, "case.hoshi", arena), arena, arguments + 1);
    child = fork();
    if (child == 0) {
        become(program, (char *const *) (uintptr_t) arguments, output);
    }
    if (child < 0 || waitpid(child, &state, 0) != child || !WIFEXITED(state)) {
        (void) fprintf(stderr, "attack: %s did not end by itself (state %#x)\n", program,
                       (unsigned) state);
        exit(1);
    }
    answer->exit = WEXITSTATUS(state);
    file = fopen(output, "rbe");
    must(bytes_reserve(&answer->report, REPORT_MAX, &room, &error), &error);
    if (file != NULL) {
        bytes_commit(&answer->report, fread(room, 1, REPORT_MAX, file));
        (void) fclose(file);
    }
}

/* The check named `code` in the report ended in this word. */
static bool check_says(const json_t *report, const char *code, const char *word)
{
    const json_t *checks = json_object_get(report, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);

        if (text_equal(json_string_value(json_object_get(check, "code")), code)) {
            return text_equal(json_string_value(json_object_get(check, "outcome")), word);
        }
    }
    return false;
}

static const char *first_detail(const json_t *report)
{
    const json_t *checks = json_object_get(report, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const char *detail =
            json_string_value(json_object_get(json_array_get(checks, i), "detail"));

        if (detail != NULL && *detail != '\0') {
            return detail;
        }
    }
    return "";
}

/* Whoever is told no is told what to do; a refusal by policy has a sentence of its own. */
static bool says_what_to_do(const json_t *report)
{
    const json_t *advice = json_object_get(report, "advice");
    bool good = json_array_size(advice) > 0;

    for (size_t i = 0; i < json_array_size(advice); i++) {
        const json_t *item = json_array_get(advice, i);

        good = good && !text_equal(json_string_value(json_object_get(item, "code")), "policy.ask");
    }
    return good;
}

static bool judge(const struct attack *attack, const struct answer *library,
                  const struct answer *program, const json_t *report)
{
    static const char *const words[] = { "ok", "fail", "policy", "unsupported" };
    bool good = true;

    if (library->exit != (int) attack->expected) {
        (void) printf("  bundle_verify answers %d, not %d\n", library->exit,
                      (int) attack->expected);
        good = false;
    }
    if (program->exit != (int) attack->expected) {
        (void) printf("  the program answers %d, not %d\n", program->exit, (int) attack->expected);
        good = false;
    }
    if (*attack->check != '\0' && !check_says(report, attack->check, words[attack->expected])) {
        (void) printf("  the check %s did not say so\n", attack->check);
        good = false;
    }
    if (says_what_to_do(report) == (attack->expected == VERIFY_OK)) {
        (void) puts("  what to do next is not said, or is said of nothing");
        good = false;
    }
    if (library->report.length != program->report.length ||
        memcmp(library->report.data, program->report.data, library->report.length) != 0) {
        (void) puts("  library and program do not give the same report");
        good = false;
    }
    return good;
}

static const struct attack *attack_named(const char *name)
{
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (text_equal(attacks[i].name, name)) {
            return &attacks[i];
        }
    }
    (void) fprintf(stderr, "attack: there is no case %s\n", name);
    exit(70);
}

static int run_one(const char *program, const struct attack *attack)
{
    struct answer library = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };
    struct answer asked = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };
    struct world world = { 0 };
    struct attempt attempt;
    json_t *report = NULL;
    bool good;

    attempt_open(&attempt, &world, attack);
    ask_library(&attempt, &library, &report);
    ask_program(&attempt, program, &asked);
    good = judge(attack, &library, &asked, report);
    (void) printf("%s %s: %s\n  %s\n", good ? "ok" : "WRONG", attack->name, attack->what,
                  first_detail(report));
    json_decref(report);
    bytes_done(&library.report);
    bytes_done(&asked.report);
    attempt_close(&attempt);
    return good ? 0 : 1;
}

/* ---- flips ---- */

/* xorshift64*: the same flips in every run. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static bool is_accepted(const struct attempt *attempt)
{
    struct answer answer = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };
    json_t *report = NULL;

    ask_library(attempt, &answer, &report);
    json_decref(report);
    bytes_done(&answer.report);
    return answer.exit == VERIFY_OK;
}

static int flips(const char *program, unsigned long long count)
{
    struct world world = { 0 };
    struct attempt attempt;
    uint64_t state = 0x686f736869746f72ULL;
    unsigned long long accepted = 0;
    unsigned long long exits[VERIFY_IO + 1] = { 0 };
    struct regions regions;
    char path[WORLD_PATH];

    attempt_open(&attempt, &world, attack_named("085_evaluated"));
    world_path(&world, "case.hoshi", path);
    regions = regions_of(&attempt.raw);
    if (!is_accepted(&attempt)) {
        (void) puts("the bundle is not OK before any change: the flips would show nothing");
        attempt_close(&attempt);
        return 1;
    }
    for (unsigned long long i = 0; i < count; i++) {
        size_t place = regions_aim(&regions, i, next_random(&state));
        uint8_t change = (uint8_t) (1 + next_random(&state) % 255);
        struct answer answer = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };
        json_t *report = NULL;

        attempt.raw.data[place] ^= change;
        attempt_write_file(path, &attempt.raw);
        ask_library(&attempt, &answer, &report);
        exits[answer.exit]++;
        if (answer.exit == VERIFY_OK) {
            (void) printf("byte %zu changed by %#x is accepted\n", place, change);
            accepted++;
        }
        if (i < FLIPS_THROUGH_PROGRAM) {
            struct answer asked = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };

            ask_program(&attempt, program, &asked);
            accepted += asked.exit != answer.exit;
            bytes_done(&asked.report);
        }
        attempt.raw.data[place] ^= change;
        json_decref(report);
        bytes_done(&answer.report);
    }
    /* Fewer would leave a part out. */
    accepted += count / 2 < regions.count;
    (void) printf("%llu flips in %zu parts of a %zu-byte bundle: %llu FAIL, %llu POLICY, "
                  "%llu UNSUPPORTED, %llu OK or judged differently\n",
                  count, regions.count, attempt.raw.length, exits[VERIFY_FAIL],
                  exits[VERIFY_POLICY], exits[VERIFY_UNSUPPORTED], accepted);
    attempt_close(&attempt);
    return accepted == 0 ? 0 : 1;
}

static int cuts(unsigned long long count)
{
    struct world world = { 0 };
    struct attempt attempt;
    unsigned long long wrong = 0;
    char path[WORLD_PATH];
    size_t whole;

    attempt_open(&attempt, &world, attack_named("000_honest"));
    world_path(&world, "case.hoshi", path);
    whole = attempt.raw.length;
    wrong += !is_accepted(&attempt);
    for (unsigned long long cut = 1; cut <= count && cut < whole; cut++) {
        struct answer answer = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };
        json_t *report = NULL;

        attempt.raw.length = whole - cut;
        attempt_write_file(path, &attempt.raw);
        ask_library(&attempt, &answer, &report);
        wrong += answer.exit != VERIFY_FAIL;
        json_decref(report);
        bytes_done(&answer.report);
    }
    (void) printf("cut short by 1 to %llu bytes: %llu not FAIL\n", count, wrong);
    attempt_close(&attempt);
    return wrong == 0 ? 0 : 1;
}

/* ---- emit ---- */

static void copy_out(const char *from, const char *folder, const char *name)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(RAW_MAX);
    DEFER(arena_done) struct arena *arena = arena_new();

    if (attempt_read_file(from, &content)) {
        attempt_write_file(arena_format(arena, "%s/%s", folder, name), &content);
    }
}

/* case.hoshi, the files that its arguments name, `case.txt`: expected exit, then arguments; and
 * report.json: the answer of bundle_verify. */
static int emit(const struct attack *attack, const char *folder)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *arguments[ARGUMENTS_MAX] = { NULL };
    struct answer answer = { .report = bytes_bounded(2 * (size_t) REPORT_MAX) };
    struct world world = { 0 };
    struct attempt attempt;
    json_t *report = NULL;
    size_t skip;
    size_t count;
    FILE *file;

    attempt_open(&attempt, &world, attack);
    skip = strlen(world.folder) + 1;
    if (mkdir(folder, 0755) != 0) {
        perror(folder);
        return 70;
    }
    file = fopen(arena_format(arena, "%s/case.txt", folder), "we");
    if (file == NULL) {
        perror(folder);
        return 70;
    }
    count = arguments_of(&attempt, in_world(&attempt, "case.hoshi", arena), arena, arguments);
    (void) fprintf(file, "%d\n", (int) attack->expected);
    for (size_t i = 0; i < count; i++) {
        bool is_file = text_starts_with(arguments[i], world.folder);

        (void) fprintf(file, "%s\n", is_file ? arguments[i] + skip : arguments[i]);
        if (is_file) {
            copy_out(arguments[i], folder, arguments[i] + skip);
        }
    }
    (void) fclose(file);
    ask_library(&attempt, &answer, &report);
    attempt_write_file(arena_format(arena, "%s/report.json", folder), &answer.report);
    json_decref(report);
    bytes_done(&answer.report);
    attempt_close(&attempt);
    return 0;
}

static bool runs_here(const struct attack *attack)
{
    return attack->need == NEEDS_NOTHING || mldsa_is_here() == (attack->need == NEEDS_MLDSA);
}

static int emit_all(const char *folder)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    int code = 0;

    if (mkdir(folder, 0755) != 0) {
        perror(folder);
        return 70;
    }
    for (size_t i = 0; code == 0 && i < sizeof attacks / sizeof attacks[0]; i++) {
        if (runs_here(&attacks[i])) {
            code = emit(&attacks[i], arena_format(arena, "%s/%s", folder, attacks[i].name));
        }
    }
    return code;
}

static int list(void)
{
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (runs_here(&attacks[i])) {
            (void) printf("%s\t%d\t%s\n", attacks[i].name, (int) attacks[i].expected,
                          attacks[i].what);
        }
    }
    return 0;
}

/* Says what was not asked, and whether the build knew as much. */
static int left_out(bool built_with_mldsa)
{
    size_t count = 0;

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (!runs_here(&attacks[i])) {
            (void) printf("left out: %s\n", attacks[i].name);
            count++;
        }
    }
    (void) printf("%zu cases left out: this system's OpenSSL %s ML-DSA-65\n", count,
                  mldsa_is_here() ? "has" : "does not have");
    if (mldsa_is_here() != built_with_mldsa) {
        (void) puts("that was otherwise when this build was configured: configure it anew");
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long long count = 0;

    if (argc == 2 && text_equal(argv[1], "list")) {
        return list();
    }
    if (argc == 6 && text_equal(argv[1], "put")) {
        return attempt_put(argv + 2);
    }
    if (argc == 3 && text_equal(argv[1], "left-out")) {
        return left_out(text_equal(argv[2], "ON"));
    }
    if (argc == 4 && text_equal(argv[1], "run")) {
        return run_one(argv[2], attack_named(argv[3]));
    }
    if (argc == 4 && text_equal(argv[1], "emit")) {
        return emit(attack_named(argv[2]), argv[3]);
    }
    if (argc == 3 && text_equal(argv[1], "emit_all")) {
        return emit_all(argv[2]);
    }
    if (argc == 3 && text_equal(argv[1], "cuts") &&
        text_to_unsigned(argv[2], 1000000, &count) == STATUS_OK) {
        return cuts(count);
    }
    if (argc == 4 && text_equal(argv[1], "flips") &&
        text_to_unsigned(argv[3], 1000000, &count) == STATUS_OK) {
        return flips(argv[2], count);
    }
    (void) fputs("attack_cases run VERIFIER NAME | flips VERIFIER COUNT | cuts COUNT | "
                 "emit NAME FOLDER | emit_all FOLDER | put IN ENTRY FILE OUT | list | "
                 "left-out ON|OFF\n",
                 stderr);
    return 64;
}
