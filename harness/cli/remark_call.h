/* remark_call.h - what evaluate, waive and attest share: who speaks, about which bundle, and where
 * the copy with the new statements goes. */
#pragma once

#include "cli/command.h"
#include "cli/verify_call.h"
#include "evidence/evaluate.h"
#include "evidence/json_strict.h"

/* For a command's table, after VERIFY_OPTIONS. */
#define REMARK_OPTIONS                                                                             \
    { "key", "FILE", { .en = "the signing key", .ja = "署名鍵" }, false },                         \
        { "by",                                                                                    \
          "NAME",                                                                                  \
          { .en = "your organisation; the trust store's name for the key without it",              \
            .ja = "自組織の名前(省略時は信頼リストでの鍵の持ち主)" },                              \
          false },                                                                                 \
        { "corporate-number",                                                                      \
          "13DIGITS",                                                                              \
          { .en = "its corporate number", .ja = "法人番号" },                                      \
          false },                                                                                 \
        { "until",                                                                                 \
          "TIME",                                                                                  \
          { .en = "the end of what is said, YYYY-MM-DDThh:mm:ssZ", .ja = "有効期間の終わり" },     \
          false },                                                                                 \
        { "out", "FILE.hoshi", { .en = "the copy to write", .ja = "書き出す証跡" }, false },       \
    {                                                                                              \
        "force", NULL, { .en = "replace an existing copy", .ja = "既にあるファイルを置き換える" }, \
            false                                                                                  \
    }

#define MATTER_OPTIONS                                                                             \
    { "clause", "ID", { .en = "the clause it is about", .ja = "対象の項目" }, false },             \
        { "check", "ID", { .en = "instead: one check", .ja = "項目の代わりに検査1つ" }, false },   \
        { "reason", "TEXT", { .en = "why, in words (needed)", .ja = "理由(必須)" }, false },       \
        { "evidence",                                                                              \
          "PATH",                                                                                  \
          { .en = "a file of the bundle that it rests on", .ja = "根拠とする証跡内のファイル" },   \
          true },                                                                                  \
        { "person", "NAME", { .en = "who decided or did it", .ja = "担当者" }, false },            \
    {                                                                                              \
        "role", "ROLE", { .en = "without a trust store: the key's role", .ja = "鍵の役割" }, false \
    }

struct remark_call {
    const struct arguments *arguments;
    struct arena *arena; /* the caller's */
    struct verify_call verify;
    struct key key;
    struct verified_bundle *bundle;
    const struct trust_key *member; /* of the key, or NULL */
    const char *by;
    const char *corporate_number; /* NULL when not known */
    char issued_at[32];
    const char *until;
};

void remark_call_done(struct remark_call *call); /* for DEFER */

/* Reads the options, the key and the bundle, and refuses what does not verify.  Every text of the
 * command line is UTF-8 afterwards.  kind: what is to be said, for which the key needs a role. */
enum status remark_call_open(const struct arguments *arguments, const char *const *texts,
                             enum statement_kind kind, struct arena *arena,
                             struct remark_call *call, struct error *reterr) MUST_CHECK;

/* All values of a repeated option; NULL-terminated in the arena. */
const char *const *remark_call_all(const struct remark_call *call, const char *name,
                                   size_t *ret_count);

/* Signs and writes; says on stderr what was written where. */
enum status remark_call_write(struct remark_call *call, unsigned number, const char *const *words,
                              const struct bytes *payloads, size_t count,
                              struct error *reterr) MUST_CHECK;

/* The whole of a waiver or an attestation from MATTER_OPTIONS.  The role is that of --role, or the
 * trust store's, or `otherwise`. */
enum status remark_call_remark(struct remark_call *call, enum statement_kind kind, unsigned number,
                               const char *word, const char *otherwise,
                               struct error *reterr) MUST_CHECK;
