/* child.h - what every process that speaks to the device has in common. */
#pragma once

#include "channel/veil.h"
#include "engine/sandbox.h"
#include "model/profile.h"

#include <jansson.h>

/* Closes every descriptor but stderr and those in kept[], which become 3, 4, ... in their
 * order; -1 stands for none.  stdin and stdout are /dev/null afterwards: a probe that is
 * taken over finds no log, no key and no other child to speak to.  At most 6. */
void child_keep_only(int kept[], size_t count);

/* No handlers of the C library: they belong to the parent. */
_Noreturn void child_exit(int code);

/* The ceilings and the filter that every such process has. */
enum status child_sandbox(struct sandbox_state *ret_state, struct error *reterr) MUST_CHECK;

/* Takes over the reference; false when nobody listens any more. */
bool child_say(int fd, json_t *line);

/* Knows every secret of the profile, which may be NULL; veil_free. */
struct veil *child_veil(const struct profile *profile);

/* A message on one line and without a secret. */
void child_words(const struct veil *veil, const char *message, char room[256]);
