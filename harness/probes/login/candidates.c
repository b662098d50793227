#include "candidates.h"

#include "base/text.h"
#include "probe/credential_list.h"
#include "probe/data.h"
#include "probe/web.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CANDIDATES_MAX = 1024, USERS_MAX = 4, UNITS_MAX = 8, SERIAL_MAX = 64, DERIVED_MAX = 128 };

const char *const candidate_kinds[] = {
    "list:common", "blank",          "anonymous", "derived:model", "derived:vendor",
    "derived:mac", "derived:serial", "random",    "declared",      NULL
};

struct gathering {
    const struct candidate_wish *wish;
    struct arena *arena;
    struct candidates all;
    const char *users[USERS_MAX]; /* the declared ones, else "admin" */
    size_t user_count;
    bool nameless; /* the mechanism knows passwords only */
};

static bool wished(const struct gathering *gathering, const char *kind)
{
    for (size_t i = 0; i < json_array_size(gathering->wish->kinds); i++) {
        if (text_equal(json_string_value(json_array_get(gathering->wish->kinds, i)), kind)) {
            return true;
        }
    }
    return false;
}

static bool list_add(struct candidates *list, struct candidate candidate)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].user, candidate.user) == 0 &&
            strcmp(list->items[i].password, candidate.password) == 0) {
            return false;
        }
    }
    if (list->count == CANDIDATES_MAX) {
        return false;
    }
    list->items[list->count++] = candidate;
    return true;
}

static struct candidates list_new(struct arena *arena)
{
    return (struct candidates){ .items =
                                    arena_array(arena, CANDIDATES_MAX, sizeof(struct candidate)) };
}

/* Adds one guess; label gets the user's name behind it. */
static void guess_add(struct gathering *gathering, struct candidates *list, const char *label,
                      const char *user, const char *password)
{
    const char *name = gathering->nameless ? "" : user;
    char printable[64];

    text_printable(name, strlen(name), printable, sizeof printable);
    (void) list_add(list, (struct candidate){
                              .label = arena_format(gathering->arena, "%s (user %s)", label,
                                                    name[0] == '\0' ? "none" : printable),
                              .user = arena_text(gathering->arena, name),
                              .password = arena_text(gathering->arena, password),
                          });
}

static void users_find(struct gathering *gathering)
{
    const struct candidate_wish *wish = gathering->wish;
    const struct auth *auth = wish->auth == NULL ? NULL : web_account_of(wish->profile, wish->auth);

    gathering->nameless = auth != NULL && auth->credential_count > 0;
    for (size_t i = 0; auth != NULL && i < auth->credential_count; i++) {
        const char *user = auth->credentials[i].user;

        gathering->nameless &= user[0] == '\0';
        if (user[0] != '\0' && gathering->user_count < USERS_MAX) {
            gathering->users[gathering->user_count++] = user;
        }
    }
    if (wish->user != NULL && gathering->user_count < USERS_MAX) {
        gathering->users[gathering->user_count++] = wish->user;
    }
    if (gathering->user_count == 0) {
        gathering->users[gathering->user_count++] = "admin";
    }
}

static bool user_is_declared(const struct gathering *gathering, const char *user)
{
    for (size_t i = 0; i < gathering->user_count; i++) {
        if (strcmp(gathering->users[i], user) == 0) {
            return true;
        }
    }
    return false;
}

static void special_add(struct gathering *gathering, struct candidates *list)
{
    bool always = wished(gathering, "list:common");

    if (always || wished(gathering, "blank")) {
        guess_add(gathering, list, "blank", "", "");
        for (size_t i = 0; i < gathering->user_count; i++) {
            guess_add(gathering, list, "blank", gathering->users[i], "");
        }
    }
    if (always || wished(gathering, "anonymous")) {
        guess_add(gathering, list, "anonymous", "anonymous", "");
        guess_add(gathering, list, "anonymous", "anonymous", "anonymous");
    }
}

static enum status common_add(struct gathering *gathering, struct candidates *list,
                              struct error *reterr)
{
    char path[PATH_MAX];
    struct credential_list common = { 0 };

    TRY(data_path(path, sizeof path, "testsuites/jc-star/credentials/common.tsv", reterr));
    TRY(credential_list_load(path, gathering->arena, &common, reterr));
    for (int declared = 1; declared >= 0; declared--) {
        for (size_t i = 0; i < common.count; i++) {
            const struct credential_pair *pair = &common.pairs[i];
            char label[32];

            if (user_is_declared(gathering, pair->user) == (declared == 1)) {
                (void) snprintf(label, sizeof label, "common:#%u", pair->id);
                guess_add(gathering, list, label, pair->user, pair->password);
            }
        }
    }
    return STATUS_OK;
}

/* The text as it is, in lower and in upper case. */
static void cases_add(struct gathering *gathering, struct candidates *list, const char *rule,
                      const char *user, const char *text)
{
    char lower[DERIVED_MAX];
    char upper[DERIVED_MAX];
    size_t length = strlen(text);

    if (length == 0 || length >= sizeof lower) {
        return;
    }
    memcpy(lower, text, length + 1);
    memcpy(upper, text, length + 1);
    for (size_t i = 0; i < length; i++) {
        lower[i] = (char) tolower((unsigned char) text[i]);
        upper[i] = (char) toupper((unsigned char) text[i]);
    }
    guess_add(gathering, list, rule, user, text);
    guess_add(gathering, list, rule, user, lower);
    guess_add(gathering, list, rule, user, upper);
}

static void tails_add(struct gathering *gathering, struct candidates *list, const char *kind,
                      const char *text)
{
    static const size_t tails[] = { 8, 6, 4 };
    size_t length = strlen(text);
    char rule[64];

    (void) snprintf(rule, sizeof rule, "%s whole", kind);
    cases_add(gathering, list, rule, gathering->users[0], text);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (length > tails[i]) {
            (void) snprintf(rule, sizeof rule, "%s last %zu", kind, tails[i]);
            cases_add(gathering, list, rule, gathering->users[0], text + length - tails[i]);
        }
    }
}

static void mac_add(struct gathering *gathering, struct candidates *list, const char *mac)
{
    char digits[SERIAL_MAX] = "";
    size_t length = 0;

    for (; *mac != '\0' && length + 1 < sizeof digits; mac++) {
        if (isxdigit((unsigned char) *mac)) {
            digits[length++] = *mac;
        }
    }
    digits[length] = '\0';
    tails_add(gathering, list, "derived:mac", digits);
}

/* The serial number of a unit: the first line of its file. */
static enum status serial_add(struct gathering *gathering, struct candidates *list,
                              const char *path, struct error *reterr)
{
    char text[SERIAL_MAX + 1] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    }
    got = read(fd, text, SERIAL_MAX);
    (void) close(fd);
    if (got < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    text[got] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    tails_add(gathering, list, "derived:serial", text);
    return STATUS_OK;
}

static enum status derived_add(struct gathering *gathering, struct candidates *list,
                               struct error *reterr)
{
    const struct profile *profile = gathering->wish->profile;
    const char *user = gathering->users[0];
    const char *vendor;

    if (profile == NULL) {
        return STATUS_OK;
    }
    vendor = words_in(&profile->vendor_name, LANGUAGE_EN);
    if (wished(gathering, "derived:model") && profile->model != NULL) {
        cases_add(gathering, list, "derived:model", user, profile->model);
    }
    if (wished(gathering, "derived:vendor") && vendor[0] != '\0') {
        char first[DERIVED_MAX];

        (void) snprintf(first, sizeof first, "%.*s", (int) strcspn(vendor, " ,."), vendor);
        cases_add(gathering, list, "derived:vendor", user, first);
        for (size_t i = 0; first[i] != '\0'; i++) {
            first[i] = (char) tolower((unsigned char) first[i]);
        }
        guess_add(gathering, list, "derived:vendor", first, first);
    }
    for (size_t i = 0; i < profile->unit_count && i < UNITS_MAX; i++) {
        if (wished(gathering, "derived:mac") && profile->units[i].mac != NULL) {
            mac_add(gathering, list, profile->units[i].mac);
        }
        if (wished(gathering, "derived:serial") && profile->units[i].serial_file != NULL) {
            TRY(serial_add(gathering, list, profile->units[i].serial_file, reterr));
        }
    }
    return STATUS_OK;
}

/* What nobody can have set: once for a user that exists, once for one that does not. */
static void random_add(struct gathering *gathering, struct candidates *list)
{
    uint64_t state = gathering->wish->seed;
    char user[13];
    char password[21];

    web_random_text(&state, password, sizeof password - 1);
    guess_add(gathering, list, "random", gathering->users[0], password);
    web_random_text(&state, user, sizeof user - 1);
    web_random_text(&state, password, sizeof password - 1);
    guess_add(gathering, list, "random", user, password);
}

static void declared_add(struct gathering *gathering)
{
    const struct candidate_wish *wish = gathering->wish;
    const struct auth *auth = wish->auth == NULL ? NULL : web_account_of(wish->profile, wish->auth);

    for (size_t i = 0; auth != NULL && i < auth->credential_count; i++) {
        const struct credential *credential = &auth->credentials[i];

        (void) list_add(
            &gathering->all,
            (struct candidate){
                .label = arena_format(gathering->arena, "declared (role %s)",
                                      credential->role != NULL ? credential->role : "none"),
                .user = credential->user,
                .password = secret_reveal(&credential->secret),
                .is_secret = true,
            });
    }
}

static void mix(struct candidates *into, const struct candidates *list,
                const struct candidates *derived)
{
    size_t next = 0;

    for (size_t i = 0; i < list->count; i++) {
        (void) list_add(into, list->items[i]);
        if (i % 2 == 1 && next < derived->count) {
            (void) list_add(into, derived->items[next++]);
        }
    }
    while (next < derived->count) {
        (void) list_add(into, derived->items[next++]);
    }
}

enum status candidates_gather(const struct candidate_wish *wish, struct arena *arena,
                              struct candidates *ret_candidates, struct error *reterr)
{
    struct gathering gathering = { .wish = wish, .arena = arena, .all = list_new(arena) };
    struct candidates common = list_new(arena);
    struct candidates derived = list_new(arena);

    users_find(&gathering);
    if (wished(&gathering, "declared")) {
        declared_add(&gathering);
    }
    if (wished(&gathering, "random")) {
        random_add(&gathering, &gathering.all);
    }
    special_add(&gathering, &gathering.all);
    if (wished(&gathering, "list:common")) {
        TRY(common_add(&gathering, &common, reterr));
    }
    TRY(derived_add(&gathering, &derived, reterr));
    mix(&gathering.all, &common, &derived);
    for (size_t i = 0; i < gathering.all.count; i++) {
        gathering.all.guesses |= !gathering.all.items[i].is_secret;
    }
    if (gathering.all.count == 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "none of the wished candidates exists for this mechanism");
    }
    *ret_candidates = gathering.all;
    return STATUS_OK;
}
