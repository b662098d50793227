/* outbox.h - files written into a new folder that appears whole or not at all.
 *
 * Everything is made below a folder of its own with openat, O_EXCL and O_NOFOLLOW: no link is
 * followed, nothing outside is touched, nothing that exists is opened.  Folders have mode 0700,
 * files 0600.  Codes "outbox.*", "container.name.*", "disk.*". */
#pragma once

#include "base/status.h"

#include <stddef.h>

struct outbox;

/* Nothing may be at path; it gets its name at commit. */
enum status outbox_open(const char *path, struct outbox **ret_outbox,
                        struct error *reterr) MUST_CHECK;

/* Ends the file before and begins another; its name obeys container_name_check. */
enum status outbox_file(struct outbox *outbox, const char *name, struct error *reterr) MUST_CHECK;

/* Appends to the file begun last. */
enum status outbox_put(struct outbox *outbox, const void *data, size_t length,
                       struct error *reterr) MUST_CHECK;

/* Once; afterwards only outbox_done may follow. */
enum status outbox_commit(struct outbox *outbox, struct error *reterr) MUST_CHECK;

/* For DEFER; without a commit all that was written is removed. */
void outbox_done(struct outbox **outbox);
