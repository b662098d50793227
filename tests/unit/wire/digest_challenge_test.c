#include "wire/digest_challenge.h"

#include <criterion/criterion.h>
#include <string.h>

static bool read_text(const char *text, struct wire_digest_challenge *challenge)
{
    return wire_digest_challenge_read(text, strlen(text), challenge);
}

Test(digest_challenge, the_plain_one_of_cameras)
{
    struct wire_digest_challenge challenge;

    cr_assert(read_text("Digest realm=\"IP Camera\", nonce=\"abc=\", stale=\"FALSE\"", &challenge));
    cr_expect_str_eq(challenge.realm, "IP Camera");
    cr_expect_str_eq(challenge.nonce, "abc=");
    cr_expect_str_eq(challenge.algorithm, "");
    cr_expect_eq(challenge.hash, WIRE_DIGEST_MD5);
    cr_expect(!challenge.names_qop && !challenge.stale && !challenge.session);
}

Test(digest_challenge, every_parameter_and_other_schemes_around_it)
{
    struct wire_digest_challenge challenge;

    cr_assert(read_text(
        "Basic realm=\"nonce=\\\"x\\\"\", digest NONCE=n1 , realm=\"a, b\",\topaque=\"o\","
        "qop=\"auth-int, auth\",algorithm=SHA-256-sess,stale=TRUE, Bearer",
        &challenge));
    cr_expect_str_eq(challenge.nonce, "n1");
    cr_expect_str_eq(challenge.realm, "a, b");
    cr_expect_str_eq(challenge.opaque, "o");
    cr_expect_eq(challenge.hash, WIRE_DIGEST_SHA256);
    cr_expect(challenge.session && challenge.names_qop && challenge.qop_auth && challenge.stale);
}

Test(digest_challenge, the_first_that_can_be_answered_is_taken)
{
    struct wire_digest_challenge challenge;

    cr_assert(read_text("Digest realm=\"r\", nonce=\"1\", algorithm=SHA-512-256, "
                        "Digest realm=\"r\", nonce=\"2\", algorithm=md5",
                        &challenge));
    cr_expect_str_eq(challenge.nonce, "2");
    cr_expect_str_eq(challenge.algorithm, "md5");
}

Test(digest_challenge, what_cannot_be_answered)
{
    static const char *const texts[] = {
        "",
        "Basic realm=\"x\"",
        "Digest",
        "Digest realm=\"x\"",
        "Digest realm=\"x\", nonce=\"\"",
        "Digest realm=\"x\", nonce=\"a\tb\"",
        "Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"",
        "Digest realm=\"x\", nonce=\"n\", algorithm=MD4",
        "Digest realm=\"x\", nonce=\"unending",
        "realm=\"x\", nonce=\"n\"",
    };
    char lengthy[2 * WIRE_DIGEST_TEXT_SIZE] = "Digest nonce=\"";
    struct wire_digest_challenge challenge;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bool unending = strstr(texts[i], "unending") != NULL; /* still a nonce */

        cr_expect_eq(read_text(texts[i], &challenge), unending, "%s", texts[i]);
    }
    memset(lengthy + strlen(lengthy), 'x', WIRE_DIGEST_TEXT_SIZE);
    cr_expect(!read_text(lengthy, &challenge));
}
