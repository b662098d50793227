/* Roots that careless tree hashes would give: cases 121 and 122. */
#include "attack.h"

#include "evidence/digest.h"

#include <stdlib.h>
#include <string.h>

enum { LEAVES_MAX = 64 };

/* How a tree is computed that is not RFC 6962 section 2.1's. */
struct tree {
    struct digest level[LEAVES_MAX];
    size_t count;
    bool leaf_prefix;
    bool node_prefix;
    bool odd_doubled; /* else an odd one is handed up as it is */
};

static struct digest digest_pair(const uint8_t *prefix, const void *a, size_t a_length,
                                 const void *b, size_t b_length)
{
    struct digest_stream stream;
    struct digest digest;
    struct error error = { 0 };

    digest_open(&stream);
    digest_update(&stream, prefix, prefix == NULL ? 0 : 1);
    digest_update(&stream, a, a_length);
    digest_update(&stream, b, b_length);
    must(digest_close(&stream, &digest, &error), &error);
    return digest;
}

static void add_leaves(struct tree *tree, const struct raw_entry *log)
{
    static const uint8_t prefix = 0x00;
    const uint8_t *at = log->data;
    const uint8_t *end = at + log->length;

    while (at < end && tree->count < LEAVES_MAX) {
        const uint8_t *line_end = memchr(at, '\n', (size_t) (end - at));
        size_t length = (size_t) ((line_end == NULL ? end : line_end) - at);

        tree->level[tree->count++] =
            digest_pair(tree->leaf_prefix ? &prefix : NULL, at, length, NULL, 0);
        at += length + 1;
    }
}

static struct digest root_of(struct tree *tree)
{
    static const uint8_t prefix = 0x01;

    while (tree->count > 1) {
        size_t made = 0;

        for (size_t i = 0; i < tree->count; i += 2) {
            const struct digest *left = &tree->level[i];
            const struct digest *right = i + 1 < tree->count ? left + 1 : left;

            if (right == left && !tree->odd_doubled) {
                tree->level[made++] = *left;
            } else {
                tree->level[made++] = digest_pair(tree->node_prefix ? &prefix : NULL, left->octets,
                                                  DIGEST_SIZE, right->octets, DIGEST_SIZE);
            }
        }
        tree->count = made;
    }
    return tree->level[0];
}

static void put_root(json_t *json, void *context)
{
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(context, hex);
    (void) json_object_set_new(json_object_get(json, "log"), "root", json_string(hex));
}

/* The log is whole; the signed root is another tree's over the same lines. */
static void reseal_tree(struct attempt *attempt, struct tree tree)
{
    struct digest root;

    add_leaves(&tree, raw_zip_find(&attempt->zip, BUNDLE_LOG));
    root = root_of(&tree);
    world_reseal(&attempt->zip, attempt_key(attempt, WORLD_VENDOR), put_root, &root);
}

/* The tree of the recipes above, computed as it should be: else they would show nothing. */
void attack_121_own_tree(struct attempt *attempt)
{
    reseal_tree(attempt, (struct tree){ .leaf_prefix = true, .node_prefix = true });
}

void attack_121_no_prefixes(struct attempt *attempt)
{
    reseal_tree(attempt, (struct tree){ .leaf_prefix = false });
}

void attack_121_node_without_prefix(struct attempt *attempt)
{
    reseal_tree(attempt, (struct tree){ .leaf_prefix = true });
}

void attack_121_leaf_without_prefix(struct attempt *attempt)
{
    reseal_tree(attempt, (struct tree){ .node_prefix = true });
}

void attack_122_odd_doubled(struct attempt *attempt)
{
    reseal_tree(attempt,
                (struct tree){ .leaf_prefix = true, .node_prefix = true, .odd_doubled = true });
}

/* In a tree that doubles odd ones, a log of the lines 1 2 3 has the root of 1 2 3 3. */
void attack_122_last_line_twice(struct attempt *attempt)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(1 << 20);
    struct raw_entry *log = raw_zip_find(&attempt->zip, BUNDLE_LOG);
    const uint8_t *last = memrchr(log->data, '\n', log->length - 1);
    struct error error = { 0 };

    if (last == NULL) {
        abort();
    }
    must(bytes_append(&content, log->data, log->length, &error), &error);
    must(bytes_append(&content, last + 1, (size_t) (log->data + log->length - last - 1), &error),
         &error);
    raw_entry_set(log, content.data, content.length);
    attempt_reseal(attempt);
}
