/* profile.h - what a vendor declares about one product (our IXIT): where it is,
 * what it offers, who may do what.  Everything here is a promise to be checked.
 *
 * Loaded once, then immutable; every pointer lives in the arena given to
 * profile_load.  Secrets are in secret pages and end with profile_done. */
#pragma once

#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/lever.h"
#include "model/mark.h"
#include "model/update.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transport { TRANSPORT_TCP, TRANSPORT_UDP };

/* A file as it was read: what a digest in the bundle speaks of. */
struct source_file {
    const char *path;
    const void *data;
    size_t length;
};

struct firmware {
    const char *name;
    const char *version;
    const char *image;    /* resolved path, or NULL */
    const char *sha256;   /* 64 lower-case hex digits, declared; or NULL */
    const char *signing;  /* such as "ecdsa-p256-trailer", or NULL */
    const char *contains; /* stands in the image once it is unpacked; NULL: the version does */
};

struct unit {
    const char *id;
    const char *mac;                 /* "02:00:5e:10:01:0a" or NULL */
    const char *serial_file;         /* resolved path or NULL */
    const char *label_password_file; /* resolved path or NULL */
    const char *ssid;                /* name of its own radio network, or NULL */
    const char *address;             /* numeric, where this unit answers; NULL: out of reach */
};

struct http_request {
    const char *method; /* "GET" unless declared */
    const char *path;   /* begins with '/' */
    json_t *json;       /* body template with ${user} ${password} ${marker} ..., or NULL */
    json_t *form;       /* object: field -> text template, or NULL */
    const char *topic;  /* in its place, over MQTT: a name, to be read also a filter; or NULL */
    bool harmless;      /* nothing is done by a stray text on the topic, or over CoAP by a PUT of
                           what is there already */
};

/* Where a value stands in an answer; one member is set, or none. */
struct http_place {
    const char *json;    /* JSON pointer (RFC 6901) into the body */
    const char *field;   /* name of an input or meta element of the page */
    const char *pattern; /* extended regular expression; its first group is the value */
    const char *cookie;
    const char *header;
};

/* A token against forged requests, taken from a page before the request that repeats it. */
struct csrf {
    const char *path; /* NULL: none is needed */
    struct http_place place;
    const char *send_header; /* or NULL: it goes where ${csrf} stands */
};

/* The state in which the device waits for its first password. */
struct first_use {
    struct http_request waiting; /* path NULL: not declared */
    const char *waiting_contains;
    struct http_request set; /* ${password} is the password that is offered */
    unsigned accepted_status;
    unsigned refused_status;
    struct http_request reset; /* path NULL: only a person can bring the state back */
};

struct associated;

struct service {
    const char *id;
    const struct associated *of; /* NULL: of the device itself */
    enum transport transport;
    uint16_t port;
    const char *protocol; /* "https", "http", "rtsp", "telnet", "ssh", "mqtt", ... */
    struct words purpose;
    struct words reason;
    bool carries_assets;         /* true unless declared false */
    const char *tls_server_name; /* or NULL */
    const char *tls_trust;       /* resolved path of a PEM file, or NULL */
};

struct credential {
    const char *role;
    const char *user; /* "" where the mechanism has no name */
    struct secret secret;
};

struct lockout {
    unsigned after; /* wrong log-ins in a row; 0: none declared */
    unsigned delay_s;
    unsigned max_s;
    const char *growth; /* "constant", "doubling", or NULL */
};

/* How a user changes the value, over HTTP with a session (or credentials) of the mechanism.
 * The request has ${user}, ${old} and ${new}, and ${csrf} where a token is declared. */
struct change {
    struct http_request request; /* path NULL: none declared */
    unsigned success_status;     /* 0: not declared */
    const char *documented;      /* where users read about it, such as "manual"; or NULL */
    const char *role;            /* whose value is changed; NULL: the first credential's */
    bool forbidden;              /* the harness may not try it */
    struct csrf csrf;            /* the log-in's unless declared */
    unsigned length;             /* of a value that the device takes; 0: not declared */
    const char *symbols;         /* of which one may stand in it; NULL: not declared; "": none */
};

struct auth {
    const char *id;
    const char *kind; /* "password", "token", "certificate", "key" */
    const struct service *service;
    const char *scheme;     /* "form", "basic", "digest", "bearer", "telnet", ... */
    const char *account_of; /* id of the mechanism that owns the accounts; its own id by default */
    const char *const *roles;
    size_t role_count;
    struct http_request login; /* scheme "form" */
    unsigned success_status;   /* 0: not declared */
    unsigned failure_status;
    const char *success_sets; /* "session-cookie", "bearer-token", or NULL */
    struct csrf csrf;
    unsigned session_lifetime_s;  /* of an unused session; 0: not declared */
    struct http_request logout;   /* path NULL: none declared */
    const char *path;             /* a page behind the mechanism, for "basic" and "digest" */
    const char *default_policy;   /* "unique-per-unit", "set-at-first-use", "none", or NULL */
    const char *default_user;     /* or NULL */
    const char *default_password; /* where a unit's default stands, such as "label"; or NULL */
    struct first_use first_use;
    struct change change;
    struct lockout lockout;
    const char *usm_hash;   /* scheme "snmpv3": "sha", "md5", ...; NULL: "sha" */
    const char *usm_cipher; /* "aes", "des", "none"; NULL: "aes" */
    struct credential *credentials;
    size_t credential_count;
};

struct access {
    const char *id; /* "<asset>@<service>" unless declared */
    const char *asset;
    const struct service *service;
    const struct auth *auth; /* NULL: declared public */
    const char *role;
    struct http_request read;  /* neither path nor topic: not readable this way */
    struct http_request write; /* the same */
    struct http_place value;   /* where what is written stands in the answer to read */
};

struct asset {
    const char *id;
    const char *kind;
    struct secret marker; /* a value that was put on the device as this asset; empty: none */
};

/* What users leave on the device, and how the harness plants some of it: an account, a network, a
 * token.  An erasure must take it away. */
struct user_datum {
    struct access access;       /* its id, service, mechanism, role; write plants, read shows it */
    const char *kind;           /* "account", "network", "name", "schedule", "token", "other" */
    struct http_request remove; /* path NULL: none declared */
    struct http_place token; /* in the answer to write: it opens `read` like a log-in; or nowhere */
};

struct user_data {
    const struct user_datum *planted;
    size_t count;
    bool stays_erased; /* the unit may be left erased: nothing brings its state back */
};

/* A connection that the device opens itself, which the harness can take in its peer's place. */
struct client {
    const char *id;
    struct words purpose;
    const char *host; /* the name, or the numeric address, that the device calls */
    uint16_t port;
    const char *protocol; /* "https", "mqtts", "tls"; over UDP "coaps", "dtls" */
    bool carries_assets;  /* true unless declared false */
    bool stapling;        /* it asks for, and insists on, a stapled OCSP answer */
    uint16_t listen;      /* where what is sent to port arrives at the harness: port unless given */
    uint16_t clear_port;  /* where it might try again in clear; 0: not declared */
    uint16_t clear_listen;
    unsigned within_s;            /* it calls again by itself, or after a trigger */
    const struct access *trigger; /* asked by its role to make the device call; or NULL */
    const char *test_ca;          /* resolved path of a certificate that it trusts; or NULL */
    struct secret test_ca_key;    /* PEM; empty without test_ca */
};

/* Where an asset lies, and what protects it there. */
struct storage {
    const char *id; /* the asset's unless declared */
    const char *asset;
    const char *where;
    const char *text; /* the protection in words; NULL: in parts */
    const char *cipher;
    const char *mode;
    unsigned key_bits; /* 0: not declared */
    const char *hash;
    const char *kdf;
    unsigned rounds;
    bool salt;
    bool hardware;
    bool removable;
    bool external_access;
    const char *relies_on; /* "hardware", "closed", "encryption", "hash", "words", "nothing" */
};

/* What leaves the device as a file on request: a configuration, a backup, a log. */
struct export
{
    const char *id;
    const char *kind;     /* "config", "backup", "log" */
    const char *file;     /* resolved path of one that was saved by hand; NULL: it is asked for */
    const char *contains; /* stands in it once it is unpacked; or NULL */
    struct access access; /* read: the request; asset NULL */
};

bool client_over_udp(const struct client *client);

/* How the device's calls come to the harness. */
struct redirect {
    const char *address; /* of the harness, numeric, as the device reaches it; NULL: not declared */
    uint16_t dns;        /* where the harness answers questions for names; 0: nowhere */
};

struct liveness {
    const struct service *service;
    const char *path;     /* HTTP(S) services: asked with GET; NULL: connecting suffices */
    const char *contains; /* the answer must hold this text: the device's identity; or NULL */
};

struct authorization {
    const char *by; /* NULL: none given */
    const char *date;
    const char *scope;
};

/* An application's or cloud's server, without which the product does not work. */
struct associated {
    const char *id;
    struct words name;
    const char *address; /* numeric */
    struct authorization authorization;
    struct liveness liveness; /* of a service of its own */
};

struct limits {
    unsigned concurrency;            /* checks side by side; default 4 */
    unsigned connections_per_second; /* default 2000 */
    unsigned login_attempts;         /* wrong log-ins per account and run; default 120 */
    unsigned brute_force_attempts;   /* per way to log in and run; 0: as the suite says */
    bool fragile;                    /* one connection at a time, slowly */
};

/* A paper that is evidence for clauses. */
struct document {
    const char *id; /* [A-Za-z0-9._-]: names its copy in a bundle */
    const char *const *clauses;
    size_t clause_count;
    const char *url;      /* where it is published: http or https; or NULL */
    const char *file;     /* resolved path of a copy, or NULL */
    const char *vex;      /* resolved path, or NULL */
    const char *kind;     /* "disclosure-policy", "manual", ...; NULL: not told */
    const char *language; /* "ja" or "en"; NULL: not told */
    const char *trust;    /* resolved path of a PEM file to check the URL's server by, or NULL */
};

bool document_serves(const struct document *document, const char *clause);

struct not_applicable {
    struct source_mark mark;
    const char *clause;
    struct words reason;
};

struct profile {
    struct source_file source;
    struct words vendor_name;
    const char *vendor_corporate_number;
    const char *model;
    const char *type;
    const char *hardware;
    unsigned support_year;     /* of the last day of declared support; 0: not declared */
    const char *support_until; /* that day, YYYY-MM-DD; or NULL */
    const struct firmware *firmware;
    size_t firmware_count;
    const struct unit *units;
    size_t unit_count;
    struct authorization authorization;
    const char *const *addresses;
    size_t address_count;
    struct liveness liveness;
    struct limits limits;
    const struct service *services; /* the device's, then those of associated services */
    size_t service_count;           /* of the device */
    size_t service_total;
    const struct associated *associated;
    size_t associated_count;
    struct asset *assets;
    size_t asset_count;
    const char *const *roles;
    size_t role_count;
    struct auth *auths;
    size_t auth_count;
    const struct access *accesses;
    size_t access_count;
    struct client *clients;
    size_t client_count;
    struct redirect redirect;
    const struct storage *storage;
    size_t storage_count;
    const struct export *exports;
    size_t export_count;
    const struct document *documents;
    size_t document_count;
    const struct not_applicable *not_applicable;
    size_t not_applicable_count;
    const struct update *update; /* NULL: not declared */
    struct user_data user_data;
    /* Declared, kept as JSON for those who use them; NULL: not given. */
    struct lever_way *levers;
    size_t lever_count;
    unsigned settle_s; /* the device is back within so many seconds after power or an update */
    const struct interface *interfaces;
    size_t interface_count;
};

/* "communication-equipment", ..., "other", then NULL. */
extern const char *const product_type_words[];

/* BAD_INPUT with file:line:column; nothing is partly loaded. */
enum status profile_load(const char *path, struct arena *arena, struct profile **ret_profile,
                         struct error *reterr) MUST_CHECK;

enum profile_secrets {
    PROFILE_SECRETS_LOAD, /* each secret_file must be there, with mode 0600 */
    PROFILE_SECRETS_SKIP  /* credentials stay empty: for judging again what was stored */
};

/* The same from memory; relative paths are seen from the folder of source->path. */
enum status profile_from_source(const struct source_file *source, enum profile_secrets secrets,
                                struct arena *arena, struct profile **ret_profile,
                                struct error *reterr) MUST_CHECK;

/* Wipes the secrets; the rest goes with the arena.  NULL allowed. */
void profile_done(struct profile *profile);

/* Also of associated services. */
const struct service *profile_service(const struct profile *profile, const char *id);

/* Where it is asked: the device's first address, or that of the associated service. */
const char *profile_service_address(const struct profile *profile, const struct service *service);
const struct auth *profile_auth(const struct profile *profile, const char *id);
const struct credential *auth_credential(const struct auth *auth, const char *role);

/* The credentials of roles that the profile lists below the one that this path asks for, the
 * highest first; NULL: no more.  The accounts are those of the mechanism, or of account_of. */
const struct credential *access_lower_credential(const struct profile *profile,
                                                 const struct access *access, size_t at);
/* Whether the mechanism knows a role below, whether or not there is an account of it. */
bool access_has_lower_role(const struct profile *profile, const struct access *access);

const struct asset *profile_asset(const struct profile *profile, const char *id);

/* Loopback, link-local or private (RFC 1918, RFC 4193): may be tested without a
 * declared authorisation. */
bool address_is_private(const char *address);

/* An IPv4 or IPv6 address in digits, with an interface name after '%' if need be. */
bool address_is_numeric(const char *address);
