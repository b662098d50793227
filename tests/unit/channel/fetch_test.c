/* Which addresses a public page may not lead to. */
#include "channel/fetch.h"

#include <criterion/criterion.h>

Test(fetch, a_public_page_leads_to_no_machine_of_ours)
{
    static const char *const inside[] = {
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:0.0.0.0",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "no address",
    };
    static const char *const outside[] = {
        "192.0.2.1",   "8.8.8.8",        "100.128.0.1",      "172.32.0.1",
        "2001:db8::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
    };

    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        cr_expect(fetch_is_inside(inside[i]), "%s", inside[i]);
    }
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        cr_expect_not(fetch_is_inside(outside[i]), "%s", outside[i]);
    }
}
