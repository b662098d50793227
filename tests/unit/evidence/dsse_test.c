#include "evidence/dsse.h"

#include "sample.h"

/* The example of the DSSE protocol document. */
Test(dsse, encodes_as_the_protocol_says)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(256);
    static const char wanted[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";

    MUST(dsse_encode("http://example.com/HelloWorld", "hello world", 11, &out, &error));
    cr_assert_eq(out.length, sizeof wanted - 1);
    cr_assert(memcmp(out.data, wanted, out.length) == 0);
}

Test(dsse, signature_covers_type_and_body)
{
    struct key key = { 0 };
    struct dsse_signature signature = { 0 };
    struct dsse_signature again = { 0 };
    enum signature_outcome outcome = SIGNATURE_BAD;

    MUST(key_new(&key, &error));
    MUST(dsse_sign(&key, "a/b", "body", 4, &signature, &error));
    MUST(dsse_sign(&key, "a/b", "body", 4, &again, &error));
    cr_assert(signature.length == again.length &&
              memcmp(signature.der, again.der, signature.length) == 0);
    MUST(dsse_verify(&key.public_half, "a/b", "body", 4, &signature, &outcome, &error));
    cr_assert_eq(outcome, SIGNATURE_GOOD);
    MUST(dsse_verify(&key.public_half, "a/c", "body", 4, &signature, &outcome, &error));
    cr_assert_eq(outcome, SIGNATURE_BAD);
    MUST(dsse_verify(&key.public_half, "a/b", "bodi", 4, &signature, &outcome, &error));
    cr_assert_eq(outcome, SIGNATURE_BAD);
    key_done(&key);
}

static enum status decode(const char *text, char room[16])
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(16);
    enum status status = dsse_base64(text, strlen(text), &out, NULL);

    memset(room, 0, 16);
    if (out.length > 0) {
        memcpy(room, out.data, out.length);
    }
    return status;
}

Test(dsse, base64_of_either_alphabet)
{
    char room[16];

    cr_assert_eq(decode("+/+/", room), STATUS_OK);
    cr_assert(memcmp(room, "\xfb\xff\xbf", 3) == 0);
    cr_assert_eq(decode("-_-_", room), STATUS_OK);
    cr_assert(memcmp(room, "\xfb\xff\xbf", 3) == 0);
    cr_assert_eq(decode("-_8=", room), STATUS_OK);
    cr_assert_eq(decode("-_8", room), STATUS_OK);
    cr_assert(memcmp(room, "\xfb\xff", 2) == 0);
    cr_assert_eq(decode("", room), STATUS_OK);
}

Test(dsse, base64_that_is_broken)
{
    static const char *const broken[] = { "+_+_", "-/8=", "AAA=A",  "A", "-",    "AB=", "-A==B",
                                          "AAB=", "AA A", "AAAA\n", "=", "====", "+A" };
    char room[16];

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        cr_assert_neq(decode(broken[i], room), STATUS_OK, "'%s' was taken", broken[i]);
    }
}
