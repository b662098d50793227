#include "base/arena.h"
#include "base/status.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(arena, memory_is_zeroed_aligned_and_apart)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    unsigned char *first = arena_alloc(arena, 3);
    unsigned char *second = arena_alloc(arena, 100000);

    cr_assert_eq((uintptr_t) first % _Alignof(max_align_t), 0);
    cr_assert_eq((uintptr_t) second % _Alignof(max_align_t), 0);
    for (size_t i = 0; i < 100000; i++) {
        cr_assert_eq(second[i], 0);
    }
    memset(second, 1, 100000);
    cr_assert_eq(first[0], 0);
}

Test(arena, text_is_copied)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char original[] = "profile";
    char *copy = arena_text(arena, original);

    original[0] = 'X';
    cr_assert_str_eq(copy, "profile");
    cr_assert_str_eq(arena_text_n(arena, "abcdef", 3), "abc");
    cr_assert_str_eq(arena_format(arena, "%s:%d", "line", 7), "line:7");
}

Test(status, failing_fills_the_error_and_gives_the_status)
{
    struct error error = { 0 };

    cr_assert_eq(fail(&error, STATUS_LIMIT, "%d", 5), STATUS_LIMIT);
    cr_assert_eq(error.status, STATUS_LIMIT);
    cr_assert_str_eq(error.message, "5");
    cr_assert_eq(fail(NULL, STATUS_IO, "unheard"), STATUS_IO);
    cr_assert_str_eq(status_name(STATUS_BAD_INPUT), "BAD_INPUT");
    cr_assert_str_eq(status_text(STATUS_OK), "ok");
}
