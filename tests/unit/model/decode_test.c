#include "model/node.h"
#include "model/source.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

struct refusal {
    const char *text;
    const char *message;
};

/* What no YAML file of ours may be, and the exact words for it. */
static const struct refusal refusals[] = {
    { "", "f.yaml:1:1: the file is empty" },
    { "\xef\xbb\xbf"
      "a: b\n",
      "f.yaml:1:1: begins with a byte order mark" },
    { "a: b\nc: \xff\n", "f.yaml:2:4: not UTF-8" },
    { "日本: \xc0\xaf\n", "f.yaml:1:5: not UTF-8" },
    { "a: \xe3\x81", "f.yaml:1:4: not UTF-8" },
    { "a: &x 1\nb: *x\n", "f.yaml:1:4: anchors are not accepted" },
    { "a: *x\n", "f.yaml:1:4: aliases are not accepted" },
    { "a: [&x {b: c}]\n", "f.yaml:1:5: anchors are not accepted" },
    { "a: !!str 1\n", "f.yaml:1:4: tags are not accepted" },
    { "!x {a: b}\n", "f.yaml:1:1: tags are not accepted" },
    { "a: 1\n---\nb: 2\n", "f.yaml:2:1: more than one document" },
    { "%YAML 1.1\n---\na: 1\n", "f.yaml:1:1: directives are not accepted" },
    { "a: \"x\\e[31m\"\n", "f.yaml:1:4: a control character in a text" },
    { "a: \"x\\0y\"\n", "f.yaml:1:4: a control character in a text" },
    { "? [a, b]\n: c\n", "f.yaml:1:3: a key must be a plain text" },
    { "a: [1, 2\n", "f.yaml:2:1: did not find expected ',' or ']'" },
    { "a:\n\t- b\n", "f.yaml:2:1: found character that cannot start any token" },
};

Test(decode, refuses_in_exact_words)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const struct source_file source = sample_source("f.yaml", refusals[i].text);
        struct error error = { .status = STATUS_OK };
        const struct node *root = NULL;

        cr_expect_eq(node_parse(&source, arena, &root, &error), STATUS_BAD_INPUT, "case %zu", i);
        cr_expect_str_eq(error.message, refusals[i].message, "case %zu: '%s'", i, error.message);
        cr_expect_null(root);
    }
}

Test(decode, keeps_places_and_order)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct source_file source = sample_source("f.yaml", "名前: [a, \"1\"]\nb: {c: 2}\n");
    const struct node *root = NULL;
    const struct node *list;

    cr_assert_eq(node_parse(&source, arena, &root, NULL), STATUS_OK);
    list = node_member(root, "名前");
    cr_assert_not_null(list);
    cr_expect_eq(list->count, 2);
    cr_expect_eq(list->mark.line, 1);
    cr_expect_eq(list->mark.column, 5, "columns count characters");
    cr_expect(list->first->plain);
    cr_expect_not(list->last->plain);
    cr_expect_str_eq(node_member(node_member(root, "b"), "c")->text, "2");
}

static char *nested(size_t depth, char open, char close)
{
    char *text = calloc(1, 2 * depth + 4);

    memset(text, open, depth);
    memset(text + depth, close, depth);
    return text;
}

Test(decode, nesting_is_bounded)
{
    for (size_t depth = 31; depth <= 34; depth++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        char *text = nested(depth, '[', ']');
        const struct source_file source = sample_source("f.yaml", text);
        struct error error = { .status = STATUS_OK };
        const struct node *root = NULL;
        enum status status = node_parse(&source, arena, &root, &error);

        cr_expect_eq(status, depth <= NODE_DEPTH_MAX ? STATUS_OK : STATUS_BAD_INPUT);
        if (depth > NODE_DEPTH_MAX) {
            cr_expect_str_eq(error.message, "f.yaml:1:33: nested deeper than 32 levels");
        }
        free(text);
    }
}

Test(decode, half_a_million_brackets_are_one_short_answer, .timeout = 10)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char *text = nested(500000, '[', ']');
    const struct source_file source = sample_source("f.yaml", text);
    struct error error = { .status = STATUS_OK };
    const struct node *root = NULL;

    cr_expect_eq(node_parse(&source, arena, &root, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "f.yaml:1:33: nested deeper than 32 levels");
    free(text);
}

Test(decode, the_number_of_values_is_bounded, .timeout = 10)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const size_t count = NODE_COUNT_MAX + 10;
    char *text = calloc(1, 2 * count + 8);
    const struct source_file source = { .path = "f.yaml", .data = text, .length = 2 * count + 1 };
    struct error error = { .status = STATUS_OK };
    const struct node *root = NULL;

    text[0] = '[';
    for (size_t i = 0; i < count; i++) {
        memcpy(text + 1 + 2 * i, "1,", 2);
    }
    cr_expect_eq(node_parse(&source, arena, &root, &error), STATUS_BAD_INPUT);
    cr_expect(strstr(error.message, "more than 100000 values") != NULL, "%s", error.message);
    free(text);
}

/* Ten megabytes of aliases: refused by its size, unread. */
Test(decode, a_large_file_is_refused_before_it_is_read, .timeout = 10)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char path[] = "/tmp/hoshitori-decode-XXXXXX";
    int fd = mkstemp(path);
    char wanted[128];
    struct source_file source = { 0 };
    struct error error = { .status = STATUS_OK };

    cr_assert(fd >= 0);
    cr_assert_eq(ftruncate(fd, 10 << 20), 0);
    cr_expect_eq(source_file_read(path, arena, &source, &error), STATUS_BAD_INPUT);
    (void) snprintf(wanted, sizeof wanted, "%s:1:1: larger than 1048576 bytes", path);
    cr_expect_str_eq(error.message, wanted);
    (void) close(fd);
    (void) unlink(path);
}

/* The classic bomb, small enough to be read: the first anchor ends it. */
Test(decode, a_bomb_of_aliases_is_one_line)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct source_file source =
        sample_source("f.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n");
    struct error error = { .status = STATUS_OK };
    const struct node *root = NULL;

    cr_expect_eq(node_parse(&source, arena, &root, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "f.yaml:1:4: anchors are not accepted");
}

Test(decode, only_regular_files_are_read)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct source_file source = { 0 };
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(source_file_read("/tmp", arena, &source, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "/tmp: not a regular file");
    cr_expect_eq(source_file_read("/nonexistent/x", arena, &source, &error), STATUS_BAD_INPUT);
}

Test(decode, paths_are_seen_from_the_file)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    cr_expect_str_eq(source_resolve("a/b/p.yaml", "c.pem", arena), "a/b/c.pem");
    cr_expect_str_eq(source_resolve("p.yaml", "c.pem", arena), "c.pem");
    cr_expect_str_eq(source_resolve("a/p.yaml", "/c.pem", arena), "/c.pem");
}

struct ended {
    size_t *place;
    size_t *next;
};

static void note_end(void *value)
{
    const struct ended *ended = value;

    *ended->place = ++*ended->next;
}

Test(arena, what_it_refers_to_ends_with_it_the_last_first)
{
    struct arena *arena = arena_new();
    size_t next = 0;
    size_t first = 0;
    size_t second = 0;
    struct ended a = { &first, &next };
    struct ended b = { &second, &next };

    arena_defer(arena, note_end, &a);
    arena_defer(arena, note_end, &b);
    cr_expect_eq(next, 0);
    arena_free(arena);
    cr_expect_eq(second, 1);
    cr_expect_eq(first, 2);
}
