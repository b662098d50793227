#include "wire/login_page.h"

#include <criterion/criterion.h>
#include <string.h>

Test(login_page, password_controls_in_all_their_spellings)
{
    static const struct {
        const char *page;
        bool asks;
    } cases[] = {
        { "<form><input name=u><input type=\"password\" name=p></form>", true },
        { "<INPUT NAME='p' TYPE='PASSWORD'>", true },
        { "<input\n  type = password\n>", true },
        { "<input type=password", true },
        { "<input type=\"text\" name=\"password\">", false },
        { "<input data-type=\"x\" type=\"text\">", false },
        { "<p>Your password was changed.</p>", false },
        { "{\"type\":\"password\"}", false },
        { "<inputtype", false },
        { "<", false },
        { "", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(wire_page_asks_password(cases[i].page, strlen(cases[i].page)), cases[i].asks,
                     "%s", cases[i].page);
    }
}

Test(login_page, locks_are_recognised_by_words)
{
    static const struct {
        const char *page;
        bool locked;
    } cases[] = {
        { "{\"error\":\"Too many attempts\"}", true },
        { "Your account has been locked.", true },
        { "アカウントはロックされています", true },
        { "Please try again in 30 seconds", true },
        { "{\"error\":\"bad password\"}", false },
        { "<a href=/unlock>unlock the camera</a>", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(wire_page_says_locked(cases[i].page, strlen(cases[i].page)), cases[i].locked,
                     "%s", cases[i].page);
    }
}

Test(login_page, refusals_in_words)
{
    cr_expect(wire_page_says_refused("{\"code\":401,\"msg\":\"Unauthorized\"}", 33));
    cr_expect(wire_page_says_refused("{\"e\":\"not logged in\"}", 21));
    cr_expect_not(wire_page_says_refused("{\"name\":\"camera\"}", 17));
}
