#include "camera/accounts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const TOO_COMMON[] = {
    "password", "password1", "12345678", "123456789", "1234567890", "admin123", "administrator",
    "qwertyui", "qwerty123", "11111111", "00000000",  "88888888",   "abcd1234", "iloveyou",
};

void accounts_init(struct accounts *accounts, const struct lockout *lockout, bool forgets)
{
    *accounts = (struct accounts){ .lockout = *lockout,
                                   .forgets = forgets,
                                   .first_length_min = PASSWORD_LENGTH_MIN };
    memcpy(accounts->all[0].user, "admin", sizeof "admin");
    accounts->all[0].role = ROLE_ADMIN;
    memcpy(accounts->all[1].user, "viewer", sizeof "viewer");
    accounts->all[1].role = ROLE_VIEWER;
}

const char *role_name(enum role role)
{
    return role == ROLE_ADMIN ? "admin" : "viewer";
}

const char *account_default(const struct account *account)
{
    return account->common != NULL ? account->common : account->label;
}

const char *account_password(const struct account *account)
{
    return account->password[0] != '\0' ? account->password : account_default(account);
}

static struct failures *stranger(struct accounts *accounts, const char *user, int64_t now_ms)
{
    struct failures *oldest = &accounts->strangers[0];

    for (size_t i = 0; i < STRANGERS_MAX; i++) {
        struct failures *failures = &accounts->strangers[i];
        if (failures->last_ms != 0 && strncmp(failures->user, user, USER_SIZE - 1) == 0) {
            return failures;
        }
        if (failures->last_ms < oldest->last_ms) {
            oldest = failures;
        }
    }
    *oldest = (struct failures){ .last_ms = now_ms };
    memcpy(oldest->user, user, strnlen(user, USER_SIZE - 1));
    return oldest;
}

static int64_t delay_ms(const struct lockout *lockout, unsigned failures)
{
    uint64_t delay_s = lockout->delay_s;

    for (unsigned i = lockout->after; i < failures && delay_s < lockout->delay_max_s; i++) {
        delay_s *= 2;
    }
    return (int64_t) (delay_s < lockout->delay_max_s ? delay_s : lockout->delay_max_s) * 1000;
}

static struct login locked(const struct failures *failures, int64_t now_ms)
{
    return (struct login){
        .answer = LOGIN_LOCKED,
        .retry_after_s = (unsigned) ((failures->locked_until_ms - now_ms + 999) / 1000),
    };
}

bool accounts_wait(const struct accounts *accounts)
{
    return accounts->first_use && accounts->all[0].password[0] == '\0';
}

size_t account_index(const struct accounts *accounts, const char *user)
{
    size_t index = 0;

    while (index < ACCOUNTS_MAX &&
           (accounts->all[index].user[0] == '\0' || strcmp(accounts->all[index].user, user) != 0)) {
        index++;
    }
    return index;
}

struct login accounts_login(struct accounts *accounts, const char *user, login_matches matches,
                            const void *claim)
{
    int64_t now_ms = server_now_ms();
    size_t index = account_index(accounts, user);
    bool known = index < ACCOUNTS_MAX;
    struct failures *failures =
        known ? &accounts->all[index].failures : stranger(accounts, user, now_ms);
    failures->last_ms = now_ms;
    if (failures->locked_until_ms > now_ms) {
        return locked(failures, now_ms);
    }
    /* A stranger's claim is compared too, so that the time taken says nothing. */
    const struct account *account = &accounts->all[known ? index : 0];
    bool right = matches(account_password(account), claim) && known;
    if (known && !right && account->previous[0] != '\0') {
        right = matches(account->previous, claim);
    }
    right = right && !accounts_wait(accounts);
    if (right) {
        *failures = (struct failures){ 0 };
        /* Nobody is behind those names: forgetting them gives no guess away. */
        memset(accounts->strangers, 0, sizeof accounts->strangers);
        return (struct login){ .answer = LOGIN_RIGHT, .account = index };
    }
    failures->count += failures->count < UINT32_MAX ? 1 : 0;
    if (!accounts->forgets && failures->count >= accounts->lockout.after) {
        failures->locked_until_ms = now_ms + delay_ms(&accounts->lockout, failures->count);
    }
    return (struct login){ .answer = LOGIN_WRONG };
}

static bool password_matches(const char *password, const void *claim)
{
    return text_equal_secretly(password, claim, PASSWORD_SIZE);
}

struct login accounts_login_password(struct accounts *accounts, const char *user,
                                     const char *password)
{
    return accounts_login(accounts, user, password_matches, password);
}

struct login accounts_login_uncounted(struct accounts *accounts, const char *user,
                                      const char *password)
{
    size_t index = account_index(accounts, user);
    bool known = index < ACCOUNTS_MAX;
    bool right = password_matches(account_password(&accounts->all[known ? index : 0]), password) &&
                 known && !accounts_wait(accounts);

    return (struct login){ .answer = right ? LOGIN_RIGHT : LOGIN_WRONG,
                           .account = right ? index : 0 };
}

static const char *refusal(const struct account *account, const char *password, size_t least,
                           bool may_be_common)
{
    size_t length = strlen(password);

    if (length < least) {
        return "too short";
    }
    if (length >= PASSWORD_SIZE) {
        return "too long";
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char) password[i] < ' ' || password[i] == 0x7f) {
            return "control character";
        }
    }
    for (size_t i = 0; !may_be_common && i < sizeof TOO_COMMON / sizeof *TOO_COMMON; i++) {
        if (strcasecmp(password, TOO_COMMON[i]) == 0) {
            return "too common";
        }
    }
    return strcasestr(password, account->user) != NULL ? "contains the user name" : NULL;
}

const char *accounts_begin(struct accounts *accounts, const char *password)
{
    struct account *administrator = &accounts->all[0];
    const char *why =
        refusal(administrator, password, accounts->first_length_min, accounts->first_may_be_common);

    if (why == NULL) {
        memcpy(administrator->password, password, strlen(password) + 1);
    }
    return why;
}

const char *account_password_set(struct account *account, const char *password, size_t least,
                                 bool may_be_common)
{
    /* Going back to the default is no worse than a factory reset. */
    if (account->label[0] != '\0' && strcmp(password, account_default(account)) == 0) {
        account->password[0] = '\0';
        return NULL;
    }
    const char *why = refusal(account, password, least, may_be_common);
    if (why == NULL) {
        memcpy(account->password, password, strlen(password) + 1);
    }
    return why;
}

static bool name_is_sane(const char *user)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    return *user != '\0' && strlen(user) < USER_SIZE && user[strspn(user, letters)] == '\0';
}

const char *account_add(struct accounts *accounts, const char *user, enum role role,
                        const char *password)
{
    size_t index = ACCOUNT_COUNT;
    struct account fresh = { .role = role };

    if (!name_is_sane(user)) {
        return "no user name";
    }
    if (account_index(accounts, user) < ACCOUNTS_MAX) {
        return "the user is there";
    }
    while (index < ACCOUNTS_MAX && accounts->all[index].user[0] != '\0') {
        index++;
    }
    if (index == ACCOUNTS_MAX) {
        return "no room";
    }
    memcpy(fresh.user, user, strlen(user) + 1);
    const char *why = account_password_set(&fresh, password, PASSWORD_LENGTH_MIN, false);
    if (why == NULL) {
        accounts->all[index] = fresh;
    }
    return why;
}
