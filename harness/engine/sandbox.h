/* sandbox.h - what a probe's child process may not do.
 *
 * A probe reads strangers' bytes, so its process can neither start programs, nor change
 * files, nor touch other processes, and has ceilings on memory, time and descriptors. */
#pragma once

#include "base/status.h"

#include <stdbool.h>

struct sandbox_limits {
    unsigned cpu_s;
    unsigned memory_mib; /* ignored under AddressSanitizer, which reserves terabytes */
    unsigned files;
    unsigned file_size; /* of a file that it was handed, open for writing; octets */
};

struct sandbox_state {
    bool limits;
    bool seccomp; /* false where the kernel or build has none */
};

/* Irrevocable; called in the child before it hears the device.  Ceilings that cannot
 * be set are a status; a kernel without seccomp is only told in *ret_state. */
enum status sandbox_enter(const struct sandbox_limits *limits, struct sandbox_state *ret_state,
                          struct error *reterr) MUST_CHECK;

/* What sandbox_enter would achieve here, for `doctor`. */
bool sandbox_has_seccomp(void);
