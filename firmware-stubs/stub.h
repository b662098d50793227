/* stub.h - what every reference device has: options, a directory of its own, a server, and rows in
 * two tables.  A product is a row in products.c and a folder; a defect is a row in defects.def and
 * the code that asks stub_has() for it. */
#pragma once

#include "support/crypto.h"
#include "support/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum defect {
#define DEFECT(identifier, name, product, clause, summary) DEFECT_##identifier,
#include "defects.def"
#undef DEFECT
    DEFECT_COUNT,
    DEFECT_NONE = DEFECT_COUNT,
};

struct defect_row {
    const char *name;
    const char *product;
    const char *clause;
    const char *summary;
};

extern const struct defect_row defect_rows[DEFECT_COUNT];

struct lockout {
    unsigned after; /* wrong log-ins in a row on one account */
    unsigned delay_s;
    unsigned delay_max_s;
};

struct stub_options {
    unsigned port_base; /* 0: the kernel chooses */
    const char *bind;
    const char *state;       /* NULL: a new directory */
    const char *profile_out; /* NULL: profile.yaml in the state directory */
    bool seeded;
    uint64_t seed;
    struct lockout lockout;
    unsigned session_lifetime_s; /* of an unused session */
    bool first_use;              /* no default password: the user sets the first one */
    bool session_lifetime_told;  /* the profile declares it */
    const char *calls_home; /* [coaps://]HOST:PORT[:CLEAR-PORT], of a product that calls; or NULL */
    const char *authority;  /* PEM file of the only authority that it trusts; or NULL */
    const char *resolver;   /* ADDR:PORT of the name server that it asks; or NULL */
    bool defects[DEFECT_COUNT];
};

/* One service of a product.  Offsets count from --port-base. */
struct service_row {
    const char *name;
    unsigned offset;
    enum defect only_with; /* DEFECT_NONE: a declared service, always there */
    bool tls;
    const struct protocol *protocol;
};

enum { SERVICES_MAX = 16 };

struct stub {
    const struct product *product;
    struct stub_options options;
    char *state; /* absolute */
    struct server *server;
    SSL_CTX *tls;
    uint16_t ports[SERVICES_MAX]; /* in the order of product->services; 0: not open */
};

struct product {
    const char *name;
    const char *summary;
    const struct service_row *services;
    size_t service_count;

    /* Makes or reads the unit from stub->state, and sets stub->tls if a service needs it. */
    bool (*make)(struct stub *stub, void **ret_device);

    /* Called when stub->ports are known: writes the fitting profile, returns its absolute path
     * (from malloc), or NULL after saying why. */
    char *(*profile_write)(const struct stub *stub, const void *device);

    /* Called once, before the ready line; false after saying why.  May be NULL. */
    bool (*start)(struct stub *stub, void *device);
    void (*free)(void *device);
};

extern const struct product *const products[];

static inline bool stub_has(const struct stub *stub, enum defect defect)
{
    return stub->options.defects[defect];
}

/* The product of that name, or NULL. */
const struct product *product_find(const char *name);

/* Prints both tables, for people or as JSON. */
void tables_print(bool json);

/* Opens, prints the ready line, serves until told to stop; the program's exit code. */
int stub_run(const struct product *product, const struct stub_options *options);
