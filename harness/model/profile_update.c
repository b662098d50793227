/* How the software is updated. */
#include "model/profile_tables.h"

#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)

enum { OFFSET_MAX = 1 << 28, SIGNATURE_MAX = 1 << 16, NAME_MAX_LENGTH = 256 };

static const struct range offset_range = { 0, OFFSET_MAX };
static const struct range signature_range = { 1, SIGNATURE_MAX };
static const struct range name_range = { 1, NAME_MAX_LENGTH };

static const char *const schemes[] = {
    [UPDATE_ECDSA_P256_SHA256] = "ecdsa-p256-sha256",
    [UPDATE_ECDSA_P384_SHA384] = "ecdsa-p384-sha384",
    [UPDATE_RSA_PKCS1_SHA256] = "rsa-pkcs1-sha256",
    [UPDATE_RSA_PSS_SHA256] = "rsa-pss-sha256",
    [UPDATE_ED25519] = "ed25519",
    [UPDATE_OTHER] = "other",
    [UPDATE_UNSIGNED] = "none",
    NULL,
};
static const char *const sides[] = { "start", "end", NULL };
static const char *const encodings[] = { "raw", "der", NULL };
static const char *const algorithms[] = { "sha256", "sha384", "sha512", NULL };

static const struct field signature_fields[] = {
    { .key = "from",
      .kind = &kind_word,
      AT(update_raw, signature_from),
      .detail = sides,
      .help = "where its place is counted from; end unless given" },
    { .key = "at",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.signature.at),
      .detail = &offset_range,
      .flags = FIELD_REQUIRED,
      .help = "octets from there to its first octet" },
    { .key = "length",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.signature.length),
      .detail = &signature_range,
      .flags = FIELD_REQUIRED,
      .help = "octets" },
    { .key = "encoding",
      .kind = &kind_word,
      AT(update_raw, signature_encoding),
      .detail = encodings,
      .help = "of ECDSA: r and s of full length one after the other (raw, unless given), or DER "
              "padded with zeros" },
    FIELD_END,
};
static const struct record signature_record = { "signature", signature_fields, 0, false };

#define REACH_FIELDS(member)                                                                       \
    { .key = "from",                                                                               \
      .kind = &kind_unsigned,                                                                      \
      AT(update_raw, member.from),                                                                 \
      .detail = &offset_range,                                                                     \
      .help = "its first octet; 0 unless given" },                                                 \
        { .key = "to",                                                                             \
          .kind = &kind_unsigned,                                                                  \
          AT(update_raw, member.to),                                                               \
          .detail = &offset_range,                                                                 \
          .help = "the octet after its last; before_end decides unless given" },                   \
    {                                                                                              \
        .key = "before_end", .kind = &kind_unsigned, AT(update_raw, member.before_end),            \
        .detail = &offset_range,                                                                   \
        .help = "so many octets at the end of the file are not part of it; 0 unless given"         \
    }

static const struct field covers_fields[] = { REACH_FIELDS(update.signing.covers), FIELD_END };
static const struct record covers_record = { "covers", covers_fields, 0, false };

static const struct field digest_covers_fields[] = { REACH_FIELDS(update.signing.digest_covers),
                                                     FIELD_END };
static const struct record digest_covers_record = { "covers", digest_covers_fields, 0, false };

static const struct field digest_fields[] = {
    { .key = "algorithm",
      .kind = &kind_word,
      AT(update_raw, update.signing.digest_algorithm),
      .detail = algorithms,
      .flags = FIELD_REQUIRED,
      .help = "which, and so how long it is" },
    { .key = "at",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.digest_at),
      .detail = &offset_range,
      .flags = FIELD_REQUIRED,
      .help = "its first octet" },
    { .key = "covers",
      .kind = &kind_record,
      .detail = &digest_covers_record,
      .help = "the digest is of these octets; of the whole file unless given" },
    FIELD_END,
};
static const struct record digest_record = { "digest", digest_fields, 0, false };

static const struct field version_fields[] = {
    { .key = "at",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.version.at),
      .detail = &offset_range,
      .flags = FIELD_REQUIRED,
      .help = "its first octet" },
    { .key = "length",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.version.length),
      .detail = &name_range,
      .flags = FIELD_REQUIRED,
      .help = "octets, filled up with NUL" },
    FIELD_END,
};
static const struct record version_record = { "version", version_fields, 0, false };

static const struct field product_fields[] = {
    { .key = "at",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.product.at),
      .detail = &offset_range,
      .flags = FIELD_REQUIRED,
      .help = "its first octet" },
    { .key = "length",
      .kind = &kind_unsigned,
      AT(update_raw, update.signing.product.length),
      .detail = &name_range,
      .flags = FIELD_REQUIRED,
      .help = "octets, filled up with NUL" },
    FIELD_END,
};
static const struct record product_record = { "product", product_fields, 0, false };

static const struct field signing_fields[] = {
    { .key = "scheme",
      .kind = &kind_choice,
      AT(update_raw, update.signing.scheme),
      .detail = schemes,
      .flags = FIELD_REQUIRED,
      .help = "other: the harness cannot sign this way; none: there is no signature" },
    { .key = "signature",
      .kind = &kind_record,
      .detail = &signature_record,
      .help = "where it stands in the file; a wrong one can only be made with this" },
    { .key = "covers",
      .kind = &kind_record,
      .detail = &covers_record,
      .help = "what is signed; the whole file but the signature unless given" },
    { .key = "digest",
      .kind = &kind_record,
      .detail = &digest_record,
      .help = "a digest in the file that is made before the signature" },
    { .key = "version",
      .kind = &kind_record,
      .detail = &version_record,
      .help = "where the version stands as a text" },
    { .key = "product",
      .kind = &kind_record,
      .detail = &product_record,
      .help = "where the product's name stands as a text" },
    FIELD_END,
};
static const struct record signing_record = { "signing", signing_fields, 0, false };

static const struct field manifest_fields[] = {
    { .key = "path",
      .kind = &kind_marked,
      AT(update_raw, manifest_path),
      .flags = FIELD_REQUIRED,
      .help = "asked with GET; begins with '/'" },
    { .key = "json",
      .kind = &kind_json_map,
      AT(update_raw, update.server.manifest_json),
      .help = "the answer; ${version}, ${url}, ${path}, ${size} and ${sha256} are replaced" },
    { .key = "text",
      .kind = &kind_text,
      AT(update_raw, update.server.manifest_text),
      .help = "the same as plain text" },
    FIELD_END,
};
static const struct record manifest_record = { "manifest", manifest_fields, 0, false };

static const struct field server_fields[] = {
    { .key = "client",
      .kind = &kind_marked,
      AT(update_raw, server_client),
      .flags = FIELD_REQUIRED,
      .help = "id of the connection of the device's own that fetches updates" },
    { .key = "manifest",
      .kind = &kind_record,
      .detail = &manifest_record,
      .help = "what the device asks first: which version there is, and where" },
    { .key = "image_path",
      .kind = &kind_marked,
      AT(update_raw, image_path),
      .flags = FIELD_REQUIRED,
      .help = "asked with GET for the image; begins with '/'" },
    FIELD_END,
};
static const struct record server_record = { "server", server_fields, 0, false };

static const struct field update_fields[] = {
    { .key = "network",
      .kind = &kind_bool,
      AT(update_raw, update.network),
      .flags = FIELD_REQUIRED,
      .help = "updates come over a network, a local one included" },
    { .key = "component",
      .kind = &kind_marked,
      AT(update_raw, component),
      .help = "name in product.firmware of what is updated; the first unless given" },
    { .key = "image",
      .kind = &kind_path,
      AT(update_raw, update.image),
      .help = "an image that the device has to accept, of a newer version" },
    { .key = "image_version",
      .kind = &kind_text,
      AT(update_raw, update.image_version),
      .help = "which the device shows afterwards" },
    { .key = "older_image",
      .kind = &kind_path,
      AT(update_raw, update.older_image),
      .help = "a genuine image of a version before the installed one" },
    { .key = "older_version",
      .kind = &kind_text,
      AT(update_raw, update.older_version),
      .help = "its version" },
    { .key = "other_product_image",
      .kind = &kind_path,
      AT(update_raw, update.other_product_image),
      .help = "a genuine image for another product of the vendor" },
    { .key = "other_key_image",
      .kind = &kind_path,
      AT(update_raw, update.other_key_image),
      .help = "'image' signed by a key that is not the vendor's, where the harness cannot sign" },
    { .key = "signing",
      .kind = &kind_record,
      .detail = &signing_record,
      .help = "how images are signed; of this wrong ones are made" },
    { .key = "server",
      .kind = &kind_record,
      .detail = &server_record,
      .help = "what the device asks of the update server, which the harness plays" },
    { .key = "stays",
      .kind = &kind_bool,
      AT(update_raw, update.stays),
      .help = "true: the newer version may stay on the device where nothing brings it back" },
    FIELD_END,
};
const struct record profile_update_record = { "update", update_fields, 0, false };

size_t update_digest_length(const char *algorithm)
{
    static const size_t lengths[] = { 32, 48, 64 };

    for (size_t i = 0; algorithm != NULL && algorithms[i] != NULL; i++) {
        if (strcmp(algorithms[i], algorithm) == 0) {
            return lengths[i];
        }
    }
    return 0;
}

bool update_has_signature(const struct update *update)
{
    return update->signing.declared && update->signing.scheme != UPDATE_UNSIGNED &&
           update->signing.signature.length > 0;
}

bool update_can_sign(const struct update *update)
{
    return update_has_signature(update) && update->signing.scheme <= UPDATE_RSA_PSS_SHA256;
}

struct place {
    struct problems *problems;
    const struct node *node; /* of update */
};

static struct source_mark mark_of(const struct place *place, const char *key)
{
    const struct node *node = node_member(place->node, key);

    return node != NULL ? node->mark : place->node->mark;
}

static void check_pair(const struct place *place, const char *image, const char *image_key,
                       const char *version, const char *version_key)
{
    if ((image == NULL) != (version == NULL)) {
        problem_at(place->problems, mark_of(place, image != NULL ? image_key : version_key),
                   "'%s' and '%s' belong together", image_key, version_key);
    }
}

static void check_reach(const struct place *place, const struct update_reach *reach,
                        const char *what)
{
    if (reach->to != 0 && (reach->to <= reach->from || reach->before_end != 0)) {
        problem_at(place->problems, mark_of(place, "signing"),
                   "%s: 'to' lies behind 'from' and stands without 'before_end'", what);
    }
}

/* What a signature of the scheme takes at least. */
static unsigned shortest_of(enum update_scheme scheme, bool der)
{
    static const unsigned shortest[] = {
        [UPDATE_ECDSA_P256_SHA256] = 64, [UPDATE_ECDSA_P384_SHA384] = 96,
        [UPDATE_RSA_PKCS1_SHA256] = 256, [UPDATE_RSA_PSS_SHA256] = 256,
        [UPDATE_ED25519] = 64,           [UPDATE_OTHER] = 1,
        [UPDATE_UNSIGNED] = 0,
    };

    return shortest[scheme] + (der ? 8 : 0);
}

static void check_signing(const struct place *place, struct update_signing *signing)
{
    unsigned shortest = shortest_of(signing->scheme, signing->der);
    struct source_mark mark = mark_of(place, "signing");
    const struct node *node = node_member(place->node, "signing");
    bool says_covers = node != NULL && node_member(node, "covers") != NULL;

    if (signing->signature.length == 0 && says_covers) {
        problem_at(place->problems, mark, "'covers' needs a 'signature'");
    }
    if (signing->signature.length > 0 &&
        (signing->scheme == UPDATE_UNSIGNED || signing->signature.length < shortest)) {
        problem_at(place->problems, mark, "a signature of this scheme has at least %u octets",
                   shortest);
    }
    if (signing->at_end && signing->signature.length > signing->signature.at) {
        problem_at(place->problems, mark, "the signature ends behind the end of the file");
    }
    check_reach(place, &signing->covers, "covers");
    check_reach(place, &signing->digest_covers, "digest");
    /* All but the signature, where it stands at either end. */
    if (signing->signature.length > 0 && !says_covers) {
        if (signing->at_end) {
            signing->covers.before_end = signing->signature.at;
        } else {
            signing->covers.from = signing->signature.at + signing->signature.length;
        }
    }
}

static const struct client *client_named(const struct profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->client_count; i++) {
        if (strcmp(profile->clients[i].id, id) == 0) {
            return &profile->clients[i];
        }
    }
    return NULL;
}

static void server_resolve(const struct update_raw *raw, const struct place *place,
                           const struct profile *profile, struct update_server *server)
{
    const struct marked_text *const paths[] = { &raw->manifest_path, &raw->image_path };

    if (raw->server_client.text == NULL) {
        return;
    }
    server->client = client_named(profile, raw->server_client.text);
    server->manifest_path = raw->manifest_path.text;
    server->image_path = raw->image_path.text;
    if (server->client == NULL || client_over_udp(server->client)) {
        problem_at(place->problems, raw->server_client.node->mark,
                   "no connection of the device's own over TCP has this id");
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i]->text != NULL && paths[i]->text[0] != '/') {
            problem_at(place->problems, paths[i]->node->mark, "a path begins with '/'");
        }
    }
    if (server->manifest_path != NULL &&
        (server->manifest_json == NULL) == (server->manifest_text == NULL)) {
        problem_at(place->problems, raw->manifest_path.node->mark,
                   "a manifest is either 'json' or 'text'");
    }
}

static void component_resolve(const struct update_raw *raw, const struct place *place,
                              const struct profile *profile, struct update *update)
{
    for (size_t i = 0; i < profile->firmware_count; i++) {
        const struct firmware *firmware = &profile->firmware[i];

        if (raw->component.text == NULL || strcmp(raw->component.text, firmware->name) == 0) {
            update->component = firmware->name;
            update->current_version = firmware->version;
            update->current_image = firmware->image;
            return;
        }
    }
    if (raw->component.text != NULL) {
        problem_at(place->problems, raw->component.node->mark,
                   "no component of product.firmware has this name");
    }
}

void profile_update_resolve(const struct profile_raw *profile_raw, struct problems *problems,
                            struct arena *arena, struct profile *profile)
{
    const struct update_raw *raw = &profile_raw->update;
    const struct place place = { problems, node_member(profile_raw->head.node, "update") };
    struct update *update;

    if (place.node == NULL) {
        return;
    }
    update = arena_alloc(arena, sizeof *update);
    *update = raw->update;
    update->signing.declared = node_member(place.node, "signing") != NULL;
    update->signing.at_end =
        update->signing.signature.length > 0 &&
        (raw->signature_from == NULL || strcmp(raw->signature_from, "end") == 0);
    update->signing.der =
        raw->signature_encoding != NULL && strcmp(raw->signature_encoding, "der") == 0;
    check_pair(&place, update->image, "image", update->image_version, "image_version");
    check_pair(&place, update->older_image, "older_image", update->older_version, "older_version");
    check_signing(&place, &update->signing);
    component_resolve(raw, &place, profile, update);
    server_resolve(raw, &place, profile, &update->server);
    if (update->image_version != NULL && update->current_version != NULL &&
        strcmp(update->image_version, update->current_version) == 0) {
        problem_at(problems, mark_of(&place, "image_version"),
                   "the installed version is the same: an update could not be seen");
    }
    profile->update = update;
}
