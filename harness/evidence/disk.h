/* disk.h - what a file needs besides its content to survive a power cut. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { DISK_PATH_ROOM = 4096 };

/* Makes a file's name as durable as the file: syncs the folder that path lies in. */
enum status disk_sync_folder(const char *path, struct error *reterr) MUST_CHECK;

/* Gives a file or folder its name.  Without `replace` nothing that is there is replaced (code
 * "disk.exists"), on file systems without RENAME_NOREPLACE as far as a look before can tell. */
enum status disk_rename(const char *from, const char *to, bool replace,
                        struct error *reterr) MUST_CHECK;

/* A file that gets its name when it is whole and good: write it at .path, which lies in a folder of
 * its own (mode 0700) beside out_path, and disk_rename it. */
struct disk_draft {
    char folder[DISK_PATH_ROOM];
    char path[DISK_PATH_ROOM + sizeof "/copy"];
};
enum status disk_draft_open(const char *out_path, struct disk_draft *ret_draft,
                            struct error *reterr) MUST_CHECK;
void disk_draft_done(struct disk_draft *draft); /* for DEFER, on one that is all zero too */

/* A new folder beside path, mode 0700, for what is to get that name when it is whole: writes
 * "<path>.XXXXXX" into room. */
enum status disk_folder_beside(const char *path, char *room, size_t size,
                               struct error *reterr) MUST_CHECK;
