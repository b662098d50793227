/* What the digest of a suite speaks of: every file, in reading order. */
#include "engine/dossier.h"
#include "model/policy.h"

#include <criterion/criterion.h>
#include <string.h>

static struct suite_file file(const char *text)
{
    return (struct suite_file){ .source = { .path = "x", .data = text, .length = strlen(text) } };
}

static void digest_hex(const struct suite_file *files, size_t count, char room[DIGEST_HEX_SIZE])
{
    const struct suite suite = { .files = files, .file_count = count };
    struct digest digest;

    cr_assert_eq(dossier_suite_digest(&suite, &digest, NULL), STATUS_OK);
    digest_to_hex(&digest, room);
}

Test(dossier, the_suite_digest_is_that_of_its_files_one_after_the_other)
{
    const struct suite_file files[] = { file("suite\n"), file("clauses\n"), file("part\n") };
    static const char whole[] = "suite\nclauses\npart\n";
    char hex[DIGEST_HEX_SIZE];
    char expected[DIGEST_HEX_SIZE];
    struct digest digest;

    digest_hex(files, 3, hex);
    cr_assert_eq(digest_of(whole, strlen(whole), &digest, NULL), STATUS_OK);
    digest_to_hex(&digest, expected);
    cr_expect_str_eq(hex, expected);
}

Test(dossier, no_file_can_change_under_the_same_digest)
{
    const struct suite_file files[] = { file("suite\n"), file("clauses\n"), file("a: 1\n"),
                                        file("b: 2\n") };
    char hex[DIGEST_HEX_SIZE];
    char other[DIGEST_HEX_SIZE];

    digest_hex(files, 4, hex);
    for (size_t i = 0; i < 4; i++) {
        struct suite_file changed[4];

        memcpy(changed, files, sizeof changed);
        changed[i] = file("mandatory: false\n");
        digest_hex(changed, 4, other);
        cr_expect_str_neq(hex, other, "file %zu", i);
    }
    digest_hex(files, 3, other);
    cr_expect_str_neq(hex, other, "a part that is left out");
    digest_hex((const struct suite_file[]){ files[0], files[1], files[3], files[2] }, 4, other);
    cr_expect_str_neq(hex, other, "parts in another order");
}
