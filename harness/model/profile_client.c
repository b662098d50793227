/* The connections that the device opens itself, and how they come to the harness. */
#include "model/profile_tables.h"
#include "model/source.h"

#include <string.h>

enum { WITHIN_S = 10, HOST_LENGTH_MAX = 253 };

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct field test_ca_fields[] = {
    { .key = "certificate",
      .kind = &kind_path,
      AT(client_raw, client.test_ca),
      .flags = FIELD_REQUIRED,
      .help = "PEM file of an authority that the unit on the bench trusts" },
    { .key = "key_file",
      .kind = &kind_marked,
      AT(client_raw, test_ca_key),
      .flags = FIELD_REQUIRED,
      .help = "a file, mode 0600, with its private key (PEM); never copied" },
    FIELD_END,
};
static const struct record test_ca_record = { "test_ca", test_ca_fields, 0, false };

static const struct range within_range = { 1, 300 };

static const struct field calls_fields[] = {
    { .key = "within_s",
      .kind = &kind_unsigned,
      AT(client_raw, client.within_s),
      .detail = &within_range,
      .help = "the device, or a person, makes the next call within so many seconds; 10 unless "
              "given" },
    { .key = "access",
      .kind = &kind_marked,
      AT(client_raw, trigger),
      .help = "id of an access path over HTTP whose write (or read) makes the device call" },
    FIELD_END,
};
static const struct record calls_record = { "calls", calls_fields, 0, false };

static const char *const protocols[] = { "https", "mqtts", "tls", "coaps", "dtls", NULL };

static const struct field client_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(client_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name" },
    { .key = "host",
      .kind = &kind_marked,
      AT(client_raw, host),
      .flags = FIELD_REQUIRED,
      .help = "the name or numeric address that the device calls" },
    { .key = "port",
      .kind = &kind_port,
      AT(client_raw, client.port),
      .flags = FIELD_REQUIRED,
      .help = "the port that it calls" },
    { .key = "protocol",
      .kind = &kind_word,
      AT(client_raw, client.protocol),
      .detail = protocols,
      .flags = FIELD_REQUIRED,
      .help = "tls: any other over TLS; coaps and dtls: over UDP" },
    { .key = "purpose",
      .kind = &kind_words,
      AT(client_raw, client.purpose),
      .flags = FIELD_REQUIRED,
      .help = "what it is for" },
    { .key = "carries_assets",
      .kind = &kind_bool,
      AT(client_raw, client.carries_assets),
      .help = "true unless given: protected information passes over it" },
    { .key = "stapling",
      .kind = &kind_bool,
      AT(client_raw, client.stapling),
      .help = "true: it must refuse a server that staples no OCSP answer (RFC 6066 section 8)" },
    { .key = "listen",
      .kind = &kind_port,
      AT(client_raw, client.listen),
      .help = "where the call arrives at the harness when a router translates; port unless given" },
    { .key = "clear_port",
      .kind = &kind_port,
      AT(client_raw, client.clear_port),
      .help = "the port at which it might try again in clear, such as 80 or 1883" },
    { .key = "clear_listen",
      .kind = &kind_port,
      AT(client_raw, client.clear_listen),
      .help = "where that arrives at the harness; clear_port unless given" },
    { .key = "calls", .kind = &kind_record, .detail = &calls_record, .help = "what makes it call" },
    { .key = "test_ca",
      .kind = &kind_record,
      .detail = &test_ca_record,
      .help = "an authority to make certificates with that the device has to accept" },
    FIELD_END,
};
const struct record profile_client_record = { "a connection of the device's own", client_fields,
                                              sizeof(struct client_raw), true };

static const struct field redirect_fields[] = {
    { .key = "address",
      .kind = &kind_marked,
      AT(profile_raw, redirect_address),
      .flags = FIELD_REQUIRED,
      .help = "numeric, of the harness, as the device reaches it" },
    { .key = "dns",
      .kind = &kind_port,
      AT(profile_raw, profile.redirect.dns),
      .help = "UDP port on which the harness answers for the declared names while it tests them" },
    FIELD_END,
};
const struct record profile_redirect_record = { "redirect", redirect_fields, 0, false };

static const struct access *access_named(const struct profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->access_count; i++) {
        if (strcmp(profile->accesses[i].id, id) == 0) {
            return &profile->accesses[i];
        }
    }
    return NULL;
}

bool client_over_udp(const struct client *client)
{
    return strcmp(client->protocol, "coaps") == 0 || strcmp(client->protocol, "dtls") == 0;
}

/* Letters, digits, '-', '_' and dots (RFC 1123 section 2.1 and what is met), or an address. */
static bool host_fits(const char *host)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return address_is_numeric(host) ||
           (host[0] != '.' && strlen(host) <= HOST_LENGTH_MAX &&
            strspn(host, letters) == strlen(host) && strstr(host, "..") == NULL);
}

static void key_load(const struct client_raw *raw, struct problems *problems, struct arena *arena,
                     struct client *client)
{
    struct error error = { .status = STATUS_OK };
    const char *path = source_resolve(problems->path, raw->test_ca_key.text, arena);

    if (problems->count == 0 && secret_from_file(&client->test_ca_key, path, true,
                                                 SECRET_FOR_CHILDREN, &error) != STATUS_OK) {
        problem_at(problems, raw->test_ca_key.node->mark, "%s", error.message);
    }
}

static void client_resolve(const struct client_raw *raw, struct problems *problems,
                           struct profile *profile, struct client *client)
{
    *client = raw->client;
    client->id = raw->id.text;
    client->host = raw->host.text;
    client->listen = client->listen != 0 ? client->listen : client->port;
    client->clear_listen = client->clear_listen != 0 ? client->clear_listen : client->clear_port;
    client->within_s = client->within_s != 0 ? client->within_s : WITHIN_S;
    client->carries_assets =
        node_member(raw->head.node, "carries_assets") == NULL || raw->client.carries_assets;
    if (!host_fits(client->host)) {
        problem_at(problems, raw->host.node->mark, "neither a host name nor a numeric address");
    }
    if (client->clear_listen != 0 && client->clear_listen == client->listen) {
        problem_at(problems, raw->head.node->mark, "one port cannot be both TLS and clear");
    }
    if (raw->trigger.text != NULL) {
        client->trigger = access_named(profile, raw->trigger.text);
        if (client->trigger == NULL) {
            problem_at(problems, raw->trigger.node->mark, "no access path has this id");
        }
    }
}

void profile_clients_resolve(const struct profile_raw *raw, enum profile_secrets secrets,
                             struct problems *problems, struct arena *arena,
                             struct profile *profile)
{
    const struct marked_text *address = &raw->redirect_address;

    profile->redirect.address = address->text;
    if (address->text != NULL && !address_is_numeric(address->text)) {
        problem_at(problems, address->node->mark, "an address must be numeric");
    }
    profile->clients = arena_array(arena, raw->client_count, sizeof *profile->clients);
    profile->client_count = raw->client_count;
    for (size_t i = 0; i < raw->client_count; i++) {
        struct client *client = &profile->clients[i];

        client_resolve(&raw->clients[i], problems, profile, client);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(profile->clients[j].id, client->id) == 0) {
                problem_at(problems, raw->clients[i].id.node->mark,
                           "there is another connection with this id");
            }
        }
        if (client->test_ca != NULL && secrets == PROFILE_SECRETS_LOAD) {
            key_load(&raw->clients[i], problems, arena, client);
        }
    }
}
