#include "probe/temporary.h"

#include "channel/veil.h"
#include "support/account.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

static void credential_end(struct credential *credential)
{
    secret_done(&credential->secret);
}

Test(temporary, is_computed_again_by_whoever_has_profile_and_log)
{
    DEFER(credential_end) struct credential credential = account("admin", "PLANTEDright");
    char first[TEMPORARY_SIZE];
    char again[TEMPORARY_SIZE];
    struct probe_call call = { .run_seed = 1, .check = "S1.1-03/x@y" };
    const struct change rules = { .length = 0 };

    cr_assert_eq(temporary_password(&call, &credential, &rules, first, NULL), STATUS_OK);
    cr_assert_eq(temporary_password(&call, &credential, &rules, again, NULL), STATUS_OK);
    cr_expect_str_eq(first, again);
    cr_expect_eq(strlen(first), TEMPORARY_LENGTH);
    call.run_seed = 2;
    cr_assert_eq(temporary_password(&call, &credential, &rules, again, NULL), STATUS_OK);
    cr_expect_str_neq(first, again);
    call = (struct probe_call){ .run_seed = 1, .check = "S1.1-03/x@z" };
    cr_assert_eq(temporary_password(&call, &credential, &rules, again, NULL), STATUS_OK);
    cr_expect_str_neq(first, again);
}

static bool has(const char *text, int (*is)(int))
{
    for (; *text != '\0'; text++) {
        if (is((unsigned char) *text)) {
            return true;
        }
    }
    return false;
}

Test(temporary, keeps_the_usual_rules_and_the_declared_ones)
{
    DEFER(credential_end) struct credential credential = account("admin", "PLANTEDright");
    char room[TEMPORARY_SIZE];

    for (uint64_t seed = 0; seed < 300; seed++) {
        const struct probe_call call = { .run_seed = seed };
        const struct change ours = { .length = 0 };
        const struct change theirs = { .length = 8, .symbols = "" };

        cr_assert_eq(temporary_password(&call, &credential, &ours, room, NULL), STATUS_OK);
        cr_assert(has(room, isupper) && has(room, islower) && has(room, isdigit) &&
                      has(room, ispunct),
                  "%s", room);
        cr_assert_eq(temporary_password(&call, &credential, &theirs, room, NULL), STATUS_OK);
        cr_assert_eq(strlen(room), 8);
        cr_assert_not(has(room, ispunct), "%s", room);
    }
}

Test(temporary, is_hidden_by_the_veil_of_its_call)
{
    DEFER(credential_end) struct credential credential = account("admin", "PLANTEDright");
    struct veil *veil = veil_new();
    const struct probe_call call = { .run_seed = 9, .veil = veil };
    const struct change rules = { .length = 0 };
    char room[TEMPORARY_SIZE];

    cr_assert_eq(temporary_password(&call, &credential, &rules, room, NULL), STATUS_OK);
    cr_expect(veil_hides(veil, room, strlen(room), VEIL_FACT_LEAST));
    veil_free(veil);
}
