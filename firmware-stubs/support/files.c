#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool complain(const char *format, ...)
{
    va_list arguments;

    fputs("hoshitori-stub: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

char *path_join(const char *directory, const char *name)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        abort();
    }
    return path;
}

void text_free(char **text)
{
    free(*text);
}

bool directory_make(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        return true;
    }
    return complain("%s: %s", path, strerror(errno));
}

static bool write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        data += written;
        length -= (size_t) written;
    }
    return fsync(fd) == 0;
}

bool file_write(const char *path, mode_t mode, const void *data, size_t length)
{
    DEFER(text_free) char *beside = NULL;

    if (asprintf(&beside, "%s.new", path) < 0) {
        abort();
    }
    if (unlink(beside) != 0 && errno != ENOENT) {
        return complain("%s: %s", beside, strerror(errno));
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return complain("%s: %s", beside, strerror(errno));
    }
    bool written = write_all(fd, data, length);
    int reason = errno;
    if (close(fd) != 0 || !written) {
        return complain("%s: %s", beside, strerror(written ? errno : reason));
    }
    if (rename(beside, path) != 0) {
        return complain("%s: %s", path, strerror(errno));
    }
    return true;
}

bool file_write_text(const char *directory, const char *name, mode_t mode, const char *text)
{
    DEFER(text_free) char *path = path_join(directory, name);

    return file_write(path, mode, text, strlen(text));
}

bool file_read(const char *path, struct buffer *buffer)
{
    FILE *file = fopen(path, "re");
    char block[4096];
    size_t got;

    if (file == NULL) {
        return errno == ENOENT ? false : complain("%s: %s", path, strerror(errno));
    }
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        buffer_append(buffer, block, got);
    }
    bool failed = ferror(file) != 0 || buffer->overflowed;
    fclose(file);
    return failed ? complain("%s: cannot be read, or is too long", path) : true;
}
