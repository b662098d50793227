#include "report.h"

#include "base/text.h"
#include "channel/sha256.h"

#include <stdlib.h>
#include <string.h>

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

static void add(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0) {
        abort();
    }
}

static bool list_has(const json_t *list, struct ssh_span name)
{
    size_t index;
    const json_t *value;

    json_array_foreach(list, index, value)
    {
        if (wire_ssh_span_is(name, json_string_value(value))) {
            return true;
        }
    }
    return false;
}

/* Names are printable ASCII: wire_ssh_kexinit_read saw to it. */
static void add_name(json_t *list, struct ssh_span name)
{
    if (!list_has(list, name)) {
        add(list, json_stringn((const char *) name.data, name.length));
    }
}

static void add_names(json_t *list, struct ssh_span names)
{
    struct ssh_span name;

    while (wire_ssh_name_next(&names, &name)) {
        add_name(list, name);
    }
}

static void fact_span(struct probe_call *call, const char *name, struct ssh_span span)
{
    char room[4 * SSH_IDENT_MAX + 1];

    text_printable(span.data, span.length, room, sizeof room);
    probe_fact_json(call, name, json_string(room));
}

static void report_ident(struct probe_call *call, const struct talk *talk)
{
    if (talk->has_ident) {
        probe_fact_bool(call, "speaks_ssh", true);
        fact_span(call, "identification", talk->ident.line);
        fact_span(call, "protocol", talk->ident.protocol);
        fact_span(call, "software", talk->ident.software);
        fact_span(call, "comments", talk->ident.comments);
        probe_fact_int(call, "lines_before", talk->ident.lines_before);
        probe_fact_bool(call, "kexinit_complete", talk->has_kexinit);
    }
}

static void report_kex(struct probe_call *call, const struct ssh_kexinit *kexinit)
{
    struct ssh_span list = kexinit->lists[SSH_LIST_KEX];
    json_t *kex = json_array();
    json_t *markers = json_array();
    json_t *post_quantum = json_array();
    struct ssh_span name;

    while (wire_ssh_name_next(&list, &name)) {
        add_name(wire_ssh_is_marker(name) ? markers : kex, name);
        if (wire_ssh_is_post_quantum(name)) {
            add_name(post_quantum, name);
        }
    }
    probe_fact_json(call, "kex", kex);
    probe_fact_json(call, "kex_markers", markers);
    probe_fact_json(call, "post_quantum", post_quantum);
    list = kexinit->lists[SSH_LIST_KEX];
    probe_fact_bool(call, "strict_kex", wire_ssh_list_has(list, "kex-strict-s-v00@openssh.com"));
    probe_fact_bool(call, "ext_info", wire_ssh_list_has(list, "ext-info-s"));
    probe_fact_bool(call, "first_kex_packet_follows", kexinit->first_kex_packet_follows);
}

/* What may be agreed on in either direction; where the directions differ, their names. */
static void report_directions(struct probe_call *call, const struct ssh_kexinit *kexinit)
{
    static const struct {
        const char *name;
        const char *to_server;
        const char *to_client;
        enum ssh_list first; /* the other direction follows it */
    } kinds[] = {
        { "ciphers", "ciphers_to_server", "ciphers_to_client", SSH_LIST_CIPHER_TO_SERVER },
        { "macs", "macs_to_server", "macs_to_client", SSH_LIST_MAC_TO_SERVER },
        { "compression", "compression_to_server", "compression_to_client",
          SSH_LIST_COMPRESSION_TO_SERVER },
        { "languages", "languages_to_server", "languages_to_client", SSH_LIST_LANGUAGE_TO_SERVER },
    };
    json_t *by_direction = json_object();
    json_t *differ = json_array();

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct ssh_span to_server = kexinit->lists[kinds[i].first];
        struct ssh_span to_client = kexinit->lists[kinds[i].first + 1];
        json_t *both = json_array();
        json_t *server = json_array();
        json_t *client = json_array();

        add_names(both, to_server);
        add_names(both, to_client);
        add_names(server, to_server);
        add_names(client, to_client);
        if (!json_equal(server, client)) {
            add(differ, json_string(kinds[i].name));
        }
        put(by_direction, kinds[i].to_server, server);
        put(by_direction, kinds[i].to_client, client);
        probe_fact_json(call, kinds[i].name, both);
    }
    probe_fact_json(call, "by_direction", by_direction);
    probe_fact_json(call, "directions_differ", differ);
}

/* In each direction: chacha20-poly1305, or a cipher in CBC mode and a MAC that encrypts then
 * authenticates, of which both have to be offered. */
static void report_truncation(struct probe_call *call, const struct ssh_kexinit *kexinit)
{
    json_t *list = json_array();
    bool strict = wire_ssh_list_has(kexinit->lists[SSH_LIST_KEX], "kex-strict-s-v00@openssh.com");

    for (size_t direction = 0; direction < 2 && !strict; direction++) {
        struct ssh_span ciphers = kexinit->lists[SSH_LIST_CIPHER_TO_SERVER + direction];
        struct ssh_span macs = kexinit->lists[SSH_LIST_MAC_TO_SERVER + direction];
        json_t *modes = json_array();
        json_t *tags = json_array();
        struct ssh_span name;

        while (wire_ssh_name_next(&ciphers, &name)) {
            if (wire_ssh_is_chacha(name)) {
                add_name(list, name);
            } else if (wire_ssh_is_cbc(name)) {
                add_name(modes, name);
            }
        }
        while (wire_ssh_name_next(&macs, &name)) {
            if (wire_ssh_is_etm(name)) {
                add_name(tags, name);
            }
        }
        if (json_array_size(modes) > 0 && json_array_size(tags) > 0) {
            (void) json_array_extend(list, modes);
            (void) json_array_extend(list, tags);
        }
        json_decref(modes);
        json_decref(tags);
    }
    probe_fact_json(call, "prefix_truncation", list);
}

/* As OpenSSH prints it: base64 without its padding. */
static enum status fingerprint(const struct bytes *blob, char room[64], struct error *reterr)
{
    static const char prefix[] = "SHA256:";
    unsigned char digest[32];
    char *padding;

    TRY(sha256_digest(blob->data, blob->length, digest, reterr));
    memcpy(room, prefix, sizeof prefix);
    text_base64(digest, sizeof digest, room + sizeof prefix - 1);
    padding = strchr(room, '=');
    if (padding != NULL) {
        *padding = '\0';
    }
    return STATUS_OK;
}

static enum status report_keys(struct probe_call *call, const struct survey *survey,
                               struct error *reterr)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < survey->key_count; i++) {
        const struct survey_key *key = &survey->keys[i];
        char room[64] = "";
        json_t *row = json_object();
        enum status status = fingerprint(&key->blob, room, reterr);

        if (status != STATUS_OK) {
            json_decref(row);
            json_decref(rows);
            return status;
        }
        put(row, "algorithm", json_string(key->algorithm));
        put(row, "type", json_string(key->key.type));
        put(row, "kind", json_string(wire_x509_key_word(key->key.kind)));
        put(row, "bits", json_integer(key->key.bits));
        put(row, "strength_bits", json_integer(key->key.strength));
        put(row, "fingerprint", json_string(room));
        put(row, "signature", json_string(key->signature));
        put(row, "is_certificate", json_boolean(key->key.is_certificate));
        add(rows, row);
    }
    probe_fact_json(call, "host_keys", rows);
    probe_fact_bool(call, "host_keys_complete", survey->keys_unknown == 0 && survey->key_count > 0);
    return STATUS_OK;
}

static void report_groups(struct probe_call *call, const struct survey *survey)
{
    json_t *given = json_array();
    json_t *refused = json_array();

    for (size_t i = 0; i < survey->group_count; i++) {
        const struct survey_group *group = &survey->groups[i];
        json_t *row = json_object();

        put(row, "method", json_string(group->method));
        put(row, "minimum", json_integer(group->sizes[0]));
        put(row, "preferred", json_integer(group->sizes[1]));
        put(row, "maximum", json_integer(group->sizes[2]));
        if (!group->is_refused) {
            put(row, "bits", json_integer(group->bits));
        }
        add(group->is_refused ? refused : given, row);
    }
    probe_fact_json(call, "dh_groups", given);
    probe_fact_json(call, "dh_groups_refused", refused);
    probe_fact_bool(call, "dh_groups_complete", survey->groups_unknown == 0);
}

enum status ssh_server_report(struct probe_call *call, const struct survey *survey,
                              struct error *reterr)
{
    report_ident(call, &survey->talk);
    if (survey->talk.has_kexinit) {
        const struct ssh_kexinit *kexinit = &survey->talk.kexinit;

        report_kex(call, kexinit);
        probe_fact_json(call, "host_key_algorithms", json_array());
        add_names(json_object_get(call->facts, "host_key_algorithms"),
                  kexinit->lists[SSH_LIST_HOST_KEY]);
        report_directions(call, kexinit);
        report_truncation(call, kexinit);
        probe_fact_bool(call, "lists_changed", survey->lists_changed);
        if (survey->wants_groups) {
            report_groups(call, survey);
        }
        if (survey->wants_keys) {
            TRY(report_keys(call, survey, reterr));
        }
    }
    return STATUS_OK;
}
