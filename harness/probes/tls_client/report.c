#include "stage.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

const struct fact stage_scene_columns[] = {
    { .name = "name", .type = FACT_TEXT, .help = "Of the presentation." },
    { .name = "connections",
      .type = FACT_INT,
      .help = "How often the device called while it was shown." },
    { .name = "hellos", .type = FACT_INT, .help = "Of those, how often with a ClientHello." },
    { .name = "completed",
      .type = FACT_INT,
      .help =
          "Handshakes whose Finished of the client was verified; hand-made answers have none." },
    { .name = "went_on",
      .type = FACT_INT,
      .help = "Hand-made answers after which the client gave its part of the key exchange, or "
              "objected to the certificate alone." },
    { .name = "data_bytes", .type = FACT_INT, .help = "Application data under TLS." },
    { .name = "data",
      .type = FACT_TEXT,
      .help = "What its beginning is: http METHOD /path, mqtt CONNECT, ..." },
    { .name = "version", .type = FACT_TEXT, .help = "Of the last completed handshake." },
    { .name = "alert", .type = FACT_TEXT, .help = "The last fatal alert of the client." },
    { .name = "ended",
      .type = FACT_TEXT,
      .help = "How the last connection ended: left, reset, alert, silent, enough (we hung up), "
              "went_on, nonsense." },
    { .name = "clear_connections",
      .type = FACT_INT,
      .help = "Connections without TLS, on either port, while it was shown." },
    { .name = "clear_bytes", .type = FACT_INT, .help = "What came over them." },
    { .name = "clear", .type = FACT_TEXT, .help = "What its beginning is." },
    FACT_END,
};

enum outcome { OUTCOME_ABSENT, OUTCOME_ACCEPTED, OUTCOME_REFUSED, OUTCOME_UNCLEAR };

/* Of a chain the device has to send something for it to be accepted: some clients compare the name
 * only after the handshake, and leave. */
static enum outcome outcome_of(const struct scene *scene)
{
    if (scene->data_length > 0 || scene->went_on > 0) {
        return OUTCOME_ACCEPTED;
    }
    if (scene->hellos == 0) {
        return OUTCOME_ABSENT;
    }
    return scene->kept_open > 0 || scene->turned_down == 0 ? OUTCOME_UNCLEAR : OUTCOME_REFUSED;
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

static void append_text(json_t *list, const char *text)
{
    if (json_array_append_new(list, json_string(text)) != 0) {
        abort();
    }
}

static const char *(*version_namer(const struct stage *stage))(uint16_t)
{
    return stage->datagrams ? wire_dtls_version_name : wire_tls_version_name;
}

static json_t *row_of(const struct stage *stage, const struct scene *scene)
{
    json_t *row = json_object();
    const char *version = version_namer(stage)(scene->version);

    put(row, "name", json_string(scene->shown->name));
    put(row, "connections", json_integer(scene->connections));
    put(row, "hellos", json_integer(scene->hellos));
    if (scene->shown->kind == PRESENT_CHAIN) {
        put(row, "completed", json_integer(scene->completed));
        put(row, "data_bytes", json_integer((json_int_t) scene->data_length));
    } else if (scene->shown->kind != PRESENT_PLAIN) {
        put(row, "went_on", json_integer(scene->went_on));
    }
    if (scene->data[0] != '\0') {
        put(row, "data", json_string(scene->data));
    }
    if (version != NULL) {
        put(row, "version", json_string(version));
    }
    if (scene->alert >= 0) {
        put(row, "alert", json_string(wire_tls_alert_name((uint8_t) scene->alert)));
    }
    if (scene->end != NULL) {
        put(row, "ended", json_string(scene->end));
    }
    put(row, "clear_connections", json_integer(scene->clear_calls));
    put(row, "clear_bytes", json_integer((json_int_t) scene->clear_length));
    if (scene->clear[0] != '\0') {
        put(row, "clear", json_string(scene->clear));
    }
    return row;
}

static void scenes_report(struct stage *stage)
{
    struct probe_call *call = stage->call;
    json_t *rows = json_array();
    json_t *lists[] = { [OUTCOME_ABSENT] = json_array(),
                        [OUTCOME_ACCEPTED] = json_array(),
                        [OUTCOME_REFUSED] = json_array(),
                        [OUTCOME_UNCLEAR] = json_array() };
    json_t *clear = json_array();

    for (size_t i = 0; i < stage->scene_count; i++) {
        const struct scene *scene = &stage->scenes[i];
        enum outcome outcome = outcome_of(scene);

        if (json_array_append_new(rows, row_of(stage, scene)) != 0) {
            abort();
        }
        if (scene->clear_length > 0) {
            append_text(clear, scene->shown->name);
        }
        if (scene->shown != &presentations[0]) {
            append_text(lists[outcome], scene->shown->name);
        } else if (stage->client->test_ca != NULL && outcome != OUTCOME_ABSENT) {
            probe_fact_bool(call, "valid_accepted", outcome == OUTCOME_ACCEPTED);
        }
    }
    probe_fact_json(call, "presentations", rows);
    probe_fact_json(call, "accepted", lists[OUTCOME_ACCEPTED]);
    probe_fact_json(call, "refused", lists[OUTCOME_REFUSED]);
    probe_fact_json(call, "unclear", lists[OUTCOME_UNCLEAR]);
    probe_fact_json(call, "not_called", lists[OUTCOME_ABSENT]);
    probe_fact_json(call, "in_clear", clear);
}

static json_t *names_of(const uint16_t *codes, size_t count, const char *(*name_of)(uint16_t))
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        const char *name = name_of(codes[i]);

        if (name != NULL) {
            append_text(list, name);
        }
    }
    return list;
}

static const char *suite_name(uint16_t code)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);

    return suite != NULL ? suite->name : NULL;
}

static void suites_report(struct probe_call *call, const struct tls_client_hello *hello)
{
    json_t *bare = json_array();

    for (size_t i = 0; i < hello->suite_count; i++) {
        uint16_t code = hello->suites[i];

        if (stage_suite_is(code, SUITES_NULL) || stage_suite_is(code, SUITES_EXPORT) ||
            stage_suite_is(code, SUITES_ANONYMOUS)) {
            append_text(bare, suite_name(code));
        }
    }
    probe_fact_json(call, "hello_suites", names_of(hello->suites, hello->suite_count, suite_name));
    if (!hello->cut) {
        probe_fact_json(call, "hello_suites_unprotected", bare);
    } else {
        json_decref(bare);
    }
}

static void hello_report(struct stage *stage)
{
    const struct tls_client_hello *hello = &stage->hello;
    struct probe_call *call = stage->call;
    json_t *protocols = json_array();

    if (hello->version_count > 0) {
        probe_fact_json(call, "hello_versions",
                        names_of(hello->versions, hello->version_count, version_namer(stage)));
    } else {
        probe_fact_json(call, "hello_versions",
                        names_of(&hello->legacy_version, 1, version_namer(stage)));
    }
    suites_report(call, hello);
    probe_fact_json(call, "hello_groups",
                    names_of(hello->groups, hello->group_count, wire_tls_group_name));
    if (hello->server_name[0] != '\0') {
        probe_fact_text(call, "hello_server_name", hello->server_name);
    }
    for (size_t i = 0; i < hello->alpn_count; i++) {
        append_text(protocols, hello->alpn[i]);
    }
    probe_fact_json(call, "hello_alpn", protocols);
    probe_fact_bool(call, "hello_asks_staple", hello->status_request);
}

void stage_report(struct stage *stage)
{
    struct probe_call *call = stage->call;
    json_t *names = json_array();

    probe_fact_bool(call, "called", stage->has_hello);
    probe_fact_bool(call, "clear_watched", stage->client->clear_port != 0);
    scenes_report(stage);
    if (stage->has_hello) {
        hello_report(stage);
    }
    for (size_t i = 0; i < stage->door.other_name_count; i++) {
        append_text(names, stage->door.other_names[i]);
    }
    if (stage->door.dns >= 0) {
        probe_fact_int(call, "questions", stage->door.questions);
        probe_fact_json(call, "other_names", names);
    } else {
        json_decref(names);
    }
    probe_fact_int(call, "strangers", stage->door.strangers);
}
