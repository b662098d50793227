/* methods.h - by which methods an SSH server lets whom log in. */
#pragma once

#include "survey.h"

#include "probe/probe.h"

/* Asks to log in without credentials, once as an ordinary user and once as root, as far as the
 * profile's budget of log-in attempts goes. */
enum status ssh_server_methods(struct probe_call *call, struct survey *survey,
                               struct error *reterr) MUST_CHECK;
