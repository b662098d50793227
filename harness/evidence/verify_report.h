/* verify_report.h - the checks a verifier makes, their stable codes, and the words for them. */
#pragma once

#include "base/status.h"
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* name, code, must have been made and good for OK, what it asks (ja, en) */
#define VERIFY_CHECKS(X)                                                                           \
    X(CONTAINER, "container", true, "ファイルの構造が正しい", "the file has the right structure")  \
    X(MANIFEST, "manifest", true, "目録が正しい形式である", "the manifest is well formed")         \
    X(ENTRIES, "entries", true, "中身が目録と一致し、過不足がない",                                \
      "the content is what the manifest lists, no more and no less")                               \
    X(CAPTURES, "captures", true, "通信記録の構造が正しい", "captures have the right structure")   \
    X(PUBLISHED, "published", true, "公開される内容に秘密情報がない",                              \
      "nothing shaped like a secret is shown to everybody")                                        \
    X(LOG, "log", true, "実行記録の連鎖が切れていない", "the event log is unbroken")               \
    X(STATEMENTS, "statements", true, "署名付き声明が読める", "the signed statements can be read") \
    X(COMPLETE, "statements.complete", true, "製造者の声明がそろっている",                         \
      "the vendor's statements are all there")                                                     \
    X(SUBJECT, "statements.subject", true, "声明の対象がこの束と製品ファームウェアである",         \
      "the statements speak of this bundle and its firmware")                                      \
    X(BINDING, "statements.binding", true, "声明と目録の実行番号、基準が一致する",                 \
      "statements and manifest name the same run and criteria")                                    \
    X(SIGNATURE, "signature", true, "署名が正しい", "the signatures are good")                     \
    X(SIGNATURE_PQ, "signature.pq", false, "耐量子署名が正しく、同じ組織のものである",             \
      "the post-quantum signatures are good and of the same organisation")                         \
    X(SIGNER, "signer.known", true, "署名者が既知である", "you know the signers")                  \
    X(ROLE, "signer.role", true, "署名者がその役割を持つ",                                         \
      "the signers have the role they act in")                                                     \
    X(VENDOR, "signer.vendor", false, "署名者は製品の製造者である",                                \
      "the signer is the vendor that the bundle names")                                            \
    X(WINDOW, "signer.window", true, "鍵が有効期間内で失効していない",                             \
      "the keys are within their time and not revoked")                                            \
    X(TIME, "timestamp", false, "時刻証明が正しい", "the timestamps are good")                     \
    X(ARCHIVE, "archive", false, "更新した時刻証明がすべての中身に及ぶ",                           \
      "the renewed timestamps cover everything")                                                   \
    X(OPENING, "run.opening", false, "実行は始まりの時刻証明より後である",                         \
      "the run began after its opening timestamp")                                                 \
    X(PLAN, "plan", true, "計画した検査がすべて一度ずつ結果にある",                                \
      "each planned check has exactly one result")                                                 \
    X(ROLLUP, "result.rollup", true, "検査結果から判定を計算し直すと一致する",                     \
      "the verdict follows when computed again from the checks")                                   \
    X(EVENTS, "result.events", true, "実行記録の判定と結果が一致する",                             \
      "the results are those of the event log")                                                    \
    X(ATTESTED, "result.attested", true, "署名された判定と結果が一致する",                         \
      "the signed verdict is that of the results")                                                 \
    X(TRUST, "trust", false, "信頼リストが正しく署名されている", "the trust store is well signed") \
    X(TRUST_TIME, "trust.current", false, "信頼リストが期限内である",                              \
      "the trust store has not expired")                                                           \
    X(TRUST_ROLLBACK, "trust.rollback", false, "信頼リストが以前より古くない",                     \
      "the trust store is no older than the one seen before")                                      \
    X(SUITE, "policy.suite", false, "検査スイートとツールが認められている",                        \
      "the suite and the harness are trusted ones")                                                \
    X(TIMESTAMP, "policy.timestamp", false, "必要な時刻証明がある",                                \
      "a required timestamp is there")                                                             \
    X(PQ, "policy.pq", false, "必要な耐量子署名がある",                                            \
      "a required post-quantum signature is there")                                                \
    X(ORGANISATIONS, "policy.organisations", false, "必要な数の組織が署名している",                \
      "enough organisations have signed")                                                          \
    X(EVALUATOR, "policy.evaluator", false, "必要な第三者評価がある",                              \
      "a required independent evaluation is there")                                                \
    X(EXAMINED, "policy.examined", false, "評価者が記録のすべてを見ている",                        \
      "an evaluator has examined all of it, withheld files too")                                   \
    X(CONFORMANT, "policy.conformant", false, "適合の判定である、または認めた免除がある",          \
      "it is conformant, or waived by whom you accept")                                            \
    X(EVALUATION, "evaluation", false, "評価の声明がこの束の声明を対象とする",                     \
      "the evaluation speaks of this bundle's statements")                                         \
    X(EVALUATION_FIT, "evaluation.fit", false, "評価が有効で、結果と一致する",                     \
      "the evaluation is valid and agrees with the result")                                        \
    X(CURRENT, "evaluation.current", false, "より新しい評価に置き換えられていない",                \
      "no newer evaluation that you hold replaces it")                                             \
    X(MODEL, "expect.model", false, "期待した型番である", "it is the model you expect")            \
    X(FIRMWARE, "expect.firmware", false, "期待したファームウェアである",                          \
      "it is the firmware you expect")                                                             \
    X(QR, "expect.qr", false, "ラベルの符号と一致する", "it is the bundle the label names")

enum verify_check {
#define X(name, code, needed, ja, en) VERIFY_CHECK_##name,
    VERIFY_CHECKS(X)
#undef X
        VERIFY_CHECK_COUNT
};

/* Ordered by what decides. */
enum finding { FINDING_SKIPPED, FINDING_OK, FINDING_POLICY, FINDING_UNSUPPORTED, FINDING_FAIL };

struct verify_finding {
    enum finding finding;
    char detail[512]; /* English, opens with a code of fault.h; "" when all is well */
};

struct verify_report {
    struct verify_finding findings[VERIFY_CHECK_COUNT];
    json_t *notes; /* things worth telling that are no fault */
};

void verify_report_open(struct verify_report *report);
void verify_report_done(struct verify_report *report);

/* The worst finding of a check stands, with its first detail. */
void verify_say(struct verify_report *report, enum verify_check check, enum finding finding,
                const char *format, ...) PRINTF_LIKE(4, 5);
void verify_good(struct verify_report *report, enum verify_check check);
void verify_note(struct verify_report *report, const char *code, const char *text);

/* What a status about the evidence amounts to; false when it speaks of the harness. */
bool verify_finding_of(enum status status, enum finding *ret_finding);

/* The worst of all; a needed check that was not made good makes OK into FAIL. */
enum finding verify_settle(struct verify_report *report);

const char *verify_check_code(enum verify_check check); /* "trust.current" ...; static */
const char *verify_finding_word(enum finding finding);  /* "ok", "fail" ...; static */
json_t *verify_checks_json(const struct verify_report *report);
