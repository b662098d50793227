#include "wire/leaks_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_MAX = 10, USER_MAX = LEAK_USER_SIZE - 1, VALUE_LEAST = 4, VALUE_MAX = 128 };

/* One field of a line whose fields are parted by colons. */
struct span {
    const char *at;
    size_t length;
};

static size_t fields_of(const char *line, size_t length, struct span fields[FIELDS_MAX])
{
    size_t count = 0;
    const char *end = line + length;

    for (const char *at = line; count < FIELDS_MAX; count++) {
        const char *colon = memchr(at, ':', (size_t) (end - at));

        fields[count] = (struct span){ at, (size_t) ((colon == NULL ? end : colon) - at) };
        if (colon == NULL) {
            return count + 1;
        }
        at = colon + 1;
    }
    return FIELDS_MAX + 1;
}

static bool of(const struct span *span, const char *characters)
{
    for (size_t i = 0; i < span->length; i++) {
        if (strchr(characters, span->at[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static const char digits[] = "0123456789";
static const char hash64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char hex[] = "0123456789ABCDEFabcdef";

static size_t run_of(const char *at, const char *end, const char *characters)
{
    const char *from = at;

    while (at < end && *at != '\0' && strchr(characters, *at) != NULL) {
        at++;
    }
    return (size_t) (at - from);
}

static bool is_name(const struct span *span)
{
    return span->length > 0 && span->length <= USER_MAX &&
           of(span, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$") &&
           !isdigit((unsigned char) span->at[0]);
}

static bool ends_in(const struct span *span, const char *text)
{
    size_t size = strlen(text);

    return span->length >= size && memcmp(span->at + span->length - size, text, size) == 0;
}

static void line_say(struct leaks *leaks, enum leak_kind kind, const char *what,
                     const struct span *user, const struct span *line, const struct span *secret)
{
    struct leak leak = { .kind = kind,
                         .what = what,
                         .offset = (size_t) ((const uint8_t *) line->at - leaks->data),
                         .length = line->length };

    if (secret != NULL) {
        leak.secret = (size_t) ((const uint8_t *) secret->at - leaks->data);
        leak.secret_length = secret->length;
    }
    if (user != NULL) {
        memcpy(leak.user, user->at, user->length < USER_MAX ? user->length : USER_MAX);
    }
    leaks_say(leaks, &leak);
}

/* passwd(5): seven fields; shadow(5): nine.  What is hashed as crypt(5) has it is found by its
 * own shape; the traditional one has none and needs its place. */
static void account_read(struct leaks *leaks, const struct span *line)
{
    struct span fields[FIELDS_MAX];
    size_t count = fields_of(line->at, line->length, fields);
    bool passwd = count == 7 && fields[2].length > 0 && of(&fields[2], digits) &&
                  fields[3].length > 0 && of(&fields[3], digits);
    bool shadow =
        count == 9 && of(&fields[2], digits) && of(&fields[3], digits) && of(&fields[4], digits);

    if ((!passwd && !shadow) || !is_name(&fields[0])) {
        return;
    }
    if (fields[1].length == 0) {
        if (shadow || !(ends_in(&fields[6], "nologin") || ends_in(&fields[6], "/false"))) {
            line_say(leaks, LEAK_NO_PASSWORD, passwd ? "passwd entry" : "shadow entry", &fields[0],
                     line, NULL);
        }
    } else if (fields[1].length == 13 && of(&fields[1], hash64)) {
        line_say(leaks, LEAK_HASH, "DES crypt", &fields[0], line, &fields[1]);
    }
}

/* smbpasswd(5) name:uid:LM:NT:[flags]:, and what dumps of Windows' accounts look like. */
static void windows_read(struct leaks *leaks, const struct span *line)
{
    struct span fields[FIELDS_MAX];
    size_t count = fields_of(line->at, line->length, fields);

    if (count >= 5 && count <= FIELDS_MAX && is_name(&fields[0]) && fields[1].length > 0 &&
        of(&fields[1], digits) && fields[2].length == 32 && fields[3].length == 32 &&
        of(&fields[3], hex)) {
        line_say(leaks, LEAK_HASH, "NT hash", &fields[0], line,
                 &(struct span){ fields[2].at, fields[2].length + 1 + fields[3].length });
    }
}

/* The word as a whole; the line is not ended by a NUL. */
static const char *word_in(const struct span *line, const char *word)
{
    size_t size = strlen(word);
    const char *from = line->at;
    const char *end = line->at + line->length;

    for (;;) {
        const char *at = memmem(from, (size_t) (end - from), word, size);

        if (at == NULL) {
            return NULL;
        }
        if ((at == line->at || !isalnum((unsigned char) at[-1])) &&
            (at + size == end || !isalnum((unsigned char) at[size]))) {
            return at + size;
        }
        from = at + 1;
    }
}

static bool is_shell(const char *at, const char *end)
{
    static const char *const shells[] = { "sh", "ash", "bash" };
    struct span word = { at, 0 };

    while (word.at < end &&
           (*word.at == ' ' || *word.at == '\t' || *word.at == '"' || *word.at == '\'')) {
        word.at++;
    }
    while (word.at + word.length < end && strchr(" \t;&|\"'", word.at[word.length]) == NULL) {
        word.length++;
    }
    for (size_t i = word.length; i > 0; i--) {
        if (word.at[i - 1] == '/') {
            word.at += i;
            word.length -= i;
            break;
        }
    }
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (word.length == strlen(shells[i]) && memcmp(word.at, shells[i], word.length) == 0) {
            return true;
        }
    }
    return false;
}

/* telnetd's -l names what is started in place of login(1); nc's -e, what is connected. */
static void shell_read(struct leaks *leaks, const struct span *line)
{
    static const struct {
        const char *program;
        const char *option;
        const char *what;
    } servers[] = { { "telnetd", "-l", "telnetd that starts a shell" },
                    { "nc", "-e", "nc that starts a shell" },
                    { "ncat", "-e", "ncat that starts a shell" } };
    const char *end = line->at + line->length;
    const char *first = line->at;

    while (first < end && (*first == ' ' || *first == '\t')) {
        first++;
    }
    if (first == end || *first == '#') {
        return;
    }
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        const char *at = word_in(line, servers[i].program);
        const char *option =
            at == NULL ? NULL
                       : word_in(&(struct span){ at, (size_t) (end - at) }, servers[i].option);

        if (option != NULL && is_shell(option, end)) {
            line_say(leaks, LEAK_SHELL, servers[i].what, NULL, line, NULL);
            return;
        }
    }
}

/* Shapes with a beginning that nothing else has, as their services document them. */
static void token_read(struct leaks *leaks, const struct span *line)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    static const struct {
        const char *start;
        size_t length; /* behind the start */
        const char *what;
    } shapes[] = { { "AKIA", 16, "AWS access key" },      { "ghp_", 36, "GitHub token" },
                   { "github_pat_", 50, "GitHub token" }, { "glpat-", 20, "GitLab token" },
                   { "AIza", 35, "Google API key" },      { "xoxb-", 30, "Slack token" },
                   { "xoxp-", 30, "Slack token" } };

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t size = strlen(shapes[i].start);
        const char *at = memmem(line->at, line->length, shapes[i].start, size);
        struct span token = { at, 0 };

        while (at != NULL && at + token.length < line->at + line->length &&
               strchr(word, at[token.length]) != NULL) {
            token.length++;
        }
        if (token.length >= size + shapes[i].length &&
            (at == line->at || strchr(word, at[-1]) == NULL)) {
            line_say(leaks, LEAK_TOKEN, shapes[i].what, NULL, line, &token);
        }
    }
}

static bool key_fits(const struct span *key)
{
    static const char *const names[] = { "password",   "passwd",        "passwort",   "pwd",
                                         "passphrase", "psk",           "wpapsk",     "secret",
                                         "api_key",    "apikey",        "access_key", "auth_token",
                                         "authtoken",  "wpa_passphrase" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t size = strlen(names[i]);

        if (key->length >= size && strncasecmp(key->at + key->length - size, names[i], size) == 0 &&
            (key->length == size || !isalnum((unsigned char) key->at[key->length - size - 1]) ||
             islower((unsigned char) key->at[key->length - size - 1]))) {
            return true;
        }
    }
    return false;
}

/* Not a value but a hole for one, or the name of one. */
static bool value_is_hollow(const struct span *value, const struct span *key)
{
    static const char *const words[] = { "null",  "none", "true",    "false",    "yes",  "no",
                                         "empty", "auto", "enabled", "disabled", "file", "files" };

    for (size_t i = 0; i < value->length; i++) {
        if (strchr("$%<>{}()[]*`\\;,=?", value->at[i]) != NULL ||
            isspace((unsigned char) value->at[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (value->length == strlen(words[i]) &&
            strncasecmp(value->at, words[i], value->length) == 0) {
            return true;
        }
    }
    return value->length == key->length && strncasecmp(value->at, key->at, key->length) == 0;
}

/* name = value, name: "value", "name":"value" */
static void setting_read(struct leaks *leaks, const struct span *line, size_t sign)
{
    struct span key = { line->at, 0 };
    struct span value = { line->at + sign + 1, 0 };
    const char *end = line->at + line->length;
    const char *at = line->at + sign;
    char quote = '\0';

    while (at > line->at && strchr(" \t\"'", at[-1]) != NULL) {
        at--;
    }
    key.at = at;
    while (key.at > line->at && (isalnum((unsigned char) key.at[-1]) || key.at[-1] == '_' ||
                                 key.at[-1] == '-' || key.at[-1] == '.')) {
        key.at--;
    }
    key.length = (size_t) (at - key.at);
    while (value.at < end && (*value.at == ' ' || *value.at == '\t')) {
        value.at++;
    }
    if (value.at < end && (*value.at == '"' || *value.at == '\'')) {
        quote = *value.at++;
    }
    while (value.at + value.length < end &&
           (quote != '\0' ? value.at[value.length] != quote
                          : strchr(" \t,;&\"'", value.at[value.length]) == NULL)) {
        value.length++;
    }
    /* "wrong password: try again" is a sentence. */
    if (line->at[sign] == ':' && quote == '\0' &&
        (value.at + value.length != end ||
         run_of(line->at, key.at, " \t-") != (size_t) (key.at - line->at))) {
        return;
    }
    if (key_fits(&key) && value.length >= VALUE_LEAST && value.length <= VALUE_MAX &&
        !value_is_hollow(&value, &key)) {
        line_say(leaks, LEAK_LOGIN, "setting with a password or key", NULL,
                 &(struct span){ key.at, (size_t) (end - key.at) }, &value);
    }
}

static void settings_read(struct leaks *leaks, const struct span *line)
{
    size_t blank = run_of(line->at, line->at + line->length, " \t");

    if (blank < line->length && (line->at[blank] == '#' || line->at[blank] == ';')) {
        return; /* commented out, or an explanation */
    }
    for (size_t i = 1; i + VALUE_LEAST < line->length && !leaks->ended; i++) {
        if (line->at[i] == '=' || line->at[i] == ':') {
            setting_read(leaks, line, i);
        }
    }
}

void leaks_of_line(struct leaks *leaks, size_t from, size_t to)
{
    const struct span line = { (const char *) leaks->data + from, to - from };

    if (memchr(line.at, ':', line.length) != NULL) {
        account_read(leaks, &line);
        windows_read(leaks, &line);
    }
    shell_read(leaks, &line);
    token_read(leaks, &line);
    settings_read(leaks, &line);
}

/* crypt(5): how long salt and hash are, in characters of `hash64`. */
static const struct {
    const char *start;
    size_t salt_least;
    size_t salt_most;
    size_t hash;
} schemes[] = {
    { "$1$", 0, 8, 22 },  { "$apr1$", 0, 8, 22 }, { "$5$", 0, 16, 43 },  { "$6$", 0, 16, 86 },
    { "$y$", 1, 86, 43 }, { "$gy$", 1, 86, 43 },  { "$7$", 11, 97, 43 }, { "$2a$", 0, 0, 53 },
    { "$2b$", 0, 0, 53 }, { "$2y$", 0, 0, 53 },   { "$3$", 0, 0, 32 },
};

/* The length of the whole hash at `at`, or 0. */
static size_t hash_at(const char *at, const char *end, const char **ret_scheme)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t size = strlen(schemes[i].start);
        const char *next = at + size;
        size_t salt;

        if ((size_t) (end - at) < size || memcmp(at, schemes[i].start, size) != 0) {
            continue;
        }
        *ret_scheme = schemes[i].start;
        if (schemes[i].start[1] == '2') {
            return end - next > 56 && isdigit((unsigned char) next[0]) &&
                           isdigit((unsigned char) next[1]) && next[2] == '$' &&
                           (next[0] > '0' || next[1] >= '4') &&
                           run_of(next + 3, end, hash64) == schemes[i].hash
                       ? size + 3 + schemes[i].hash
                       : 0;
        }
        if (end - next > 7 && memcmp(next, "rounds=", 7) == 0) {
            next += 7 + run_of(next + 7, end, digits) + 1;
        } else if (strchr("yg", schemes[i].start[1]) != NULL) {
            next += run_of(next, end, hash64) + 1; /* parameters */
        }
        salt = next < end ? run_of(next, end, hash64) : 0;
        next += salt + 1;
        if (salt < schemes[i].salt_least || salt > schemes[i].salt_most || next >= end ||
            next[-1] != '$' || run_of(next, end, hash64) != schemes[i].hash) {
            return 0;
        }
        return (size_t) (next - at) + schemes[i].hash;
    }
    return 0;
}

void leaks_of_hashes(struct leaks *leaks)
{
    const char *data = (const char *) leaks->data;
    const char *end = data + leaks->length;

    for (const char *at = data; at < end && !leaks->ended;) {
        const char *scheme = NULL;
        const char *start = memchr(at, '$', (size_t) (end - at));
        size_t length = start == NULL ? 0 : hash_at(start, end, &scheme);
        struct span user = { start, 0 };

        if (start == NULL) {
            return;
        }
        at = start + 1;
        if (length == 0 || length > LEAK_HASH_MAX) {
            continue;
        }
        if (start > data && start[-1] == ':') {
            user.at = start - 1;
            while (user.at > data && user.length < USER_MAX &&
                   (isalnum((unsigned char) user.at[-1]) || user.at[-1] == '_' ||
                    user.at[-1] == '-')) {
                user.at--;
                user.length++;
            }
        }
        line_say(leaks, LEAK_HASH, scheme, user.length > 0 ? &user : NULL,
                 &(struct span){ start, length }, &(struct span){ start, length });
        at = start + length;
    }
}
