#include "cli/trust_view.h"

#include "base/clock.h"
#include "evidence/json_strict.h"
#include "evidence/trust.h"

#include <stdio.h>
#include <string.h>

enum { DAY_SIZE = sizeof "YYYY-MM-DD" - 1, GROUP = 4, GROUPS_A_LINE = 8, TEXT_MAX = 4 << 20 };

struct view {
    enum language language;
    struct bytes *out;
    struct arena *arena;
    struct error *reterr;
    enum status status; /* the first failure sticks */
    bool draft;         /* fewer of its roots have signed than it asks for */
    size_t signers;
};

static void say(struct view *view, const char *text)
{
    if (view->status == STATUS_OK) {
        view->status = bytes_append_text(view->out, text, view->reterr);
    }
}

static void say_in(struct view *view, const char *ja, const char *en)
{
    say(view, view->language == LANGUAGE_JA ? ja : en);
}

/* Names come from the file. */
static void quote(struct view *view, const char *text)
{
    while (*text != '\0') {
        const size_t skip = text_deceives(text);
        const char one[2] = { skip > 0 ? '?' : *text, '\0' };

        say(view, one);
        text += skip > 0 ? skip : 1;
    }
}

static void say_number(struct view *view, unsigned long long number)
{
    say(view, arena_format(view->arena, "%llu", number));
}

/* Groups of four in two lines, to be read aloud. */
static void say_fingerprint(struct view *view, const char *keyid)
{
    for (size_t i = 0; keyid[i] != '\0'; i++) {
        const char one[2] = { keyid[i], '\0' };

        if (i % (GROUP * GROUPS_A_LINE) == 0) {
            say(view, i == 0 ? "     " : "\n     ");
        }
        if (i % GROUP == 0) {
            say(view, " ");
        }
        say(view, one);
    }
    say(view, "\n");
}

static const char *day_of(struct view *view, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_text(ms, text);
    return arena_text_n(view->arena, text, DAY_SIZE);
}

static void say_head(struct view *view, const struct trust *trust)
{
    say_in(view, "信頼リスト ", "Trust store ");
    quote(view, trust->id);
    say_in(view, "、第 ", ", version ");
    say_number(view, trust->version);
    say_in(view, " 版", "");
    if (view->draft) {
        say_in(view, "\n下書き: 根の鍵の署名は今 ", "\nDRAFT: root keys that have signed: ");
        say_number(view, view->signers);
        say_in(view, " 個。まだ使えない。", "; nothing may rest on it yet");
    }
    say_in(view, "\n期限 ", "\nExpires ");
    say(view, trust->expires);
    if (trust->stale) {
        say_in(view, "  期限切れ: このリストで OK になることはない",
               "  EXPIRED: nothing is OK by this store");
    }
    say_in(view, "\n\n根の鍵 (", "\n\nRoot keys (");
    say_number(view, trust->root_threshold);
    say(view, "/");
    say_number(view, trust->root_count);
    say_in(view, " の署名が必要)。書面の鍵IDと突き合わせること:\n",
           " must sign). Compare with the key ids on paper:\n");
    for (size_t i = 0; i < trust->root_count; i++) {
        say_fingerprint(view, trust->roots[i].keyid);
        say(view, i + 1 < trust->root_count ? "\n" : "");
    }
}

static void say_revocation(struct view *view, bool revoked, bool compromised, int64_t at)
{
    if (!revoked) {
        return;
    }
    say_in(view, compromised ? "、盗難のおそれにより失効 " : "、失効 ",
           compromised ? ", REVOKED as compromised " : ", REVOKED from ");
    say(view, day_of(view, at));
}

static void say_key(struct view *view, const struct trust_key *key)
{
    say(view, "\n   ");
    quote(view, key->organisation);
    if (key->corporate_number != NULL) {
        say(view, " (");
        quote(view, key->corporate_number);
        say(view, ")");
    }
    say(view, ", ");
    say(view, trust_role_word(key->role));
    if (!text_equal(key->name, key->organisation)) {
        say(view, ", ");
        quote(view, key->name);
    }
    say(view, "\n   ");
    say(view, trust_key_kind_word(key->kind));
    say(view, ", ");
    say(view, day_of(view, key->not_before));
    say_in(view, " から ", " to ");
    say(view, day_of(view, key->not_after));
    say_revocation(view, key->revoked, key->compromised, key->revoked_at);
    say(view, "\n");
    say_fingerprint(view, key->key.keyid);
}

static void say_keys(struct view *view, const struct trust *trust)
{
    say_in(view, "\n署名者の鍵\n", "\nKeys of signers\n");
    for (size_t i = 0; i < trust->key_count; i++) {
        say_key(view, &trust->keys[i]);
    }
    if (trust->key_count == 0) {
        say_in(view, "   まだない\n", "   none yet\n");
    }
    if (trust->alike[0] != NULL) {
        say_in(view, "\n注意: 見分けにくい組織名がある: ",
               "\nNote: names of organisations that look alike: ");
        quote(view, trust->alike[0]);
        say(view, " / ");
        quote(view, trust->alike[1]);
        say(view, "\n");
    }
}

static void say_authorities(struct view *view, const struct trust *trust)
{
    if (trust->timestamp_authority_count > 0) {
        say_in(view, "\n時刻認証局 (証明書の SHA-256)\n",
               "\nTimestamp authorities (SHA-256 of the certificate)\n");
    }
    for (size_t i = 0; i < trust->timestamp_authority_count; i++) {
        const struct trust_timestamp_authority *one = &trust->timestamp_authorities[i];
        struct digest digest;
        char hex[DIGEST_HEX_SIZE];

        say(view, "   ");
        quote(view, one->name);
        say_revocation(view, one->revoked, one->compromised, one->revoked_at);
        say(view, "\n");
        if (view->status == STATUS_OK) {
            view->status =
                digest_of(one->certificate, one->certificate_length, &digest, view->reterr);
        }
        if (view->status == STATUS_OK) {
            digest_to_hex(&digest, hex);
            say_fingerprint(view, hex);
        }
    }
}

static void say_digests(struct view *view, const struct digest *list, size_t count)
{
    char hex[DIGEST_HEX_SIZE];

    if (list == NULL) {
        say_in(view, " どれでも\n", " any\n");
    } else if (count == 0) {
        say_in(view, " なし(どの束も受け入れない)\n", " none, so that no bundle is acceptable\n");
    }
    for (size_t i = 0; i < count; i++) {
        digest_to_hex(&list[i], hex);
        say(view, i == 0 ? "\n      " : "      ");
        say(view, hex);
        say(view, "\n");
    }
}

static void say_rule(struct view *view, bool required, const char *ja, const char *en)
{
    say(view, "   ");
    say_in(view, required ? "[要] " : "[不要] ", required ? "[required] " : "[not required] ");
    say_in(view, ja, en);
    say(view, "\n");
}

static void say_policy(struct view *view, const struct trust *trust)
{
    const struct trust_policy *policy = &trust->policy;
    bool any = false;

    say_in(view, "\n条件\n", "\nPolicy\n");
    say_rule(view, policy->require_evaluator, "第三者評価", "an independent evaluation");
    say_rule(view, policy->require_all_examined, "評価者がすべてを見ていること",
             "an evaluator who has seen everything");
    say_rule(view, policy->require_conformant, "適合か、認める免除", "conformant, or waived");
    say_rule(view, policy->require_timestamp, "時刻証明", "a trusted time of signing");
    say_rule(view, policy->pq_required, "耐量子署名", "a post-quantum signature");
    if (policy->pq_required) {
        say_in(view, "      この日から: ", "      from ");
        say(view, day_of(view, policy->pq_required_from));
        say(view, "\n");
    }
    say_in(view, "   署名が必要な組織の数: ", "   organisations that must sign: ");
    say_number(view, policy->organisations);
    say_in(view, "\n   免除を認める役割:", "\n   waivers accepted of:");
    for (size_t i = 0; i < TRUST_ROLE_COUNT; i++) {
        if (policy->accept_waivers_of[i]) {
            say(view, " ");
            say(view, trust_role_word((enum trust_role) i));
            any = true;
        }
    }
    say_in(view, any ? "" : " なし", any ? "" : " nobody");
    say_in(view, "\n   検査スイート:", "\n   test suites:");
    say_digests(view, trust->suites, trust->suite_count);
    say_in(view, "   試験ツール:", "   harnesses:");
    say_digests(view, trust->harnesses, trust->harness_count);
}

static void say_unknown(struct view *view, const struct trust *trust)
{
    if (trust->unknown != NULL) {
        say_in(view, "\n注意: このプログラムの知らない項目がある: ",
               "\nNote: it has members that this program does not know: ");
        quote(view, trust->unknown);
        say(view, trust->unknown_count > 1 ? " ...\n" : "\n");
    }
}

static enum status write_json(const struct view *view, const struct bytes *file,
                              const struct trust *trust, struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done) json_t *report = NULL;
    json_t *store = NULL;
    json_t *roots = json_array();

    TRY(trust_payload(file->data, file->length, &store, reterr));
    for (size_t i = 0; i < trust->root_count; i++) {
        if (json_array_append_new(roots, json_string(trust->roots[i].keyid)) != 0) {
            return fail(reterr, STATUS_INTERNAL, "no memory");
        }
    }
    report = json_pack("{s:o, s:o, s:b, s:b, s:I}", "store", store, "roots", roots, "stale",
                       (int) trust->stale, "draft", (int) view->draft, "signers",
                       (json_int_t) view->signers);
    if (report == NULL) {
        return fail(reterr, STATUS_INTERNAL, "no memory");
    }
    TRY(json_strict_write(report, out, reterr));
    return bytes_append_text(out, "\n", reterr);
}

/* Whoever is to sign a draft must see what it says; one with a wrong signature is no draft. */
static enum status open_store(struct view *view, const struct bytes *file, int64_t now_ms,
                              struct trust *ret_trust)
{
    struct error *reterr = view->reterr;

    TRY(trust_read_draft(file->data, file->length, now_ms, view->arena, ret_trust, reterr));
    TRY(trust_signed_by(file->data, file->length, ret_trust->roots, ret_trust->root_count,
                        &view->signers, reterr));
    view->draft = view->signers < ret_trust->root_threshold;
    return STATUS_OK;
}

enum status trust_view(const char *path, bool json, enum language language, int64_t now_ms,
                       struct arena *arena, struct error *reterr)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(TEXT_MAX);
    DEFER(bytes_done) struct bytes file = bytes_bounded(TRUST_FILE_MAX);
    struct view view = { .language = language, .out = &out, .arena = arena, .reterr = reterr };
    struct trust trust;

    TRY(trust_file_read(path, &file, reterr));
    TRY(open_store(&view, &file, now_ms, &trust));
    if (json) {
        TRY(write_json(&view, &file, &trust, &out, reterr));
    } else {
        say_head(&view, &trust);
        say_keys(&view, &trust);
        say_authorities(&view, &trust);
        say_policy(&view, &trust);
        say_unknown(&view, &trust);
        TRY(view.status);
    }
    return fwrite(out.data, 1, out.length, stdout) == out.length && fflush(stdout) == 0
               ? STATUS_OK
               : fail(reterr, STATUS_IO, "stdout cannot be written");
}
