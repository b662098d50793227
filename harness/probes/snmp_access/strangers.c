#include "strangers.h"

#include "base/text.h"
#include "probe/credential_list.h"
#include "probe/data.h"
#include "probe/web.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { STRANGERS_MAX = 512, RANDOM_LENGTH = 20, SERIAL_MAX = 64, UNITS_MAX = 8 };

static void add(struct strangers *list, struct arena *arena, struct snmp_who who, const char *label)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct snmp_who *other = &list->items[i].who;

        if (other->version == who.version && strcmp(other->name, who.name) == 0) {
            return;
        }
    }
    if (list->count < STRANGERS_MAX) {
        list->items[list->count++] =
            (struct stranger){ .who = who, .label = arena_text(arena, label) };
    }
}

static void community_add(struct strangers *list, struct arena *arena, const char *word,
                          const char *label, bool is_secret)
{
    const char *kept = arena_text(arena, word);

    add(list, arena,
        (struct snmp_who){ .version = WIRE_SNMP_V2C, .name = kept, .is_secret = is_secret },
        arena_format(arena, "%s (v2c)", label));
    add(list, arena,
        (struct snmp_who){ .version = WIRE_SNMP_V1, .name = kept, .is_secret = is_secret },
        arena_format(arena, "%s (v1)", label));
}

/* A list that begins with the community that nobody can have set. */
static struct strangers list_new(uint64_t seed, struct arena *arena)
{
    struct strangers list = { .items = arena_array(arena, STRANGERS_MAX, sizeof(struct stranger)) };
    char word[RANDOM_LENGTH + 1];

    web_random_text(&seed, word, RANDOM_LENGTH);
    community_add(&list, arena, word, "random", false);
    return list;
}

static enum status list_load(struct arena *arena, struct credential_list *list,
                             struct error *reterr)
{
    char path[PATH_MAX];

    TRY(data_path(path, sizeof path, "testsuites/jc-star/credentials/communities.tsv", reterr));
    return credential_list_load(path, arena, list, reterr);
}

/* The word as it is and in lower case; the tail of digits that labels show. */
static void derived_add(struct strangers *list, struct arena *arena, const char *word,
                        const char *label, bool is_secret)
{
    char *lower = arena_text(arena, word);

    if (word[0] == '\0') {
        return;
    }
    for (char *at = lower; *at != '\0'; at++) {
        *at = (char) tolower((unsigned char) *at);
    }
    community_add(list, arena, word, arena_format(arena, "%s whole", label), is_secret);
    community_add(list, arena, lower, arena_format(arena, "%s lower case", label), is_secret);
    if (is_secret && strlen(word) > 6) {
        community_add(list, arena, lower + strlen(lower) - 6,
                      arena_format(arena, "%s last 6", label), is_secret);
    }
}

static enum status serial_add(struct strangers *list, struct arena *arena, const char *path,
                              struct error *reterr)
{
    char text[SERIAL_MAX + 1] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, SERIAL_MAX);
    int code = errno;

    if (fd >= 0) {
        (void) close(fd);
    }
    if (got < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(code));
    }
    text[got] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    derived_add(list, arena, text, "derived:serial", true);
    return STATUS_OK;
}

static enum status unit_add(struct strangers *list, struct arena *arena, const struct unit *unit,
                            struct error *reterr)
{
    char digits[SERIAL_MAX] = "";
    size_t length = 0;

    for (const char *at = unit->mac; at != NULL && *at != '\0' && length + 1 < sizeof digits;
         at++) {
        if (isxdigit((unsigned char) *at)) {
            digits[length++] = *at;
        }
    }
    derived_add(list, arena, digits, "derived:mac", true);
    return unit->serial_file != NULL ? serial_add(list, arena, unit->serial_file, reterr)
                                     : STATUS_OK;
}

enum status strangers_common(const struct profile *profile, uint64_t seed, struct arena *arena,
                             struct strangers *ret_strangers, struct error *reterr)
{
    struct credential_list known = { 0 };
    struct strangers list = list_new(seed, arena);
    const char *vendor;

    TRY(list_load(arena, &known, reterr));
    for (size_t i = 0; i < known.count; i++) {
        if (known.pairs[i].user[0] == '\0' && known.pairs[i].password[0] != '\0') {
            community_add(&list, arena, known.pairs[i].password,
                          arena_format(arena, "communities:#%u", known.pairs[i].id), false);
        }
    }
    if (profile != NULL) {
        vendor = words_in(&profile->vendor_name, LANGUAGE_EN);
        derived_add(&list, arena, profile->model != NULL ? profile->model : "", "derived:model",
                    false);
        derived_add(&list, arena, arena_format(arena, "%.*s", (int) strcspn(vendor, " ,."), vendor),
                    "derived:vendor", false);
    }
    for (size_t i = 0; profile != NULL && i < profile->unit_count && i < UNITS_MAX; i++) {
        TRY(unit_add(&list, arena, &profile->units[i], reterr));
    }
    *ret_strangers = list;
    return STATUS_OK;
}

enum status strangers_nobody(const struct profile *profile, const struct service *service,
                             uint64_t seed, struct arena *arena, struct strangers *ret_strangers,
                             struct error *reterr)
{
    struct credential_list known = { 0 };
    struct strangers list = list_new(seed, arena);

    TRY(list_load(arena, &known, reterr));
    community_add(&list, arena, "", "empty community", false);
    for (size_t i = 0; profile != NULL && i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        for (size_t k = 0; auth->service == service && text_equal(auth->scheme, "snmpv3") &&
                           k < auth->credential_count;
             k++) {
            add(&list, arena,
                (struct snmp_who){ .version = WIRE_SNMP_V3, .name = auth->credentials[k].user },
                arena_format(arena, "declared user (role %s) without a passphrase",
                             auth->credentials[k].role));
        }
    }
    for (size_t i = 0; i < known.count; i++) {
        if (known.pairs[i].user[0] != '\0') {
            add(&list, arena,
                (struct snmp_who){ .version = WIRE_SNMP_V3, .name = known.pairs[i].user },
                arena_format(arena, "communities:#%u (user %s, v3)", known.pairs[i].id,
                             known.pairs[i].user));
        }
    }
    *ret_strangers = list;
    return STATUS_OK;
}
