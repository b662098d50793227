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
    bool bench;             /* a parent with the levers of a test bench keeps the unit */
    const char *update_server; /* https://HOST:PORT that has newer firmware; or NULL */
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
    void *device;
    bool announced;          /* the ready line is out */
    bool woken;              /* power has just come; a restart by itself is something else */
    bool restart;            /* the unit asked for it */
    bool network_down;       /* the bench has pulled the plug */
    const char *client_word; /* what the bench said last about the unit's own calls, or NULL */
    int control;             /* to the bench; -1: there is none */
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

    /* What the device does by itself (server_ticks).  May be NULL. */
    server_tick tick;

    /* A lever of the bench that acts on the running unit: reset-button, client-start, client-stop;
     * false: there is no such thing on it.  May be NULL. */
    bool (*lever)(struct stub *stub, void *device, const char *word);

    /* The files under stub->state that are the unit's flash memory; NULL ends.  May be NULL. */
    const char *const *flash;

    /* Puts the declared firmware back, while the unit is off.  May be NULL. */
    bool (*reinstall)(const struct stub *stub);
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

enum { EXIT_TROUBLE = 70 };

/* The unit in this process, as long as it has power; the exit code. */
int unit_run(struct stub *stub);

/* The same in a child, and a socket in the state directory for the levers (bench.c). */
int bench_run(struct stub *stub);

/* The other end, `--lever WORD --state DIR`: 0 done, 3 refused, 1 failed. */
int lever_pull(const char *state, const char *word);
