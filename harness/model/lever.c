#include "model/lever.h"

#include "model/profile.h"

#include <string.h>

const char *const lever_words[] = {
    [LEVER_POWER_OFF] = "power_off",
    [LEVER_POWER_ON] = "power_on",
    [LEVER_POWER_CYCLE] = "power_cycle",
    [LEVER_NETWORK_DOWN] = "network_down",
    [LEVER_NETWORK_UP] = "network_up",
    [LEVER_FACTORY_RESET] = "factory_reset",
    [LEVER_ERASE] = "erase",
    [LEVER_SET_CREDENTIAL] = "set_credential",
    [LEVER_CHANGE_CREDENTIAL] = "change_credential",
    [LEVER_INSTALL_IMAGE] = "install_image",
    [LEVER_REINSTALL] = "reinstall",
    [LEVER_CHECK_UPDATE] = "check_update",
    [LEVER_READ_VERSION] = "read_version",
    [LEVER_READ_SETTING] = "read_setting",
    [LEVER_WRITE_SETTING] = "write_setting",
    [LEVER_SAVE_STATE] = "save_state",
    [LEVER_RESTORE_STATE] = "restore_state",
    [LEVER_CLIENT_START] = "client_start",
    [LEVER_CLIENT_STOP] = "client_stop",
    [LEVER_COUNT] = NULL,
};

const char *const lever_by_words[] = {
    [LEVER_BY_COMMAND] = "command", [LEVER_BY_REQUEST] = "request", [LEVER_BY_MQTT] = "mqtt",
    [LEVER_BY_SNMP] = "snmp",       [LEVER_BY_PERSON] = "person",
};

enum lever lever_find(const char *word)
{
    int lever = 0;

    while (lever < LEVER_COUNT && strcmp(lever_words[lever], word) != 0) {
        lever++;
    }
    return (enum lever) lever;
}

const struct lever_way *profile_lever(const struct profile *profile, enum lever lever,
                                      const char *id, size_t at)
{
    for (size_t i = 0; i < profile->lever_count; i++) {
        const struct lever_way *way = &profile->levers[i];

        if (way->lever == lever && (id == NULL || text_equal(way->id, id)) && at-- == 0) {
            return way;
        }
    }
    return NULL;
}

const struct lever_way *profile_erasure(const struct profile *profile, size_t at)
{
    size_t ways = 0;

    while (profile_lever(profile, LEVER_ERASE, NULL, ways) != NULL) {
        ways++;
    }
    return at < ways ? profile_lever(profile, LEVER_ERASE, NULL, at)
                     : profile_lever(profile, LEVER_FACTORY_RESET, NULL, at - ways);
}

const char *erasure_name(const struct lever_way *way)
{
    return way->id != NULL ? way->id : "factory-reset";
}

static bool has(const struct profile *profile, enum lever lever)
{
    return profile_lever(profile, lever, NULL, 0) != NULL;
}

static bool has_setting(const struct profile *profile)
{
    for (size_t i = 0; i < profile->lever_count; i++) {
        const struct lever_way *way = &profile->levers[i];

        if (way->lever == LEVER_READ_SETTING &&
            profile_lever(profile, LEVER_WRITE_SETTING, way->id, 0) != NULL) {
            return true;
        }
    }
    return false;
}

bool profile_has_lever(const struct profile *profile, const char *name, bool *ret_known)
{
    const struct {
        const char *name;
        bool found;
    } several[] = {
        { "power", has(profile, LEVER_POWER_CYCLE) ||
                       (has(profile, LEVER_POWER_OFF) && has(profile, LEVER_POWER_ON)) },
        { "network", has(profile, LEVER_NETWORK_DOWN) && has(profile, LEVER_NETWORK_UP) },
        { "client", has(profile, LEVER_CLIENT_START) && has(profile, LEVER_CLIENT_STOP) },
        { "state", has(profile, LEVER_SAVE_STATE) && has(profile, LEVER_RESTORE_STATE) },
        { "install", has(profile, LEVER_INSTALL_IMAGE) },
        { "settings", has_setting(profile) },
    };
    enum lever lever = lever_find(name);

    if (ret_known != NULL) {
        *ret_known = lever != LEVER_COUNT;
    }
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++) {
        if (strcmp(several[i].name, name) == 0) {
            if (ret_known != NULL) {
                *ret_known = true;
            }
            return several[i].found;
        }
    }
    return lever != LEVER_COUNT && has(profile, lever);
}
