#include "wire/set_cookie.h"

#include <criterion/criterion.h>
#include <string.h>

static bool read_text(const char *header, struct wire_set_cookie *cookie)
{
    return wire_set_cookie_read(header, strlen(header), cookie);
}

Test(set_cookie, attributes_in_any_case_and_order)
{
    struct wire_set_cookie cookie;

    cr_assert(read_text("sid=a=b; path=/; SECURE ; HttpOnly; samesite = Lax", &cookie));
    cr_expect_str_eq(cookie.name, "sid");
    cr_expect(cookie.secure);
    cr_expect(cookie.http_only);
    cr_expect_str_eq(cookie.same_site, "lax");
    cr_expect_not(cookie.ends);
    cr_assert(read_text("secure=1; Path=/secure; x-httponly", &cookie));
    cr_expect_not(cookie.secure, "a name and a path are no attribute");
    cr_expect_not(cookie.http_only);
    cr_assert(read_text("a=; Max-Age=0", &cookie));
    cr_expect(cookie.ends);
    cr_assert(read_text("a=b; Max-Age=-1;", &cookie));
    cr_expect(cookie.ends);
    cr_assert(read_text("a=b; Max-Age=10", &cookie));
    cr_expect_not(cookie.ends);
}

Test(set_cookie, without_a_name_there_is_no_cookie)
{
    struct wire_set_cookie cookie;

    cr_expect_not(read_text("", &cookie));
    cr_expect_not(read_text("=x", &cookie));
    cr_expect_not(read_text(";a=b", &cookie));
    cr_expect_not(read_text("abc; Secure", &cookie));
    cr_expect_not(wire_set_cookie_read("\0=;", 4, &cookie));
    cr_expect_not(read_text("a b=c", &cookie));
}
