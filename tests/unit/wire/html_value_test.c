#include "wire/html_value.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *value(const char *page, const char *name)
{
    static char room[32];

    return wire_html_value(page, strlen(page), name, room, sizeof room) ? room : NULL;
}

Test(html_value, the_value_of_an_input_or_a_meta_element)
{
    cr_expect_str_eq(value("<input type=hidden name=\"csrf\" value=\"a b\">", "csrf"), "a b");
    cr_expect_str_eq(value("<INPUT VALUE='x' NAME='csrf' />", "csrf"), "x");
    cr_expect_str_eq(value("<input name=csrf value=x1>", "csrf"), "x1");
    cr_expect_str_eq(value("<INPUT value='b2' Name = 'csrf' >", "csrf"), "b2");
    cr_expect_str_eq(value("<form><input name=\"csrf\" value=\"a1/+=\"></form>", "csrf"), "a1/+=");
    cr_expect_str_eq(value("<meta name='csrf' content='y'>", "csrf"), "y");
    cr_expect_str_eq(value("<meta name=csrf content=c3>", "csrf"), "c3");
    cr_expect_str_eq(value("<input name=a value=1><input\nname=b value=2>", "b"), "2");
    cr_expect_str_eq(
        value("<input title=\"a>b\" name=\"csrf\" value=\"&amp;&quot;&#39;\">", "csrf"), "&\"'");
}

Test(html_value, nothing_else_is_taken_for_one)
{
    static const char *const pages[] = {
        "",
        "<",
        "<input",
        "<input name=csrf value=x",
        "<inputs name=csrf value=x>",
        "<input name=csrf>",
        "<input name=csr value=x>",
        "<input name=csrf2 value=x>",
        "<input name=csrf value=\"cut short",
        "<input data-name=csrf value=x>",
        "<meta name=csrf value=x>",
        "<input name=csrf value=\"more than fits into the room of the test\">",
        "<p>name=csrf value=x</p>",
    };

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        cr_expect_null(value(pages[i], "csrf"), "%s", pages[i]);
    }
}
