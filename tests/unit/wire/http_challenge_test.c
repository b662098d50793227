#include "wire/http_challenge.h"

#include <criterion/criterion.h>
#include <string.h>

static struct wire_http_challenge read_one(const char *value)
{
    struct wire_http_challenge challenge = { .count = 0 };

    wire_http_challenge_read(value, strlen(value), &challenge);
    return challenge;
}

/* The example of RFC 9110 section 11.6.1. */
Test(http_challenge, two_challenges_in_one_value)
{
    struct wire_http_challenge challenge = read_one(
        "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"");

    cr_assert_eq(challenge.count, 2);
    cr_expect_str_eq(challenge.schemes[0], "basic");
    cr_expect_str_eq(challenge.schemes[1], "newauth");
}

Test(http_challenge, forms_seen_in_the_wild)
{
    static const struct {
        const char *value;
        size_t count;
        const char *first;
    } cases[] = {
        { "Digest realm=\"a, Basic b\", nonce=\"x\"", 1, "digest" },
        { "Negotiate", 1, "negotiate" },
        { "NTLM TlRMTVNTUAAB==", 1, "ntlm" },
        { " , ,BASIC realm = \"x\"", 1, "basic" },
        { "Bearer", 1, "bearer" },
        { "", 0, NULL },
        { "=\"", 0, NULL },
        { "\"Basic", 0, NULL },
        { "Basic realm=\"never closed, Digest", 1, "basic" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_http_challenge challenge = read_one(cases[i].value);

        cr_assert_eq(challenge.count, cases[i].count, "%s: %zu", cases[i].value, challenge.count);
        if (cases[i].first != NULL) {
            cr_expect_str_eq(challenge.schemes[0], cases[i].first);
        }
    }
}

Test(http_challenge, several_headers_add_up_and_repeat_nothing)
{
    struct wire_http_challenge challenge = { .count = 0 };

    wire_http_challenge_read("Digest qop=auth", 15, &challenge);
    wire_http_challenge_read("digest qop=auth, Basic", 22, &challenge);
    cr_assert_eq(challenge.count, 2);
    cr_expect_str_eq(challenge.schemes[1], "basic");
}
