/* accounts.h - who may log in, with what, and how often one may be wrong.
 *
 * One count of wrong log-ins for each account over all services: a page, a stream and a shell
 * that counted apart would triple an attacker's guesses.  Names without an account are counted
 * and locked alike, so that the answer does not tell which names exist. */
#pragma once

#include "stub.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ACCOUNT_COUNT = 2, /* the unit's own */
    ACCOUNTS_MAX = 10, /* with those that the administrator has added */
    NOTE_SIZE = 257,
    USER_SIZE = 33,
    PASSWORD_SIZE = 65,
    PASSWORD_LENGTH_MIN = 8,
    STRANGERS_MAX = 128,
};

enum role { ROLE_ADMIN, ROLE_VIEWER };

struct failures {
    char user[USER_SIZE];
    unsigned count;
    int64_t locked_until_ms;
    int64_t last_ms;
};

struct account {
    char user[USER_SIZE]; /* empty: no account */
    enum role role;
    char note[NOTE_SIZE];         /* the user's own */
    char label[PASSWORD_SIZE];    /* the unit's own, printed on it; empty: it has no default */
    const char *common;           /* NULL, or the default that a defect puts in its place */
    char password[PASSWORD_SIZE]; /* what the user set; empty: still the default */
    char previous[PASSWORD_SIZE]; /* logs in too while it is not empty */
    struct failures failures;
};

struct accounts {
    struct lockout lockout;
    bool forgets;
    bool first_use;           /* there is no default: the administrator sets the first password */
    size_t first_length_min;  /* of that password */
    bool first_may_be_common; /* a defect */
    struct account all[ACCOUNTS_MAX];
    struct failures strangers[STRANGERS_MAX];
};

enum login_answer { LOGIN_RIGHT, LOGIN_WRONG, LOGIN_LOCKED };

struct login {
    enum login_answer answer;
    size_t account;         /* LOGIN_RIGHT: its index */
    unsigned retry_after_s; /* LOGIN_LOCKED */
};

/* Does the claim that `claim` stands for fit this password? */
typedef bool (*login_matches)(const char *password, const void *claim);

/* `forgets`: defect no-lockout, wrong log-ins are not counted. */
void accounts_init(struct accounts *accounts, const struct lockout *lockout, bool forgets);
const char *role_name(enum role role);
const char *account_default(const struct account *account);
const char *account_password(const struct account *account);

/* Judges a claim, counts it, and says nothing about a locked account but that it is locked. */
struct login accounts_login(struct accounts *accounts, const char *user, login_matches matches,
                            const void *claim);
struct login accounts_login_password(struct accounts *accounts, const char *user,
                                     const char *password);

/* The same, neither counted nor locked: for defect basic-unlimited. */
struct login accounts_login_uncounted(struct accounts *accounts, const char *user,
                                      const char *password);

/* The index of an account, or ACCOUNTS_MAX. */
size_t account_index(const struct accounts *accounts, const char *user);

/* One more; NULL, or why not. */
const char *account_add(struct accounts *accounts, const char *user, enum role role,
                        const char *password);

/* No password is set yet, so nobody logs in. */
bool accounts_wait(const struct accounts *accounts);

/* The administrator's first password; NULL, or why it may not be this one. */
const char *accounts_begin(struct accounts *accounts, const char *password);

/* Sets it and returns NULL, or says why the account may not have this password.  least: of
 * characters that it has. */
const char *account_password_set(struct account *account, const char *password, size_t least,
                                 bool may_be_common);
