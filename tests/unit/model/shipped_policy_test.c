/* The policies that are shipped, against the tables that they were read from, and against every
 * name that a probe can report. */
#include "model/grade.h"
#include "model/policy.h"
#include "wire/tls_names.h"
#include "wire/tls_suites.h"

#include "shipped.h"

#include <criterion/criterion.h>
#include <string.h>

static struct policy_finding found(const struct policy *policy, const char *kind, const char *name,
                                   long long number, unsigned year, enum policy_use use,
                                   struct arena *arena)
{
    const struct policy_thing thing = {
        .kind = kind, .name = name, .number = number, .year = year, .use = use
    };

    return policy_look_up(policy, &thing, arena);
}

/* The grade's id, or "unknown"; "nothing" where the policy says nothing. */
static const char *word_of(const struct policy *policy, const struct policy_finding *finding)
{
    if (!finding->graded) {
        return "nothing";
    }
    return finding->unknown != NULL && finding->grade != (int) policy->grade_count - 1
               ? "unknown"
               : policy->grades[finding->grade].id;
}

static const char *grade_of(const struct policy *policy, const char *kind, const char *name,
                            struct arena *arena)
{
    struct policy_finding finding = found(policy, kind, name, -1, 2026, POLICY_CREATE, arena);

    return word_of(policy, &finding);
}

static void expect_not_official(const struct basis *basis)
{
    cr_expect_str_neq(basis->level, "official");
}

Test(shipped_policy, nothing_claims_the_official_text)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct suite *suite = shipped_star1(arena);

    cr_assert_eq(suite->policy_count, 3);
    for (size_t i = 0; i < suite->policy_count; i++) {
        const struct policy *policy = suite->policies[i];

        cr_expect_str_eq(policy->edition.level, "secondary");
        for (size_t j = 0; j < policy->algorithm_count; j++) {
            expect_not_official(policy->algorithms[j].basis);
        }
        for (size_t j = 0; j < policy->strength_count; j++) {
            expect_not_official(policy->strengths[j].basis);
        }
        for (size_t j = 0; j < policy->part_count; j++) {
            for (size_t k = 0; k < policy->parts[j].rule_count; k++) {
                expect_not_official(policy->parts[j].rules[k].basis);
            }
        }
    }
}

/* ---- tiers ---- */

static const uint16_t tls13[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };
static const uint16_t high[] = { 0xc02c, 0xc030, 0xc0af, 0xc0ad, 0xcca9, 0xcca8,
                                 0xc02b, 0xc02f, 0xc0ae, 0xc0ac, 0x009f, 0xc0a3,
                                 0xc09f, 0xccaa, 0x009e, 0xc0a2, 0xc09e };
static const uint16_t recommended[] = { 0xc023, 0xc027, 0xc072, 0xc076, 0xc024, 0xc028, 0xc073,
                                        0xc077, 0xc009, 0xc013, 0xc00a, 0xc014, 0x0067, 0x00be,
                                        0x006b, 0x00c4, 0x0033, 0x0045, 0x0039, 0x0088 };
static const uint16_t camellia_gcm[] = { 0xc07c, 0xc07d, 0xc086, 0xc087, 0xc08a, 0xc08b };

static bool is_in(const uint16_t *codes, size_t count, uint16_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

#define IS_IN(codes, code) is_in(codes, sizeof(codes) / sizeof(codes)[0], code)

Test(shipped_policy, tiers_are_those_of_the_guideline_s_tables_suite_by_suite)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-tls-tiers");
    size_t counts[2] = { 0, 0 };

    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        const struct tls_suite *suite = &wire_tls_suites[i];
        const char *word = grade_of(policy, "tls_suite", suite->name, arena);

        counts[0] += strcmp(word, "high") == 0 ? 1 : 0;
        counts[1] += strcmp(word, "recommended") == 0 ? 1 : 0;
        cr_expect_eq(strcmp(word, "high") == 0,
                     IS_IN(tls13, suite->code) || IS_IN(high, suite->code), "%s: %s", suite->name,
                     word);
        cr_expect_eq(strcmp(word, "recommended") == 0, IS_IN(recommended, suite->code), "%s: %s",
                     suite->name, word);
        if (IS_IN(camellia_gcm, suite->code)) {
            cr_expect_str_eq(word, "unknown", "%s", suite->name);
        }
        /* The table by which the survey orders its offers says the same. */
        cr_expect_str_eq(word, wire_tls_tier_word(suite->tier), "%s", suite->name);
    }
    cr_expect_eq(counts[0], 5 + 17);
    cr_expect_eq(counts[1], 20);
}

Test(shipped_policy, versions_have_their_tier)
{
    static const char *const rows[][2] = {
        { "SSLv2", "none" },         { "SSLv3", "none" },    { "TLSv1.0", "exception" },
        { "TLSv1.1", "exception" },  { "TLSv1.2", "high" },  { "TLSv1.3", "high" },
        { "DTLSv1.0", "exception" }, { "DTLSv1.2", "high" }, { "DTLSv1.3", "high" },
        { "0x7f1c", "unknown" },
    };
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-tls-tiers");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(grade_of(policy, "tls_version", rows[i][0], arena), rows[i][1], "%s",
                         rows[i][0]);
    }
}

static bool has_match(const struct suite *suite, const char *parameter, const char *name)
{
    const json_t *pattern = suite_parameter(suite, parameter)->value;
    regex_t compiled;
    bool found;

    cr_assert(expect_pattern_compile(json_string_value(pattern), &compiled), "%s", parameter);
    found = regexec(&compiled, name, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

/* What is in no tier is refused or reviewed; what is in one, or in none that was read, is not. */
Test(shipped_policy, suites_outside_the_tiers_are_refused_or_reviewed)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct suite *suite = shipped_star1(arena);

    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        const char *name = wire_tls_suites[i].name;
        const char *tier =
            grade_of(suite_policy(suite, "cryptrec-tls-tiers"), "tls_suite", name, arena);
        bool outside = strcmp(tier, "none") == 0 || strcmp(tier, "exception") == 0;

        cr_expect_eq(has_match(suite, "tls_suites_refused", name) ||
                         has_match(suite, "tls_suites_reviewed", name),
                     outside, "%s: %s", name, tier);
    }
}

/* ---- strength ---- */

struct strength_row {
    const char *name;
    long long bits;
    const char *grades[4]; /* in the last year of 2022-30, 2031-40, 2041-50, 2051-70 */
};

#define BELOW                                                                                      \
    {                                                                                              \
        "not-usable", "not-usable", "not-usable", "not-usable"                                     \
    }
#define BITS_112                                                                                   \
    {                                                                                              \
        "migrate", "not-usable", "not-usable", "not-usable"                                        \
    }
#define BITS_128                                                                                   \
    {                                                                                              \
        "usable", "usable", "migrate", "not-usable"                                                \
    }
#define BITS_192                                                                                   \
    {                                                                                              \
        "usable", "usable", "usable", "usable"                                                     \
    }

static const struct strength_row strengths[] = {
    { "RSA", 512, BELOW },     { "RSA", 1024, BELOW },       { "RSA", 2047, BELOW },
    { "RSA", 2048, BITS_112 }, { "RSA", 3071, BITS_112 },    { "RSA", 3072, BITS_128 },
    { "RSA", 7679, BITS_128 }, { "RSA", 7680, BITS_192 },    { "RSA", 15360, BITS_192 },
    { "DH", 1024, BELOW },     { "DH", 2048, BITS_112 },     { "DH", 3072, BITS_128 },
    { "DSA", 1024, BELOW },    { "DSA", 2048, BITS_112 },    { "EC", 192, BELOW },
    { "EC", 224, BITS_112 },   { "EC", 256, BITS_128 },      { "EC", 384, BITS_192 },
    { "EC", 521, BITS_192 },   { "Ed25519", 256, BITS_128 }, { "Ed448", 456, BITS_192 },
};

Test(shipped_policy, strengths_are_worth_what_the_table_says_in_every_year)
{
    static const unsigned first[] = { 2022, 2031, 2041, 2051 };
    static const unsigned last[] = { 2030, 2040, 2050, 2070 };
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-strength");

    for (size_t i = 0; i < sizeof strengths / sizeof strengths[0]; i++) {
        const struct strength_row *row = &strengths[i];

        for (size_t period = 0; period < 4; period++) {
            struct policy_finding begin =
                found(policy, "key", row->name, row->bits, first[period], POLICY_CREATE, arena);
            struct policy_finding end =
                found(policy, "key", row->name, row->bits, last[period], POLICY_CREATE, arena);

            cr_expect_str_eq(word_of(policy, &begin), row->grades[period], "%s-%lld in %u",
                             row->name, row->bits, first[period]);
            cr_expect_str_eq(word_of(policy, &end), row->grades[period], "%s-%lld in %u", row->name,
                             row->bits, last[period]);
        }
        cr_expect_not_null(
            found(policy, "key", row->name, row->bits, 2071, POLICY_CREATE, arena).unknown);
        cr_expect_not_null(
            found(policy, "key", row->name, row->bits, 2021, POLICY_CREATE, arena).unknown);
    }
}

Test(shipped_policy, what_is_verified_is_tolerated_ten_years_longer)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-strength");
    struct policy_finding finding;

    finding = found(policy, "key", "RSA", 2048, 2040, POLICY_VERIFY, arena);
    cr_expect_str_eq(word_of(policy, &finding), "tolerated");
    finding = found(policy, "key", "RSA", 2048, 2041, POLICY_VERIFY, arena);
    cr_expect_str_eq(word_of(policy, &finding), "unknown", "not read");
    finding = found(policy, "key", "RSA", 1024, 2026, POLICY_VERIFY, arena);
    cr_expect_str_eq(word_of(policy, &finding), "not-usable");
}

/* A key of unknown kind or size is never strong. */
Test(shipped_policy, unknown_keys_are_unknown)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-strength");

    cr_expect_not_null(found(policy, "key", "other", 4096, 2026, POLICY_CREATE, arena).unknown);
    cr_expect_not_null(found(policy, "key", "RSA", 0, 2026, POLICY_CREATE, arena).unknown);
    cr_expect_not_null(found(policy, "key", "RSA", -1, 2026, POLICY_CREATE, arena).unknown);
}

/* Each suite's strength is that of its cipher; triple DES has 112 bits, RC4 none that counts. */
Test(shipped_policy, every_suite_has_the_strength_of_its_cipher)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-strength");

    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        const struct tls_suite *suite = &wire_tls_suites[i];
        bool broken = suite->bits < 112 || strncmp(suite->cipher, "RC4", 3) == 0;
        const char *wanted = broken ? "not-usable" : suite->bits < 128 ? "migrate" : "usable";

        cr_expect_str_eq(grade_of(policy, "tls_suite", suite->name, arena), wanted, "%s",
                         suite->name);
    }
}

/* ---- list ---- */

static const char *listed_as(const struct tls_suite *suite)
{
    static const char *const good[] = { "AES_", "CAMELLIA_", "CHACHA20_POLY1305" };
    bool cipher = false;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cipher = cipher || strncmp(suite->cipher, good[i], strlen(good[i])) == 0;
    }
    if (suite->auth == TLS_AUTH_ANON || suite->kx == TLS_KX_SRP || suite->kx == TLS_KX_KRB5 ||
        suite->kx == TLS_KX_GOST || suite->kx == TLS_KX_ECCPWD || suite->kx == TLS_KX_ECJPAKE ||
        suite->kx == TLS_KX_FORTEZZA || strcmp(suite->mac, "MD5") == 0 ||
        strstr(suite->name, "_OLD") != NULL || strstr(suite->name, "_EXPORT") != NULL) {
        return "not-listed";
    }
    if (strcmp(suite->cipher, "RC4_128") == 0 || strcmp(suite->cipher, "3DES_EDE_CBC") == 0) {
        return "monitored";
    }
    if (!cipher) {
        return "not-listed";
    }
    return suite->kx == TLS_KX_RSA || suite->kx == TLS_KX_RSA_PSK ? "monitored" : "listed";
}

Test(shipped_policy, every_suite_is_on_the_list_or_known_not_to_be)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct policy *policy = suite_policy(shipped_star1(arena), "cryptrec-list");

    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        cr_expect_str_eq(grade_of(policy, "tls_suite", wire_tls_suites[i].name, arena),
                         listed_as(&wire_tls_suites[i]), "%s", wire_tls_suites[i].name);
    }
    cr_expect_str_eq(grade_of(policy, "tls_suite", "TLS_NEW_WITH_AES_128_GCM_SHA256", arena),
                     "unknown");
    cr_expect_str_eq(grade_of(policy, "tls_suite", "TLS_ECDHE_RSA_WITH_NEW_SHA256", arena),
                     "unknown");
}

Test(shipped_policy, every_group_and_scheme_of_a_hello_is_known_to_list_and_strength)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct suite *suite = shipped_star1(arena);
    const struct policy *list = suite_policy(suite, "cryptrec-list");
    const struct policy *strength = suite_policy(suite, "cryptrec-strength");

    for (size_t i = 0; i < wire_tls_groups_count; i++) {
        const char *name = wire_tls_groups[i].name;
        const char *word = grade_of(list, "tls_group", name, arena);

        cr_expect_str_eq(word,
                         strcmp(name, "MLKEM512") == 0   ? "unknown"
                         : strcmp(name, "curveSM2") == 0 ? "not-listed"
                                                         : "listed",
                         "%s", name);
        cr_expect_str_neq(grade_of(strength, "tls_group", name, arena), "unknown", "%s", name);
    }
    for (size_t i = 0; i < wire_tls_schemes_count; i++) {
        const char *name = wire_tls_schemes[i].name;
        bool sha1 = strstr(name, "sha1") != NULL;
        bool absent = strstr(name, "sha224") != NULL || strstr(name, "md5") != NULL;

        cr_expect_str_eq(grade_of(list, "signature", name, arena),
                         strstr(name, "brainpool") != NULL ? "listed"
                         : absent                          ? "not-listed"
                         : sha1                            ? "monitored"
                                                           : "listed",
                         "%s", name);
    }
}

struct name_row {
    const char *kind;
    const char *name;
    const char *list;
    const char *strength; /* NULL: no such kind */
};

static const struct name_row names[] = {
    { "ssh_kex", "curve25519-sha256", "listed", "usable" },
    { "ssh_kex", "curve25519-sha256@libssh.org", "listed", "usable" },
    { "ssh_kex", "ecdh-sha2-nistp521", "listed", "usable" },
    { "ssh_kex", "sntrup761x25519-sha512@openssh.com", "listed", "usable" },
    { "ssh_kex", "mlkem768x25519-sha256", "listed", "usable" },
    { "ssh_kex", "diffie-hellman-group14-sha256", "listed", "migrate" },
    { "ssh_kex", "diffie-hellman-group16-sha512", "listed", "usable" },
    { "ssh_kex", "diffie-hellman-group14-sha1", "monitored", "migrate" },
    { "ssh_kex", "diffie-hellman-group1-sha1", "monitored", "not-usable" },
    { "ssh_kex", "diffie-hellman-group-exchange-sha256", "listed", "nothing" },
    { "ssh_kex", "gss-group14-sha256-toWM5Slw5Ew8Mqkay+al2g==", "listed", "migrate" },
    { "ssh_kex", "ecdh-sha2-1.3.132.0.10", "unknown", "unknown" },
    { "ssh_kex", "new-kex@example.com", "unknown", "unknown" },
    { "ssh_cipher", "aes128-ctr", "listed", "usable" },
    { "ssh_cipher", "aes256-gcm@openssh.com", "listed", "usable" },
    { "ssh_cipher", "aes192-cbc", "listed", "usable" },
    { "ssh_cipher", "chacha20-poly1305@openssh.com", "listed", "usable" },
    { "ssh_cipher", "3des-cbc", "monitored", "migrate" },
    { "ssh_cipher", "arcfour256", "monitored", "not-usable" },
    { "ssh_cipher", "none", "not-listed", "not-usable" },
    { "ssh_cipher", "blowfish-cbc", "not-listed", "usable" },
    { "ssh_cipher", "new@example.com", "unknown", "unknown" },
    { "ssh_mac", "hmac-sha2-256-etm@openssh.com", "listed", NULL },
    { "ssh_mac", "hmac-sha1", "listed", NULL },
    { "ssh_mac", "hmac-md5-96", "not-listed", NULL },
    { "ssh_mac", "umac-128-etm@openssh.com", "not-listed", NULL },
    { "ssh_mac", "new@example.com", "unknown", NULL },
    { "ssh_signature", "ssh-ed25519", "listed", NULL },
    { "ssh_signature", "rsa-sha2-512", "listed", NULL },
    { "ssh_signature", "ecdsa-sha2-nistp256", "listed", NULL },
    { "ssh_signature", "ssh-rsa", "monitored", NULL },
    { "ssh_signature", "ssh-dss", "monitored", NULL },
    { "ssh_signature", "x509v3-new", "unknown", NULL },
    { "signature", "sha256WithRSAEncryption", "listed", NULL },
    { "signature", "sha1WithRSAEncryption", "monitored", NULL },
    { "signature", "md5WithRSAEncryption", "not-listed", NULL },
    { "signature", "ecdsa-with-SHA384", "listed", NULL },
    { "signature", "RSASSA-PSS", "listed", NULL },
    { "signature", "Ed25519", "listed", NULL },
    { "signature", "1.2.3.4", "unknown", NULL },
};

Test(shipped_policy, names_of_ssh_and_of_certificates_have_their_grades)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct suite *suite = shipped_star1(arena);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct name_row *row = &names[i];

        cr_expect_str_eq(
            grade_of(suite_policy(suite, "cryptrec-list"), row->kind, row->name, arena), row->list,
            "%s", row->name);
        if (row->strength != NULL) {
            cr_expect_str_eq(
                grade_of(suite_policy(suite, "cryptrec-strength"), row->kind, row->name, arena),
                row->strength, "%s", row->name);
        }
    }
}
