/* merkle.h - the Merkle tree hash of RFC 6962 section 2.1 over SHA-256, leaf by leaf,
 * in memory that grows with the logarithm of the number of leaves. */
#pragma once

#include "evidence/digest.h"

#include <stdint.h>

/* peaks[i] is the root of a full subtree of 2^i leaves, valid where bit i of count
 * is set.  A plain value: copying it takes a snapshot. */
struct merkle {
    uint64_t count;
    struct digest peaks[64];
};

void merkle_open(struct merkle *tree);
enum status merkle_add(struct merkle *tree, const void *leaf, size_t length,
                       struct error *reterr) MUST_CHECK;

/* The root over the leaves so far; the tree may grow on.  No leaf: SHA-256 of nothing. */
enum status merkle_root(const struct merkle *tree, struct digest *ret_root,
                        struct error *reterr) MUST_CHECK;
