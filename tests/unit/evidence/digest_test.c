#include "evidence/digest.h"
#include "evidence/fault.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void expect_hex(const struct digest *digest, const char *wanted)
{
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(digest, hex);
    cr_assert_str_eq(hex, wanted);
}

/* FIPS 180-4 examples. */
Test(digest, sha256_examples)
{
    struct digest digest;
    struct digest_stream stream;

    cr_assert_eq(digest_of("abc", 3, &digest, NULL), STATUS_OK);
    expect_hex(&digest, abc);
    digest_open(&stream);
    for (int i = 0; i < 1000; i++) {
        char block[1000];

        memset(block, 'a', sizeof block);
        digest_update(&stream, block, sizeof block);
    }
    cr_assert_eq(digest_close(&stream, &digest, NULL), STATUS_OK);
    expect_hex(&digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* RFC 4231 test cases 1, 2 and 6. */
Test(digest, hmac_examples)
{
    static const struct {
        int key_byte;
        size_t key_length;
        const char *data;
        const char *mac;
    } rows[] = {
        { 0x0b, 20, "Hi There",
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    };
    struct digest_stream stream;
    struct digest digest;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t key[131];

        memset(key, rows[i].key_byte, sizeof key);
        digest_open_hmac(&stream, key, rows[i].key_length);
        digest_update(&stream, rows[i].data, strlen(rows[i].data));
        cr_assert_eq(digest_close(&stream, &digest, NULL), STATUS_OK);
        expect_hex(&digest, rows[i].mac);
    }
    digest_open_hmac(&stream, "Jefe", 4);
    digest_update(&stream, "what do ya want ", 16);
    digest_update(&stream, "for nothing?", 12);
    cr_assert_eq(digest_close(&stream, &digest, NULL), STATUS_OK);
    expect_hex(&digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

Test(digest, case_47_hex_is_strict)
{
    struct digest digest;
    char text[DIGEST_HEX_SIZE + 1] = "";

    cr_assert(digest_from_hex(abc, &digest));
    expect_hex(&digest, abc);
    memcpy(text, abc, sizeof abc);
    text[0] = 'B';
    cr_assert_not(digest_from_hex(text, &digest));
    text[0] = 'g';
    cr_assert_not(digest_from_hex(text, &digest));
    memcpy(text, abc, sizeof abc);
    text[63] = '\0';
    cr_assert_not(digest_from_hex(text, &digest));
    memcpy(text, abc, 64);
    text[64] = '0';
    cr_assert_not(digest_from_hex(text, &digest));
    cr_assert_not(digest_from_hex("", &digest));
}

Test(digest, of_a_file)
{
    char path[] = "/tmp/hoshi-digest-XXXXXX";
    int fd = mkstemp(path);
    struct digest digest;
    uint64_t size = 0;

    cr_assert_eq(write(fd, "abc", 3), 3);
    (void) close(fd);
    cr_assert_eq(digest_of_file(path, &digest, &size, NULL), STATUS_OK);
    cr_assert_eq(size, 3);
    expect_hex(&digest, abc);
    (void) unlink(path);
    cr_assert_eq(digest_of_file(path, &digest, NULL, NULL), STATUS_IO);
    cr_assert_eq(digest_of_file("/tmp", &digest, NULL, NULL), STATUS_BAD_INPUT);
}

Test(digest, abandoned_stream_fails)
{
    struct digest_stream stream;
    struct digest digest;

    digest_open(&stream);
    digest_abandon(&stream);
    digest_update(&stream, "x", 1);
    cr_assert_eq(digest_close(&stream, &digest, NULL), STATUS_CRYPTO);
}

Test(fault, code_is_what_stands_before_the_colon)
{
    char code[FAULT_CODE_SIZE];
    struct error error = { .message = "container.name_x.9: words: more" };

    fault_code(&error, code);
    cr_assert_str_eq(code, "container.name_x.9");
    error = (struct error){ .message = "/tmp/x.y: No such file" };
    fault_code(&error, code);
    cr_assert_str_eq(code, "");
    error = (struct error){ .message = "plain: words" };
    fault_code(&error, code);
    cr_assert_str_eq(code, "");
    error = (struct error){ .message = "" };
    fault_code(&error, code);
    cr_assert_str_eq(code, "");
}
