#include "page.h"

#include "support/fixture.h"

#include <criterion/criterion.h>

static struct page page_of(const char *text, struct arena *arena)
{
    return page_read(text, strlen(text), "text/html", "HC-100", arena);
}

Test(model_shown, a_person_sees_it)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char text[4096];
    struct page page =
        page_read(text, fixture("login.html", text, sizeof text), "text/html", "HC-100", arena);

    cr_expect(page.readable);
    cr_expect(page.named);
    cr_expect_not_null(strstr(page.quote, "HC-100"));
    cr_expect_not(
        page_read(text, fixture("login.html", text, sizeof text), "text/html", "HC-200", arena)
            .named);
}

Test(model_shown, what_nobody_sees_names_nothing)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    cr_expect_not(
        page_of("<html><!-- HC-100 --><body>camera<script>'HC-100'</script>", arena).named);
    cr_expect_not(page_of("<html><body>HC-1000</body>", arena).named, "another model");
    cr_expect(page_of("<html><body>ＨＣ－１００</body>", arena).named);
    cr_expect(page_of("<html><head><title>hc-100</title></head></html>", arena).named);
}

Test(model_shown, nothing_to_see_is_no_page)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    cr_expect_not(page_of("<html><body><script>x</script></body>", arena).readable);
    cr_expect_not(page_of("", arena).readable);
    cr_expect_not(page_of("\x89PNG....", arena).readable);
}
