#include "cli/lever_view.h"

#include "engine/broker.h"
#include "probe/registry.h"

#include <string.h>

enum { NAME_WIDTH = 26, LINE_MAX = 1024 };

static void command_describe(const struct lever_way *way, char *room, size_t size)
{
    size_t used = 0;

    room[0] = '\0';
    for (size_t i = 0; way->command[i] != NULL && used + 1 < size; i++) {
        char word[512];

        text_printable(way->command[i], strlen(way->command[i]), word, sizeof word);
        used += (size_t) snprintf(room + used, size - used,
                                  strpbrk(word, " '\"") != NULL ? "%s\"%s\"" : "%s%s",
                                  i > 0 ? " " : "", word);
    }
}

static void request_describe(const struct lever_way *way, char *room, size_t size)
{
    char where[128];

    if (way->at.address != NULL) {
        (void) snprintf(where, sizeof where, "%s port %u", way->at.address, way->at.port);
    } else {
        (void) snprintf(where, sizeof where, "%s%s%s", way->service->id,
                        way->auth != NULL ? ", " : "", way->auth != NULL ? way->auth->id : "");
    }
    (void) snprintf(room, size, "%s %s (%s)%s", way->request->method, way->request->path, where,
                    way->body != LEVER_BODY_DECLARED ? ", the image" : "");
}

void lever_describe(const struct lever_way *way, enum language language, char *room, size_t size)
{
    switch (way->by) {
    case LEVER_BY_COMMAND:
        command_describe(way, room, size);
        break;
    case LEVER_BY_REQUEST:
        request_describe(way, room, size);
        break;
    case LEVER_BY_MQTT:
        (void) snprintf(room, size, "\"%s\" to %s (%s port %u)", way->mqtt.message, way->mqtt.topic,
                        way->at.address, way->at.port);
        break;
    case LEVER_BY_SNMP:
        (void) snprintf(room, size, "%s (%s port %u)", way->snmp.oid, way->at.address,
                        way->at.port);
        break;
    case LEVER_BY_PERSON:
        (void) snprintf(room, size, "%s", words_in(&way->person, language));
        break;
    }
}

static void way_print(FILE *out, const struct lever_way *way, const char *behind,
                      enum language language)
{
    char name[128];
    char line[LINE_MAX];

    (void) snprintf(name, sizeof name, "%s%s%.60s", lever_words[way->lever],
                    way->id != NULL ? " " : "", way->id != NULL ? way->id : "");
    lever_describe(way, language, line, sizeof line);
    (void) fprintf(out, "  %-*s %-8s %4u s  %s%s\n", NAME_WIDTH, name, lever_by_words[way->by],
                   way->within_s, line, behind);
}

void levers_print(FILE *out, const struct profile *profile, enum language language)
{
    if (profile->lever_count == 0) {
        (void) fprintf(out, "%s\n",
                       language == LANGUAGE_JA ? "操作手段の宣言はない" : "no levers are declared");
    }
    for (size_t i = 0; i < profile->lever_count; i++) {
        way_print(out, &profile->levers[i], "", language);
    }
}

static bool moves_levers(const struct plan_item *item)
{
    const struct probe *probe = probe_find(item->check->probe->name);

    return probe != NULL && probe->moves != 0;
}

static bool may_move(const struct plan_item *item, const struct lever_way *way)
{
    const struct probe *probe = probe_find(item->check->probe->name);

    return probe != NULL && broker_may_move(probe, &item->subject, way);
}

void levers_print_of_plan(FILE *out, const struct plan *plan, enum language language)
{
    const struct profile *profile = plan->profile;
    bool ja = language == LANGUAGE_JA;
    size_t moving = 0;

    for (size_t i = 0; i < plan->item_count; i++) {
        moving += moves_levers(&plan->items[i]) ? 1 : 0;
    }
    if (moving == 0 || profile->lever_count == 0) {
        return;
    }
    (void) fprintf(out,
                   ja ? "操作    検査%zu件が次の操作手段を使う(数字は、元に戻すためも含め、"
                        "使うことがある検査の数):\n"
                      : "levers    %zu checks may move these (the number: checks that may move "
                        "it, if only to bring the device back):\n",
                   moving);
    for (size_t i = 0; i < profile->lever_count; i++) {
        const struct lever_way *way = &profile->levers[i];
        char behind[32];
        size_t users = 0;

        for (size_t j = 0; j < plan->item_count; j++) {
            users += may_move(&plan->items[j], way) ? 1 : 0;
        }
        (void) snprintf(behind, sizeof behind, "  [%zu]", users);
        way_print(out, way, behind, language);
    }
}
