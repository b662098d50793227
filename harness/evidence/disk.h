/* disk.h - what a file needs besides its content to survive a power cut. */
#pragma once

#include "base/status.h"

/* Makes a file's name as durable as the file: syncs the folder that path lies in. */
enum status disk_sync_folder(const char *path, struct error *reterr) MUST_CHECK;
