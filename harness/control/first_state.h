/* first_state.h - the unit as it was before a check, kept and brought back by the bench, and what
 * the unit says of its version.
 *
 * Both levers are told the same ${value}, which names this check of this run.  A bench that is
 * asked to bring back what it never kept under that name refuses (exit 3): then nothing was
 * changed yet.  A bench that keeps one state alone and does not look at the name brings back the
 * last one that it kept. */
#pragma once

#include "control/control.h"

#define FIRST_STATE_MOVES                                                                          \
    (LEVER_BIT(LEVER_SAVE_STATE) | LEVER_BIT(LEVER_RESTORE_STATE) | LEVER_BIT(LEVER_READ_VERSION))

/* Are both levers there? */
bool first_state_can(const struct probe_call *call);

/* An error when the bench does not keep it: then nothing may be changed. */
enum status first_state_keep(struct probe_call *call, struct error *reterr) MUST_CHECK;

/* Brings it back and waits for the device to answer.  *ret_kept: something was kept under this
 * name. */
enum status first_state_return(struct probe_call *call, bool *ret_kept,
                               struct error *reterr) MUST_CHECK;

enum { VERSION_TEXT_SIZE = 128 };

/* By the lever read_version; *ret_known false: there is none, or the device refused. */
enum status version_read(struct probe_call *call, char room[VERSION_TEXT_SIZE], bool *ret_known,
                         struct error *reterr) MUST_CHECK;
