#include "evidence/merkle.h"

#include <assert.h>

/* RFC 6962 section 2.1: the prefixes keep leaves and nodes apart. */
static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

void merkle_open(struct merkle *tree)
{
    *tree = (struct merkle){ 0 };
}

static enum status node_of(const struct digest *left, const struct digest *right,
                           struct digest *ret_node, struct error *reterr)
{
    struct digest_stream stream;

    digest_open(&stream);
    digest_update(&stream, &node_prefix, 1);
    digest_update(&stream, left->octets, DIGEST_SIZE);
    digest_update(&stream, right->octets, DIGEST_SIZE);
    return digest_close(&stream, ret_node, reterr);
}

enum status merkle_add(struct merkle *tree, const void *leaf, size_t length, struct error *reterr)
{
    struct digest_stream stream;
    struct digest carry;
    unsigned level = 0;

    assert(tree->count < UINT64_MAX);
    digest_open(&stream);
    digest_update(&stream, &leaf_prefix, 1);
    digest_update(&stream, leaf, length);
    TRY(digest_close(&stream, &carry, reterr));
    for (uint64_t bits = tree->count; (bits & 1) != 0; bits >>= 1) {
        TRY(node_of(&tree->peaks[level], &carry, &carry, reterr));
        level++;
    }
    tree->peaks[level] = carry;
    tree->count++;
    return STATUS_OK;
}

/* The split at the largest power of two below the count puts each full subtree to the
 * left of all smaller ones, so the root folds the peaks from the smallest up. */
enum status merkle_root(const struct merkle *tree, struct digest *ret_root, struct error *reterr)
{
    struct digest root;
    bool started = false;

    if (tree->count == 0) {
        return digest_of(NULL, 0, ret_root, reterr);
    }
    for (unsigned level = 0; level < 64; level++) {
        if ((tree->count >> level & 1) == 0) {
            continue;
        }
        if (started) {
            TRY(node_of(&tree->peaks[level], &root, &root, reterr));
        } else {
            root = tree->peaks[level];
            started = true;
        }
    }
    *ret_root = root;
    return STATUS_OK;
}
