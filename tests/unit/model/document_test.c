/* Documents: in a profile, and as what a check is about. */
#include "sample.h"

#include "model/selector.h"

#include <criterion/criterion.h>
#include <string.h>

static enum status profile_of(const char *rest, struct arena *arena, struct profile **ret_profile,
                              struct error *reterr)
{
    return sample_profile(arena_format(arena, "%s%s", SAMPLE_PROFILE, rest), arena, ret_profile,
                          reterr);
}

Test(document, what_is_given_is_found)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct document *document;

    cr_assert_eq(profile_of("documents: [{id: policy, clause: [A-1, A-2], url: "
                            "'https://vendor.example/policy', kind: disclosure-policy, language: "
                            "ja, trust: ca.pem}, {id: manual, clause: A-3, file: m.pdf}]\n",
                            arena, &profile, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(profile->document_count, 2);
    document = &profile->documents[0];
    cr_expect_str_eq(document->id, "policy");
    cr_expect_str_eq(document->url, "https://vendor.example/policy");
    cr_expect_str_eq(document->kind, "disclosure-policy");
    cr_expect_str_eq(document->language, "ja");
    cr_expect_not_null(strstr(document->trust, "ca.pem"));
    cr_expect_null(document->file);
    cr_expect(document_serves(document, "A-2"));
    cr_expect_not(document_serves(document, "A-3"));
    cr_expect_not(document_serves(document, NULL));
    cr_expect_null(profile->documents[1].url);
    cr_expect_null(profile->documents[1].kind);
    profile_done(profile);
}

Test(document, slips_of_the_pen_are_refused)
{
    static const struct {
        const char *text;
        const char *message;
    } refusals[] = {
        { "documents: [{id: a, clause: C}]\n", "needs 'url' or 'file'" },
        { "documents: [{id: a, clause: C, file: f}, {id: a, clause: C, file: g}]\n",
          "another document with this id" },
        { "documents: [{id: ../a, clause: C, file: f}]\n", "an id has letters" },
        { "documents: [{id: a b, clause: C, file: f}]\n", "an id has letters" },
        { "documents: [{id: a, clause: C, url: 'file:///etc/passwd'}]\n", "must begin with" },
        { "documents: [{id: a, clause: C, url: 'https://me:secret@vendor.example/'}]\n",
          "without a user" },
        { "documents: [{id: a, clause: C, url: 'https:///x'}]\n", "must begin with" },
        { "documents: [{id: a, clause: C, file: f, kind: poem}]\n", "kind" },
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct error error = { .status = STATUS_OK };
        struct profile *profile = NULL;

        cr_expect_eq(profile_of(refusals[i].text, arena, &profile, &error), STATUS_BAD_INPUT, "%zu",
                     i);
        cr_expect(strstr(error.message, refusals[i].message) != NULL, "%zu: %s", i, error.message);
    }
}

Test(document, checks_choose_it_by_any_of_its_clauses)
{
    static const char *const clauses[] = { "A-1", "A-2" };
    const struct document document = {
        .id = "d", .clauses = clauses, .clause_count = 2, .url = "https://v.example/"
    };
    const struct subject subject = { .document = &document };
    json_t *second = json_pack("[s]", "A-2");
    json_t *third = json_pack("[s]", "A-3");
    json_t *yes = json_pack("[b]", 1);
    const struct selector fits = { .field = "clause", .values = second };
    const struct selector other = { .field = "clause", .values = third };
    const struct selector published = { .field = "published", .values = yes };
    const struct selector kind = { .field = "kind", .values = third };

    cr_expect(selectors_match(&fits, 1, &subject));
    cr_expect_not(selectors_match(&other, 1, &subject));
    cr_expect(selectors_match(&published, 1, &subject));
    cr_expect_not(selectors_match(&kind, 1, &subject), "it has none");
    cr_expect_null(selector_field_find("transport", SUBJECT_DOCUMENT));
    json_decref(second);
    json_decref(third);
    json_decref(yes);
}
