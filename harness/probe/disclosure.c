#include "probe/disclosure.h"

#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    NEEDLE_MIN = 4, /* shorter ones are in many texts by chance */
    NEEDLE_MAX = 256,
    LABEL_SIZE = 96
};

struct disclosure disclosure_start(const struct profile *profile)
{
    return (struct disclosure){ .profile = profile, .rows = json_array(), .found = json_array() };
}

void disclosure_done(struct disclosure *disclosure)
{
    json_decref(disclosure->rows);
    json_decref(disclosure->found);
}

static void label_add(struct disclosure *disclosure, const char *label)
{
    for (size_t i = 0; i < json_array_size(disclosure->found); i++) {
        if (text_equal(json_string_value(json_array_get(disclosure->found, i)), label)) {
            return;
        }
    }
    probe_list_add_text(disclosure->found, label);
}

/* Whether the text holds the needle; true also names it. */
static bool holds(struct disclosure *disclosure, const char *text, const char *needle,
                  const char *label, const char *of)
{
    char line[LABEL_SIZE];

    if (needle == NULL || strlen(needle) < NEEDLE_MIN || strcasestr(text, needle) == NULL) {
        return false;
    }
    (void) snprintf(line, sizeof line, "%s of %s", label, of);
    label_add(disclosure, line);
    return true;
}

/* A hardware address is written in many ways: only its digits are compared. */
static void hex_digits(const char *text, char room[NEEDLE_MAX])
{
    size_t length = 0;

    for (; *text != '\0' && length + 1 < NEEDLE_MAX; text++) {
        if (isxdigit((unsigned char) *text)) {
            room[length++] = *text;
        } else if (strchr(":-.", *text) == NULL) {
            room[length++] = ' ';
        }
    }
    room[length] = '\0';
}

static bool holds_mac(struct disclosure *disclosure, const char *text, const struct unit *unit)
{
    char digits[NEEDLE_MAX];
    char needle[NEEDLE_MAX];

    if (unit->mac == NULL) {
        return false;
    }
    hex_digits(text, digits);
    hex_digits(unit->mac, needle);
    return holds(disclosure, digits, needle, "hardware address", unit->id);
}

/* The first line of a file that the profile names. */
static enum status holds_line(struct disclosure *disclosure, const char *text, const char *path,
                              const char *label, const char *of, bool *ret_holds,
                              struct error *reterr)
{
    char line[NEEDLE_MAX] = "";
    int fd;
    ssize_t got;
    int code;

    if (path == NULL) {
        return STATUS_OK;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    got = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    code = errno;
    if (fd >= 0) {
        (void) close(fd);
    }
    if (got < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(code));
    }
    line[got] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    *ret_holds |= holds(disclosure, text, line, label, of);
    secret_wipe(line, sizeof line);
    return STATUS_OK;
}

static enum status secrets_find(struct disclosure *disclosure, const char *text, bool *ret_holds,
                                struct error *reterr)
{
    const struct profile *profile = disclosure->profile;

    for (size_t i = 0; profile != NULL && i < profile->auth_count; i++) {
        for (size_t k = 0; k < profile->auths[i].credential_count; k++) {
            const struct credential *credential = &profile->auths[i].credentials[k];

            *ret_holds |= holds(disclosure, text, secret_reveal(&credential->secret),
                                "authentication value", profile->auths[i].id);
        }
    }
    for (size_t i = 0; profile != NULL && i < profile->unit_count; i++) {
        const struct unit *unit = &profile->units[i];

        *ret_holds |= holds_mac(disclosure, text, unit);
        TRY(holds_line(disclosure, text, unit->serial_file, "serial number", unit->id, ret_holds,
                       reterr));
        TRY(holds_line(disclosure, text, unit->label_password_file, "label password", unit->id,
                       ret_holds, reterr));
    }
    return STATUS_OK;
}

enum status disclosure_add(struct disclosure *disclosure, uint16_t port, const char *kind,
                           const char *text, struct error *reterr)
{
    bool secret = false;

    if (text[0] == '\0') {
        return STATUS_OK;
    }
    TRY(secrets_find(disclosure, text, &secret, reterr));
    probe_list_add(disclosure->rows, json_pack("{s:i, s:s, s:s}", "port", (int) port, "kind", kind,
                                               "text", secret ? "(withheld)" : text));
    return STATUS_OK;
}

const struct fact disclosure_columns[] = {
    { .name = "port", .type = FACT_INT, .help = "Port of the service." },
    { .name = "kind", .type = FACT_TEXT, .help = "The protocol, or unknown." },
    { .name = "text",
      .type = FACT_TEXT,
      .help = "What was said; withheld when it holds something that the profile declares." },
    FACT_END,
};

void disclosure_report(struct probe_call *call, const struct disclosure *disclosure)
{
    probe_fact_json(call, "disclosed", json_incref(disclosure->rows));
    if (disclosure->profile != NULL) {
        probe_fact_json(call, "disclosed_declared", json_incref(disclosure->found));
    }
}
