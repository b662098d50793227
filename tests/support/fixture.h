/* fixture.h - reads the recorded files of a test's folder. */
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

__attribute__((unused)) static FILE *fixture_open(const char *name)
{
    char path[512];
    FILE *file;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    return file;
}

/* Its length, which is above 0. */
__attribute__((unused)) static size_t fixture(const char *name, void *room, size_t size)
{
    FILE *file = fixture_open(name);
    size_t length = fread(room, 1, size, file);

    (void) fclose(file);
    cr_assert_gt(length, 0, "%s", name);
    return length;
}

/* The same, ended by a NUL. */
__attribute__((unused)) static size_t fixture_text(const char *name, char *room, size_t size)
{
    size_t length = fixture(name, room, size - 1);

    room[length] = '\0';
    return length;
}

/* Each line without its end; there are more than `least`. */
__attribute__((unused)) static void fixture_lines(const char *name,
                                                  void (*look)(const char *line, void *context),
                                                  void *context, unsigned least)
{
    FILE *file = fixture_open(name);
    char line[1024];
    unsigned lines = 0;

    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        look(line, context);
        lines++;
    }
    (void) fclose(file);
    cr_expect_gt(lines, least, "%s", name);
}
