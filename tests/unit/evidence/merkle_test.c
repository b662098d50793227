/* The roots are those of the test data of RFC 6962's reference implementation
 * (certificate-transparency, merkle_tree_test), whose leaves are these eight. */
#include "evidence/merkle.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    const char *octets;
    size_t length;
    const char *root; /* over this leaf and all before it */
} leaves[] = {
    { "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
    { "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
    { "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
    { "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
    { "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
    { "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
    { "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
    { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static void expect_root(const struct merkle *tree, const char *wanted)
{
    struct digest root;
    char hex[DIGEST_HEX_SIZE];

    cr_assert_eq(merkle_root(tree, &root, NULL), STATUS_OK);
    digest_to_hex(&root, hex);
    cr_assert_str_eq(hex, wanted);
}

Test(merkle, empty_tree)
{
    struct merkle tree;

    merkle_open(&tree);
    expect_root(&tree, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(merkle, known_roots)
{
    struct merkle tree;

    merkle_open(&tree);
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        cr_assert_eq(merkle_add(&tree, leaves[i].octets, leaves[i].length, NULL), STATUS_OK);
        expect_root(&tree, leaves[i].root);
    }
}

/* RFC 6962 section 2.1 word for word: split at the largest power of two below n. */
static void naive_root(const uint8_t *bytes, size_t count, struct digest *ret_root)
{
    struct digest_stream stream;
    struct digest left;
    struct digest right;
    size_t split = 1;

    digest_open(&stream);
    if (count == 1) {
        digest_update(&stream, "\x00", 1);
        digest_update(&stream, bytes, 1);
    } else {
        while (split * 2 < count) {
            split *= 2;
        }
        naive_root(bytes, split, &left);
        naive_root(bytes + split, count - split, &right);
        digest_update(&stream, "\x01", 1);
        digest_update(&stream, left.octets, DIGEST_SIZE);
        digest_update(&stream, right.octets, DIGEST_SIZE);
    }
    cr_assert_eq(digest_close(&stream, ret_root, NULL), STATUS_OK);
}

Test(merkle, streaming_agrees_with_the_definition)
{
    uint8_t bytes[140];
    struct merkle tree;

    merkle_open(&tree);
    for (size_t i = 0; i < sizeof bytes; i++) {
        struct digest wanted;
        struct digest found;

        bytes[i] = (uint8_t) (i * 7);
        cr_assert_eq(merkle_add(&tree, &bytes[i], 1, NULL), STATUS_OK);
        cr_assert_eq(merkle_root(&tree, &found, NULL), STATUS_OK);
        naive_root(bytes, i + 1, &wanted);
        cr_assert(digest_equal(&wanted, &found), "%zu leaves", i + 1);
    }
}

/* A leaf made of two digests is not the node above them. */
Test(merkle, case_121_leaf_and_node_are_apart)
{
    struct merkle two;
    struct merkle one;
    struct digest left;
    struct digest right;
    struct digest root_of_two;
    struct digest root_of_one;
    uint8_t joined[2 * DIGEST_SIZE];

    cr_assert_eq(digest_of("\x00"
                           "a",
                           2, &left, NULL),
                 STATUS_OK);
    cr_assert_eq(digest_of("\x00"
                           "b",
                           2, &right, NULL),
                 STATUS_OK);
    memcpy(joined, left.octets, DIGEST_SIZE);
    memcpy(joined + DIGEST_SIZE, right.octets, DIGEST_SIZE);
    merkle_open(&two);
    cr_assert_eq(merkle_add(&two, "a", 1, NULL), STATUS_OK);
    cr_assert_eq(merkle_add(&two, "b", 1, NULL), STATUS_OK);
    merkle_open(&one);
    cr_assert_eq(merkle_add(&one, joined, sizeof joined, NULL), STATUS_OK);
    cr_assert_eq(merkle_root(&two, &root_of_two, NULL), STATUS_OK);
    cr_assert_eq(merkle_root(&one, &root_of_one, NULL), STATUS_OK);
    cr_assert_not(digest_equal(&root_of_two, &root_of_one));
}

/* Trees that double an odd last leaf give [a,b,c] and [a,b,c,c] one root. */
Test(merkle, case_122_odd_leaf_is_not_doubled)
{
    struct merkle tree;
    struct digest three;
    struct digest four;

    merkle_open(&tree);
    for (const char *leaf = "abc"; *leaf != '\0'; leaf++) {
        cr_assert_eq(merkle_add(&tree, leaf, 1, NULL), STATUS_OK);
    }
    cr_assert_eq(merkle_root(&tree, &three, NULL), STATUS_OK);
    cr_assert_eq(merkle_add(&tree, "c", 1, NULL), STATUS_OK);
    cr_assert_eq(merkle_root(&tree, &four, NULL), STATUS_OK);
    cr_assert_not(digest_equal(&three, &four));
}
