/* passphrase.h - a passphrase from HOSHITORI_PASSPHRASE or a prompt; never from argv. */
#pragma once

#include "base/secret.h"

#include <stdbool.h>

/* The variable wins; else the terminal is asked without echo, twice when `confirm`.
 * Without a terminal the passphrase is empty. */
enum status passphrase_get(const char *prompt, bool confirm, struct secret *ret_passphrase,
                           struct error *reterr) MUST_CHECK;
