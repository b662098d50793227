/* subject.h - what a check can be about: the declared things of a profile, by their kinds. */
#pragma once

#include "model/suite.h"

/* What one check is about.  Unused members are NULL. */
struct subject {
    const struct profile *profile;
    const char *address;
    const struct service *service;
    const struct auth *auth;
    const struct access *access;
    const struct client *client;
    const struct document *document;
    const struct update *update;
    const struct lever_way *erasure; /* the factory reset is one too */
    const struct user_datum *user_datum;
    const struct interface *interface;
    const struct storage *storage;
    const struct export *export;
    const struct firmware *firmware;
};

/* How many of a kind the profile declares. */
size_t subject_count(const struct profile *profile, enum subject_kind kind);

/* The i-th of them, and its id. */
struct subject subject_at(const struct profile *profile, enum subject_kind kind, size_t i,
                          const char **ret_id);

/* What a kind is called, for people. */
struct words subject_kind_title(enum subject_kind kind);

/* Whether subjects of the kind have what the probe needs. */
bool subject_kind_serves(const struct probe_decl *probe, enum subject_kind kind);

/* "https 127.0.0.1:8443 (admin)": for tables and records. */
const char *subject_text(const struct subject *subject, struct arena *arena);
