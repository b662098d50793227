/* The fixtures are from `openssl ocsp` 3.0, for a certificate that its index calls valid and
 * revoked, and one that it does not have. */
#include "support/fixture.h"
#include "wire/ocsp.h"

#include <criterion/criterion.h>

Test(ocsp, what_it_says)
{
    static const char *const names[] = { "ocsp_good.der", "ocsp_revoked.der", "ocsp_unknown.der" };
    static const enum ocsp_says says[] = { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };
    uint8_t room[4096];

    for (size_t i = 0; i < 3; i++) {
        size_t length = fixture(names[i], room, sizeof room);

        cr_expect_eq(wire_ocsp_read(room, length), says[i], "%s", names[i]);
        for (size_t cut = 0; cut < length; cut++) {
            cr_assert_eq(wire_ocsp_read(room, cut), OCSP_MALFORMED, "%s %zu", names[i], cut);
        }
        room[length] = 0;
        cr_expect_eq(wire_ocsp_read(room, length + 1), OCSP_MALFORMED);
    }
}

Test(ocsp, a_responder_that_has_no_answer)
{
    static const uint8_t try_later[] = { 0x30, 3, 0x0a, 1, 3 };

    cr_expect_eq(wire_ocsp_read(try_later, sizeof try_later), OCSP_NO_ANSWER);
    cr_expect_str_eq(wire_ocsp_word(OCSP_NO_ANSWER), "no answer");
}
