/* Physical and radio interfaces of a profile. */
#include "model/profile_tables.h"

#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const kinds[] = { "usb",  "bluetooth", "uart",     "jtag",   "serial",
                                     "sd",   "nfc",       "wifi",     "zigbee", "z-wave",
                                     "lora", "infrared",  "cellular", "other",  NULL };
static const char *const states[] = { "none", "disabled", "protected", "enabled", NULL };

static const struct field interface_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(interface_raw, id),
      .help = "a short name; the kind unless given" },
    { .key = "kind",
      .kind = &kind_word,
      AT(interface_raw, interface.kind),
      .detail = kinds,
      .flags = FIELD_REQUIRED,
      .help = "what it is" },
    { .key = "state",
      .kind = &kind_word,
      AT(interface_raw, interface.state),
      .detail = states,
      .flags = FIELD_REQUIRED,
      .help = "none: the unit has none; disabled: it is there and does nothing; protected: it "
              "answers to those alone who may; enabled: in use" },
    { .key = "purpose",
      .kind = &kind_words,
      AT(interface_raw, interface.purpose),
      .help = "what it is for; required of one that is protected or enabled" },
    { .key = "reason",
      .kind = &kind_words,
      AT(interface_raw, interface.reason),
      .help = "why it is open, or how it was switched off" },
    FIELD_END,
};
const struct record profile_interface_record = { "an interface", interface_fields,
                                                 sizeof(struct interface_raw), true };

void profile_interfaces_resolve(const struct profile_raw *raw, struct problems *problems,
                                struct arena *arena, struct profile *profile)
{
    struct interface *list = arena_array(arena, raw->interface_count, sizeof *list);

    for (size_t i = 0; i < raw->interface_count; i++) {
        const struct interface_raw *from = &raw->interfaces[i];
        bool open = strcmp(from->interface.state, "enabled") == 0 ||
                    strcmp(from->interface.state, "protected") == 0;

        list[i] = from->interface;
        list[i].id = from->id.text != NULL ? from->id.text : list[i].kind;
        if (open && words_in(&list[i].purpose, LANGUAGE_EN)[0] == '\0') {
            problem_at(problems, from->head.node->mark, "an interface that is %s needs 'purpose'",
                       list[i].state);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(list[j].id, list[i].id) == 0) {
                problem_at(problems, from->head.node->mark,
                           "there is another interface '%s'; give this one an 'id'",
                           text_shown(arena, list[i].id));
            }
        }
    }
    profile->interfaces = list;
    profile->interface_count = raw->interface_count;
}
