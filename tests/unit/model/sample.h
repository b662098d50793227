/* sample.h - a small catalogue, profile and suite that the tests of this folder share. */
#pragma once

#include "model/plan.h"
#include "model/suite.h"

#include <stdio.h>
#include <string.h>

static inline struct source_file sample_source(const char *path, const char *text)
{
    return (struct source_file){ .path = path, .data = text, .length = strlen(text) };
}

static const struct fact sample_columns[] = {
    { .name = "bits", .type = FACT_INT, .help = "length of the key" },
    { .name = "name", .type = FACT_TEXT, .help = "name" },
    { .name = "tags", .type = FACT_TEXTS, .help = "tags" },
    { .name = "until", .type = FACT_TEXT, .help = "end of validity" },
    FACT_END,
};

static const struct fact sample_facts[] = {
    { .name = "open", .type = FACT_INTS, .help = "open ports" },
    { .name = "complete", .type = FACT_BOOL, .help = "came to its end" },
    { .name = "count", .type = FACT_INT, .help = "how many" },
    { .name = "banner", .type = FACT_TEXT, .help = "what was said" },
    { .name = "versions", .type = FACT_TEXTS, .help = "versions" },
    { .name = "suites", .type = FACT_TEXT_GROUPS, .help = "suites by version" },
    { .name = "keys", .type = FACT_ROWS, .help = "keys", .columns = sample_columns },
    FACT_END,
};

static const char *const sample_modes[] = { "quick", "full", NULL };

static const struct param sample_params[] = {
    { .name = "ports", .type = FACT_TEXT, .help = "which", .fallback = "\"all\"" },
    { .name = "rate",
      .type = FACT_INT,
      .help = "pace",
      .fallback = "10",
      .minimum = 1,
      .maximum = 5000 },
    { .name = "mode", .type = FACT_TEXT, .help = "how", .choices = sample_modes },
    { .name = "names", .type = FACT_TEXTS, .help = "whom" },
    PARAM_END,
};

static const struct param sample_login_params[] = {
    { .name = "as", .type = FACT_TEXT, .help = "who", .required = true },
    PARAM_END,
};

static const struct probe_decl sample_scan = { .name = "scan",
                                               .params = sample_params,
                                               .facts = sample_facts,
                                               .needs = PROBE_NEEDS_ADDRESS,
                                               .deadline_ms = 1000 };
static const struct probe_decl sample_talk = { .name = "talk",
                                               .params = sample_params,
                                               .facts = sample_facts,
                                               .needs = PROBE_NEEDS_SERVICE,
                                               .deadline_ms = 1000 };
static const struct probe_decl sample_login = { .name = "log_in",
                                                .params = sample_login_params,
                                                .facts = sample_facts,
                                                .needs = PROBE_NEEDS_AUTH,
                                                .deadline_ms = 1000 };

static const struct probe_decl *const sample_probes[] = { &sample_scan, &sample_talk, &sample_login,
                                                          NULL };
static const struct catalogue sample_catalogue = { .probes = sample_probes, .count = 3 };

#define SAMPLE_PRODUCT                                                                             \
    "hoshitori: profile/1\n"                                                                       \
    "product: {vendor: {name: Example}, model: HC-1, type: other}\n"
#define SAMPLE_REACH "reach: {addresses: [\"127.0.0.1\", \"::1\"], liveness: {service: admin}}\n"
#define SAMPLE_ADMIN                                                                               \
    "  - {id: admin, transport: tcp, port: 443, protocol: https, purpose: administration, "        \
    "reason: set-up}\n"
#define SAMPLE_SERVICES                                                                            \
    "services:\n" SAMPLE_ADMIN "  - {id: news, transport: udp, port: 5353, protocol: mdns, "       \
    "purpose: discovery, reason: set-up, carries_assets: "                                         \
    "false}\n"
#define SAMPLE_AUTH                                                                                \
    "roles: [owner]\n"                                                                             \
    "assets: [{id: settings, kind: communication-setting}]\n"                                      \
    "auth:\n"                                                                                      \
    "  - {id: page, kind: password, service: admin, scheme: basic, path: /, roles: [owner], "      \
    "lockout: {after: 5}}\n"                                                                       \
    "  - {id: token, kind: token, service: admin, scheme: bearer}\n"                               \
    "access:\n"                                                                                    \
    "  - {asset: settings, service: admin, auth: page, role: owner, read: {path: /settings}}\n"
#define SAMPLE_PROFILE SAMPLE_PRODUCT SAMPLE_REACH SAMPLE_SERVICES SAMPLE_AUTH

static const char sample_clauses[] =
    "hoshitori: clauses/1\n"
    "scheme: test\n"
    "edition: project\n"
    "notice: {ja: 試験用, en: for tests}\n"
    "clauses:\n"
    "  - {id: T-1, title: ports, gist: ports, basis: project, method: device, automation: "
    "automatic,\n"
    "     not_applicable_when: never asked}\n"
    "  - {id: T-2, title: talk, gist: talk, basis: secondary, method: both, automation: assisted,\n"
    "     gaps: [{id: T-2/paper, reason: {ja: 未実装, en: not read yet}}]}\n"
    "  - {id: T-3, title: paper, gist: paper, basis: unconfirmed, method: document, automation: "
    "document,\n"
    "     exception: {ja: 人が読む, en: a person reads it}}\n";

#define SAMPLE_SUITE_HEAD                                                                          \
    "hoshitori: suite/1\n"                                                                         \
    "id: test-suite\n"                                                                             \
    "version: 1.0\n"                                                                               \
    "scheme: test\n"                                                                               \
    "level: 1\n"                                                                                   \
    "clauses: clauses.yaml\n"                                                                      \
    "parameters:\n"                                                                                \
    "  allowed: {value: [new, newer], basis: {document: RFC 8996}}\n"                              \
    "  floor: {value: 112, unit: bits, basis: unconfirmed}\n"
#define SAMPLE_SAYS "expected: {ja: 期待, en: as it should be}, fix: {ja: 直す, en: mend it}"
#define SAMPLE_CHECK_PORTS                                                                         \
    "  - id: T-1/ports\n"                                                                          \
    "    clause: T-1\n"                                                                            \
    "    title: {ja: ポート, en: ports}\n"                                                      \
    "    for_each: {address: {}}\n"                                                                \
    "    probe: scan\n"                                                                            \
    "    with: {rate: $limits.connections_per_second}\n"                                           \
    "    controls:\n"                                                                              \
    "      - {id: seen, says: {ja: 見えた, en: seen}, expect: [{fact: open, contains: "         \
    "$profile.liveness_port}]}\n"                                                                  \
    "      - {id: other, says: {ja: 別, en: other}, with: {mode: full}, expect: [{fact: "         \
    "complete, equals: true}]}\n"                                                                  \
    "    expect:\n"                                                                                \
    "      - {fact: open, subset_of: $profile.tcp_ports, " SAMPLE_SAYS "}\n"                       \
    "      - {fact: complete, equals: true, otherwise: inconc, " SAMPLE_SAYS "}\n"                 \
    "      - {fact: count, at_least: 3, advisory: true, " SAMPLE_SAYS "}\n"
#define SAMPLE_CHECK_TALK                                                                          \
    "  - id: T-2/talk\n"                                                                           \
    "    clause: T-2\n"                                                                            \
    "    title: {ja: 会話, en: talk}\n"                                                          \
    "    for_each: {service: {protocol: [https, mqtts], carries_assets: true}}\n"                  \
    "    probe: talk\n"                                                                            \
    "    with: {names: $param.allowed}\n"                                                          \
    "    expect:\n"                                                                                \
    "      - {fact: keys.bits, at_least: $param.floor, " SAMPLE_SAYS "}\n"                         \
    "      - {fact: banner, matches: \"^[A-Z]\", otherwise: review, " SAMPLE_SAYS "}\n"
#define SAMPLE_SUITE SAMPLE_SUITE_HEAD "checks:\n" SAMPLE_CHECK_PORTS SAMPLE_CHECK_TALK

/* Three grades; names with two parts, numbers, strengths by year. */
static const char sample_policy[] =
    "hoshitori: policy/1\n"
    "id: sample\n"
    "title: {ja: 試験用, en: for tests}\n"
    "edition: project\n"
    "notice: {ja: 試験用, en: for tests}\n"
    "bases:\n"
    "  - {id: own, basis: project}\n"
    "  - {id: read, basis: {level: secondary, document: Book, edition: \"2\", read: \"2026-11\"}}\n"
    "grades:\n"
    "  - {id: good, title: {ja: 良, en: good}}\n"
    "  - {id: fair, title: {ja: 可, en: fair}}\n"
    "  - {id: poor, title: {ja: 不可, en: poor}}\n"
    "strengths:\n"
    "  - {bits: 0, use: create, from: 2022, until: 2070, grade: poor, basis: read}\n"
    "  - {bits: 112, use: create, from: 2022, until: 2030, grade: fair, basis: read}\n"
    "  - {bits: 128, use: create, from: 2022, until: 2040, grade: good, basis: read}\n"
    "algorithms:\n"
    "  - {names: [ALPHA, BETA], grade: good, basis: read}\n"
    "  - {names: [GAMMA], grade: poor, basis: own}\n"
    "  - {names: [DELTA], grade: unknown, basis: own}\n"
    "names:\n"
    "  - kind: suite\n"
    "    part: cipher\n"
    "    rules:\n"
    "      - {names: [\"A*_fair\"], grade: fair, basis: own}\n"
    "      - {names: [\"A*\"], algorithms: [ALPHA], basis: own}\n"
    "      - {names: [\"G*\"], algorithms: [ALPHA, GAMMA], basis: own}\n"
    "      - {names: [\"D*\"], algorithms: [DELTA], basis: own}\n"
    "  - kind: suite\n"
    "    part: hash\n"
    "    rules:\n"
    "      - {names: [\"*_bare\"], nothing: true, basis: own}\n"
    "      - {names: [\"*_b*a\", \"*_fair\"], algorithms: [BETA], basis: own}\n"
    "  - kind: key\n"
    "    part: key\n"
    "    rules:\n"
    "      - {names: [RSA], from: 3072, bits: 130, basis: own}\n"
    "      - {names: [RSA], from: 2048, bits: 112, basis: own}\n"
    "      - {names: [RSA], from: 1, bits: 0, basis: own}\n"
    "      - {names: [none], nothing: true, basis: own}\n";

static inline struct source_file *sample_policies(const char *text)
{
    static struct source_file source;

    source = sample_source("policy.yaml", text);
    return &source;
}

static inline enum status sample_suite_graded(const char *suite_text, const char *clauses_text,
                                              const char *policy_text, struct arena *arena,
                                              struct suite **ret_suite, struct error *reterr)
{
    const struct suite_layer layer = { .suite = sample_source("suite.yaml", suite_text),
                                       .clauses = sample_source("clauses.yaml", clauses_text) };
    const struct suite_sources sources = { .layers = &layer,
                                           .layer_count = 1,
                                           .policies = sample_policies(policy_text),
                                           .policy_count = 1 };

    return suite_from_sources(&sources, &sample_catalogue, arena, ret_suite, reterr);
}

static inline enum status sample_suite(const char *suite_text, const char *clauses_text,
                                       struct arena *arena, struct suite **ret_suite,
                                       struct error *reterr)
{
    return sample_suite_graded(suite_text, clauses_text, sample_policy, arena, ret_suite, reterr);
}

static inline enum status sample_profile(const char *text, struct arena *arena,
                                         struct profile **ret_profile, struct error *reterr)
{
    const struct source_file source = sample_source("profile.yaml", text);

    return profile_from_source(&source, PROFILE_SECRETS_SKIP, arena, ret_profile, reterr);
}
