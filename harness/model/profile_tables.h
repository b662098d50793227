/* profile_tables.h - a profile as it is written: names instead of pointers, each with
 * its place in the file.  profile.c resolves it into a struct profile. */
#pragma once

#include "model/decode.h"
#include "model/profile.h"

#include <stddef.h>

struct service_raw {
    struct record_head head;
    struct service service;
    struct marked_text id;
    struct marked_text of;
};

struct associated_raw {
    struct record_head head;
    struct associated associated; /* members that need no look-up */
    struct marked_text id;
    struct marked_text address;
    struct marked_text liveness_service;
    struct marked_text liveness_path;
};

struct credential_raw {
    struct record_head head;
    struct marked_text role;
    const char *user;
    struct marked_text secret_file; /* as written */
};

struct request_raw {
    struct record_head head;
    struct http_request request;
    struct marked_text path;
    struct marked_text method;
    struct marked_text topic; /* of an access path */
};

struct csrf_raw {
    struct record_head head;
    struct marked_text path;
    struct http_place place;
    const char *send_header;
};

struct first_use_raw {
    struct record_head head;
    struct request_raw waiting;
    const char *waiting_contains;
    struct request_raw set;
    unsigned accepted_status;
    unsigned refused_status;
    struct request_raw reset;
};

struct login_raw {
    struct record_head head;
    struct request_raw request;
    unsigned success_status;
    unsigned failure_status;
    const char *sets;
    struct csrf_raw csrf;
};

struct change_raw {
    struct request_raw request;
    struct marked_text role;
    struct csrf_raw csrf;
};

struct auth_raw {
    struct record_head head;
    struct auth auth; /* members that need no look-up */
    struct marked_text id;
    struct marked_text service;
    struct marked_text account_of;
    struct marked_text path;
    struct login_raw login;
    struct request_raw logout;
    struct first_use_raw first_use;
    struct change_raw change;
    struct credential_raw *credentials;
    size_t credential_count;
};

struct value_raw {
    struct record_head head;
    struct http_place place;
};

struct access_raw {
    struct record_head head;
    const char *id;
    struct marked_text asset;
    struct marked_text service;
    struct marked_text auth;
    struct marked_text role;
    struct request_raw read;
    struct request_raw write;
    struct value_raw value;
};

struct asset_raw {
    struct record_head head;
    struct marked_text id;
    struct marked_text marker_file;
    const char *kind;
};

struct client_raw {
    struct record_head head;
    struct client client;
    struct marked_text id;
    struct marked_text host;
    struct marked_text trigger;
    struct marked_text test_ca_key;
};

struct storage_raw {
    struct record_head head;
    struct storage storage;
    struct marked_text id;
    struct marked_text asset;
};

struct export_raw {
    struct record_head head;
    struct export export;
    struct marked_text id;
    struct request_raw request;
    struct marked_text auth;
    struct marked_text role;
};

struct document_raw {
    struct record_head head;
    struct document document;
    struct marked_text id;
    struct marked_text url;
};

struct update_raw {
    struct update update; /* members that need no look-up */
    struct marked_text component;
    const char *signature_from;
    const char *signature_encoding;
    struct marked_text server_client;
    struct marked_text manifest_path;
    struct marked_text image_path;
};

/* One lever as it is written, and what stands beside it. */
struct lever_raw {
    struct record_head head;
    struct lever_way way; /* members that need no look-up */
    struct marked_text id;
    const struct node *command;
    struct request_raw request;
    struct record_head mqtt;
    struct record_head snmp;
    struct words person;
    struct marked_text service;
    struct marked_text auth;
    struct marked_text role;
    struct marked_text secret_file;
    const struct node *refused;
    const struct node *value;
};

struct setting_raw {
    struct record_head head;
    struct marked_text id;
    struct marked_text auth;
    struct marked_text role;
    struct lever_raw read;
    struct lever_raw write;
};

struct bench_raw {
    struct record_head head;
    struct lever_raw levers[LEVER_COUNT];
    struct lever_raw *erase;
    size_t erase_count;
    struct setting_raw *settings;
    size_t setting_count;
    unsigned settle_s;
};

struct interface_raw {
    struct record_head head;
    struct interface interface;
    struct marked_text id;
};

struct user_datum_raw {
    struct record_head head;
    struct marked_text id;
    const char *kind;
    struct marked_text service;
    struct marked_text auth;
    struct marked_text role;
    struct request_raw write;
    struct request_raw read;
    struct request_raw remove;
    struct value_raw token;
};

struct not_applicable_raw {
    struct record_head head;
    struct marked_text clause;
    struct words reason;
};

struct profile_raw {
    struct record_head head;
    const char *format;
    struct profile profile; /* members that need no look-up */
    struct marked_text support_until;
    const struct node *addresses;
    struct marked_text liveness_service;
    struct marked_text liveness_path;
    struct service_raw *services;
    size_t service_count;
    struct associated_raw *associated;
    size_t associated_count;
    struct asset_raw *assets;
    size_t asset_count;
    struct auth_raw *auths;
    size_t auth_count;
    struct access_raw *accesses;
    size_t access_count;
    struct client_raw *clients;
    size_t client_count;
    struct marked_text redirect_address;
    struct document_raw *documents;
    size_t document_count;
    struct update_raw update;
    struct user_datum_raw *user_data;
    size_t user_datum_count;
    struct storage_raw *storage;
    size_t storage_count;
    struct export_raw *exports;
    size_t export_count;
    struct bench_raw control;
    struct interface_raw *interfaces;
    size_t interface_count;
    struct not_applicable_raw *not_applicable;
    size_t not_applicable_count;
};

extern const struct record profile_record;
extern const struct record profile_auth_record;
extern const struct record profile_request_record;
extern const struct record profile_access_record;
extern const struct record profile_client_record;
extern const struct record profile_associated_record;
extern const struct record profile_redirect_record;
extern const struct record profile_document_record;
extern const struct record profile_update_record;
extern const struct record profile_user_data_record;
extern const struct record profile_storage_record;
extern const struct record profile_export_record;
extern const struct record profile_control_record;
extern const struct record profile_interface_record;

/* A request as it is used; problems are reported. */
struct http_request profile_request_resolve(const struct request_raw *raw,
                                            struct problems *problems);

/* A secret from a file beside the profile; `secrets` says whether it is read at all. */
void profile_secret_load(const struct marked_text *file, enum profile_secrets secrets,
                         struct problems *problems, struct arena *arena, struct secret *ret_secret);

/* Reports problems; fills profile's levers and interfaces, whose services and mechanisms must be
 * there. */
void profile_control_resolve(const struct profile_raw *raw, enum profile_secrets secrets,
                             struct problems *problems, struct arena *arena,
                             struct profile *profile);

/* Reports problems; fills profile's services and associated services; the addresses must be there.
 */
void profile_services_resolve(const struct profile_raw *raw, struct problems *problems,
                              struct arena *arena, struct profile *profile);

/* Reports problems; fills profile's clients and redirect, whose access paths must be there. */
void profile_clients_resolve(const struct profile_raw *raw, enum profile_secrets secrets,
                             struct problems *problems, struct arena *arena,
                             struct profile *profile);

/* Reports problems; fills profile's storage and exports, whose assets and mechanisms must be
 * there. */
void profile_storage_resolve(const struct profile_raw *raw, struct problems *problems,
                             struct arena *arena, struct profile *profile);

void profile_documents_resolve(const struct profile_raw *raw, struct problems *problems,
                               struct arena *arena, struct profile *profile);

/* Reports problems; fills profile->user_data, whose mechanisms must be there. */
void profile_user_data_resolve(const struct profile_raw *raw, struct problems *problems,
                               struct arena *arena, struct profile *profile);

/* Reports problems; fills profile->update, whose firmware and clients must be there. */
void profile_update_resolve(const struct profile_raw *raw, struct problems *problems,
                            struct arena *arena, struct profile *profile);

void profile_interfaces_resolve(const struct profile_raw *raw, struct problems *problems,
                                struct arena *arena, struct profile *profile);

/* Reports every problem to `problems`; the first is also in *reterr. */
enum status profile_decode(const struct source_file *source, enum profile_secrets secrets,
                           struct problems *problems, struct arena *arena,
                           struct profile **ret_profile, struct error *reterr) MUST_CHECK;
