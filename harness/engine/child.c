#include "engine/child.h"

#include "base/text.h"
#include "evidence/published.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HOSHITORI_COVERAGE
void __gcov_dump(void);
#endif

enum { FIRST_KEPT = STDERR_FILENO + 1, KEPT_MAX = 6 };

void child_keep_only(int kept[], size_t count)
{
    int nothing = open("/dev/null", O_RDWR);
    int next = FIRST_KEPT;

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
        count > KEPT_MAX) {
        child_exit(1);
    }
    /* First out of the way of the numbers that they will have. */
    for (size_t i = 0; i < count; i++) {
        if (kept[i] >= 0 && (kept[i] = fcntl(kept[i], F_DUPFD, FIRST_KEPT + KEPT_MAX)) < 0) {
            child_exit(1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (kept[i] >= 0 && (kept[i] = dup2(kept[i], next++)) < 0) {
            child_exit(1);
        }
    }
    if (close_range((unsigned) next, ~0u, 0) != 0) {
        child_exit(1);
    }
}

_Noreturn void child_exit(int code)
{
#ifdef HOSHITORI_COVERAGE
    __gcov_dump();
#endif
    _exit(code);
}

enum status child_sandbox(struct sandbox_state *ret_state, struct error *reterr)
{
    const struct sandbox_limits limits = { .cpu_s = 600, .memory_mib = 2048, .files = 4096 };

    return sandbox_enter(&limits, ret_state, reterr);
}

bool child_say(int fd, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
    size_t length = text == NULL ? 0 : strlen(text);
    bool said = text != NULL;

    json_decref(line);
    if (said) {
        text[length] = '\n';
    }
    for (size_t sent = 0; said && sent <= length;) {
        ssize_t step = write(fd, text + sent, length + 1 - sent);

        said = step > 0 || (step < 0 && errno == EINTR);
        sent += step > 0 ? (size_t) step : 0;
    }
    free(text);
    return said;
}

/* What is printed on a unit is as good as a credential, and its serial number is nobody else's to
 * know.  A file that is not there, or that others may read, is for the checks that need it to name.
 */
static void veil_line(struct veil *veil, const char *path, size_t least)
{
    DEFER(secret_done) struct secret line = { 0 };

    if (path != NULL &&
        secret_from_file(&line, path, true, SECRET_FOR_CHILDREN, NULL) == STATUS_OK &&
        line.length >= least) {
        veil_add(veil, "", secret_reveal(&line));
    }
}

struct veil *child_veil(const struct profile *profile)
{
    struct veil *veil = veil_new();

    for (size_t i = 0; profile != NULL && i < profile->unit_count; i++) {
        veil_line(veil, profile->units[i].label_password_file, 0);
        /* A shorter one is a counter, and in half of what a device says. */
        veil_line(veil, profile->units[i].serial_file, VEIL_FACT_LEAST);
    }
    for (size_t i = 0; profile != NULL && i < profile->asset_count; i++) {
        veil_add(veil, "", secret_reveal(&profile->assets[i].marker));
    }
    for (size_t i = 0; profile != NULL && i < profile->lever_count; i++) {
        const struct lever_place *at = &profile->levers[i].at;

        /* A community is often a common word, and withheld with whatever it is sent in. */
        if (profile->levers[i].by != LEVER_BY_SNMP && at->secret.length > 0) {
            veil_add(veil, at->user != NULL ? at->user : "", secret_reveal(&at->secret));
        }
    }
    for (size_t i = 0; profile != NULL && i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        for (size_t j = 0; j < auth->credential_count; j++) {
            veil_add(veil, auth->credentials[j].user, secret_reveal(&auth->credentials[j].secret));
        }
    }
    return veil;
}

void child_words(const struct veil *veil, const char *message, char room[256])
{
    text_printable(message, strlen(message), room, 256);
    /* The whole: a secret that does not fit into the room is one all the same. */
    if (veil_hides(veil, message, strlen(message), VEIL_FACT_LEAST)) {
        (void) snprintf(room, 256, "(withheld: repeats a secret)");
    } else if (published_shape(room, strlen(room), NULL) != NULL) {
        (void) snprintf(room, 256, "(withheld: looks like a secret)");
    }
}
