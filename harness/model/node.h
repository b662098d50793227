/* node.h - a YAML 1.1 stream as a small bounded tree.  Only node.c knows libyaml.
 *
 * Refused: more than one document, directives, tags, anchors and aliases, a byte order
 * mark, ill-formed UTF-8, control characters in texts, nesting deeper than
 * NODE_DEPTH_MAX, more than NODE_COUNT_MAX nodes. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "model/mark.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

enum { NODE_DEPTH_MAX = 32, NODE_COUNT_MAX = 100000 };

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool plain; /* a scalar without quotes: may be a number or a boolean */
    struct source_mark mark;
    const char *text; /* scalars; never NULL there */
    size_t length;
    const struct node *key; /* of a member of a map */
    struct node *first;     /* members of a list or a map, in file order */
    struct node *last;
    struct node *next;
    size_t count;
};

/* BAD_INPUT with "path:line:column: ".  The tree lives in the arena. */
enum status node_parse(const struct source_file *source, struct arena *arena,
                       const struct node **ret_root, struct error *reterr) MUST_CHECK;

const char *node_yaml_version(void); /* of the libyaml that is loaded; static */

/* The member of a map, or NULL. */
const struct node *node_member(const struct node *map, const char *key);
