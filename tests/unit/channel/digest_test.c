#include "channel/digest.h"

#include <criterion/criterion.h>
#include <string.h>

/* RFC 7616 section 3.9.1 */
#define NONCE "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define CLIENT_NONCE "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
#define CHALLENGE                                                                                  \
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=%s, "               \
    "nonce=\"" NONCE "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static void answer_make(const char *challenge_text, const char *user, struct bytes *out,
                        enum status expected)
{
    struct wire_digest_challenge challenge;
    struct error error = { 0 };

    cr_assert(wire_digest_challenge_read(challenge_text, strlen(challenge_text), &challenge));
    cr_assert_eq(digest_answer(
                     &(struct digest_claim){
                         .challenge = &challenge,
                         .user = user,
                         .password = "Circle of Life",
                         .method = "GET",
                         .uri = "/dir/index.html",
                         .client_nonce = CLIENT_NONCE,
                         .count = 1,
                     },
                     out, &error),
                 expected, "%s", error.message);
    if (expected == STATUS_OK) {
        cr_assert_eq(bytes_append(out, "", 1, NULL), STATUS_OK);
    }
}

static void expect_in(const char *challenge_text, const char *user, const char *const *parts)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(4096);

    answer_make(challenge_text, user, &out, STATUS_OK);
    for (size_t i = 0; parts[i] != NULL; i++) {
        cr_expect_not_null(strstr((const char *) out.data, parts[i]), "%s in %s", parts[i],
                           (const char *) out.data);
    }
    cr_expect_null(strstr((const char *) out.data, "Circle"));
}

Test(digest, the_examples_of_the_standard)
{
    char text[512];

    (void) snprintf(text, sizeof text, CHALLENGE, "MD5");
    expect_in(text, "Mufasa",
              (const char *const[]){ "response=\"8ca523f5e9506fed4657c9700eebdbec\"",
                                     "username=\"Mufasa\"", "nc=00000001", "qop=auth,",
                                     "algorithm=MD5", "cnonce=\"" CLIENT_NONCE "\"",
                                     "opaque=\"FQhe/", "uri=\"/dir/index.html\"", NULL });
    (void) snprintf(text, sizeof text, CHALLENGE, "SHA-256");
    expect_in(text, "Mufasa",
              (const char *const[]){
                  "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"",
                  "algorithm=SHA-256", NULL });
}

/* The values were computed with md5sum, by the formulas of RFC 2617 section 3.2.2. */
Test(digest, without_qop_and_with_a_session)
{
    expect_in("Digest realm=\"HC-100\", nonce=\"abc\"", "Mufasa",
              (const char *const[]){ "response=\"8ce41dd1072745d21ef4b13f416c2be6\"", NULL });
    expect_in(
        "Digest realm=\"HC-100\", nonce=\"abc\", algorithm=MD5-sess", "Mufasa",
        (const char *const[]){ "response=\"423ea6f9cfb38bfa73a7434d3975321d\"", "cnonce=", NULL });
}

Test(digest, names_that_need_care)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(4096);

    expect_in("Digest realm=\"r\", nonce=\"n\"", "a\"b\\c",
              (const char *const[]){ "username=\"a\\\"b\\\\c\", realm", NULL });
    answer_make("Digest realm=\"r\", nonce=\"n\"", "a\r\nb", &out, STATUS_BAD_INPUT);
}
