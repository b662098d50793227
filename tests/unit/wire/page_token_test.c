#include "wire/page_token.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *token(const char *page)
{
    static char room[32];

    return wire_page_token(page, strlen(page), "csrf", room, sizeof room) ? room : NULL;
}

Test(page_token, is_read_from_a_field_a_meta_element_and_json)
{
    cr_expect_str_eq(token("<form><input type=\"hidden\" name=\"csrf\" value=\"a1/+=\"></form>"),
                     "a1/+=");
    cr_expect_str_eq(token("<INPUT value='b2' Name = 'csrf' >"), "b2");
    cr_expect_str_eq(token("<meta name=csrf content=c3>"), "c3");
    cr_expect_str_eq(token("{\"user\": \"x\", \"csrf\" : \"d4\"}"), "d4");
}

Test(page_token, of_another_name_is_none)
{
    cr_expect_null(token("<input name=\"csrf2\" value=\"a\">"));
    cr_expect_null(token("<input data-name=\"csrf\" value=\"a\">"));
    cr_expect_null(token("{\"xcsrf\":\"a\"}"));
    cr_expect_null(token("{\"csrf\":17}"));
    cr_expect_null(token(""));
}

Test(page_token, that_could_not_be_sent_is_none)
{
    cr_expect_null(token("<input name=csrf value=\"\">"));
    cr_expect_null(token("<input name=csrf value=\"a\r\nX-Evil: 1\">"));
    cr_expect_null(token("{\"csrf\":\"a\\u000ab\"}"));
    cr_expect_null(token("<input name=csrf value=\"0123456789012345678901234567890123456789\">"));
    cr_expect_null(token("<input name=csrf value=\"cut short"));
}
