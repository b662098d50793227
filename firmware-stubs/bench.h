/* bench.h - the socket between a bench and its levers. */
#pragma once

#include "stub.h"

/* bench.sock in the state directory, listening or connected; -1 after saying why. */
int bench_socket(const char *state, bool listens);
