/* One page for people: the three answers first, then what they rest on and what they leave open. */
#include "base/text.h"
#include "evidence/verify.h"

#include <stdio.h>
#include <string.h>

struct page {
    enum language language;
    struct bytes *out;
    struct error *reterr;
    enum status status; /* the first failure sticks */
};

static void say(struct page *page, const char *text)
{
    if (page->status == STATUS_OK) {
        page->status = bytes_append_text(page->out, text, page->reterr);
    }
}

/* How many bytes at `at` form a character that could rewrite what the reader sees: C0 and C1
 * controls, and those that turn the direction of writing (U+202A..202E, U+2066..2069). */
static size_t deceiver(const unsigned char *at)
{
    if (at[0] < 0x20 || at[0] == 0x7f) {
        return 1;
    }
    if (at[0] == 0xc2 && at[1] < 0xa0) {
        return 2;
    }
    if (at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae) ||
                          (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9))) {
        return 3;
    }
    return 0;
}

/* Text that came from the bundle; well-formed UTF-8, for the JSON reader saw to that. */
static void quote(struct page *page, const char *text)
{
    const char *at = text == NULL ? "-" : text;

    while (*at != '\0') {
        const char one[2] = { *at, '\0' };
        size_t skip = deceiver((const unsigned char *) at);

        say(page, skip > 0 ? "?" : one);
        at += skip > 0 ? skip : 1;
    }
}

static void say_in(struct page *page, const char *ja, const char *en)
{
    say(page, page->language == LANGUAGE_JA ? ja : en);
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void say_words(struct page *page, const json_t *words)
{
    const struct words both = { .ja = text_of(words, "ja"), .en = text_of(words, "en") };

    quote(page, words_in(&both, page->language));
}

static void heading(struct page *page, const char *ja, const char *en)
{
    say(page, "\n");
    say_in(page, ja, en);
    say(page, "\n");
}

static void say_outcome(struct page *page, const json_t *report)
{
    const char *outcome = text_of(report, "outcome");

    say_in(page, "結論: ", "Outcome: ");
    if (text_equal(outcome, "ok")) {
        say_in(page, "OK。本物で、欠けがなく、指定した条件を満たす。\n",
               "OK. Authentic, complete, and as you asked.\n");
    } else if (text_equal(outcome, "policy")) {
        say_in(page, "条件外 (POLICY)。改変は見つからないが、このままでは受け入れられない。\n",
               "POLICY. No tampering was found, but it is not acceptable as it stands.\n");
    } else if (text_equal(outcome, "unsupported")) {
        say_in(page, "判断不能 (UNSUPPORTED)。この版の検証器が知らない機能を使っている。\n",
               "UNSUPPORTED. It uses something that this version does not understand.\n");
    } else {
        say_in(page, "不合格 (FAIL)。改変されているか壊れている。内容を信じてはならない。\n",
               "FAIL. Tampered with or broken. Believe nothing in it.\n");
    }
}

/* Good paper about a bad device is still good paper; nobody should read it otherwise. */
static void say_scope(struct page *page)
{
    say_in(page, "      (これは証拠ファイルについての結論であり、機器の判定は 2. にある。)\n",
           "         (This speaks of the file. What was found about the device is under 2.)\n");
}

static void say_bundle(struct page *page, const json_t *bundle)
{
    const json_t *firmware = json_object_get(bundle, "firmware");

    if (!json_is_object(bundle)) {
        return;
    }
    say_in(page, "製品: ", "Product: ");
    quote(page, text_of(bundle, "vendor"));
    say(page, " / ");
    quote(page, text_of(bundle, "model"));
    for (size_t i = 0; i < json_array_size(firmware); i++) {
        const json_t *image = json_array_get(firmware, i);

        say_in(page, "\nファームウェア: ", "\nFirmware: ");
        quote(page, text_of(image, "name"));
        say(page, " ");
        quote(page, text_of(image, "version"));
        say(page, "  sha256 ");
        quote(page, text_of(image, "sha256"));
    }
    say_in(page, "\n束の番号: ", "\nBundle: ");
    quote(page, text_of(bundle, "id"));
    say(page, "\n");
}

static void say_signers(struct page *page, const json_t *report)
{
    const json_t *signers = json_object_get(report, "signed_by");
    const json_t *unknown = json_object_get(report, "unknown_signers");

    heading(page, "1. 誰が署名したか", "1. Signed by whom");
    for (size_t i = 0; i < json_array_size(signers); i++) {
        const json_t *signer = json_array_get(signers, i);
        const char *organisation = text_of(signer, "organisation");

        say(page, "   ");
        quote(page, text_of(signer, "statement"));
        say(page, ": ");
        if (organisation != NULL && *organisation != '\0') {
            quote(page, organisation);
            say(page, " (");
            quote(page, text_of(signer, "name"));
            say(page, ", ");
            quote(page, text_of(signer, "role"));
            say(page, ")");
        } else {
            say_in(page, "指定された鍵の持ち主", "the holder of the key you named");
        }
        say(page, "\n      keyid ");
        quote(page, text_of(signer, "keyid"));
        say(page, "\n");
    }
    for (size_t i = 0; i < json_array_size(unknown); i++) {
        say(page, "   ");
        quote(page, text_of(json_array_get(unknown, i), "statement"));
        say_in(page, ": 形式は整っているが、署名者を確認できない\n      keyid ",
               ": of authentic form, but its signer is not known to you\n      keyid ");
        quote(page, text_of(json_array_get(unknown, i), "keyid"));
        say(page, "\n");
    }
    if (json_array_size(signers) + json_array_size(unknown) == 0) {
        say_in(page, "   確認できた署名はない。\n", "   No signature could be confirmed.\n");
    }
}

static void say_verdict(struct page *page, const json_t *report)
{
    const json_t *verdict = json_object_get(report, "verdict");
    const char *overall = text_of(verdict, "overall");
    const char *word;
    const json_t *count;

    heading(page, "2. 判定は計算し直しても同じか", "2. Does the verdict recompute");
    if (!json_is_true(json_object_get(verdict, "recomputes"))) {
        say_in(page, "   いいえ、または確認できなかった。\n",
               "   No, or it could not be examined.\n");
        return;
    }
    say_in(page, "   はい。検査結果から計算した判定: ", "   Yes. What the checks add up to: ");
    quote(page, overall);
    say_in(page, "\n   項目数:", "\n   Clauses:");
    json_object_foreach((json_t *) json_object_get(verdict, "counts"), word, count)
    {
        char number[32];

        (void) snprintf(number, sizeof number, " %lld", (long long) json_integer_value(count));
        say(page, " ");
        quote(page, word);
        say(page, number);
    }
    say(page, "\n");
}

static void say_reproduced(struct page *page, const json_t *report)
{
    const json_t *list = json_object_get(report, "reproduced");

    heading(page, "3. 第三者が独立に再現したもの", "3. What is independently reproduced");
    if (json_array_size(list) == 0) {
        say_in(page, "   ない。信頼する評価者の声明が付いていない。\n",
               "   Nothing: no statement by an evaluator you trust.\n");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        say(page, "   ");
        quote(page, text_of(item, "by"));
        say(page, ": ");
        quote(page, text_of(item, "method"));
        say(page, ", ");
        quote(page, text_of(item, "overall"));
        if (!text_equal(text_of(item, "method"), "re-run")) {
            say_in(page, " (試験のやり直しはしていない)", " (the test was not run again)");
        }
        say(page, "\n");
    }
}

static void say_checks(struct page *page, const json_t *report)
{
    const json_t *checks = json_object_get(report, "checks");

    heading(page, "確認した事項", "What was examined");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *detail = text_of(check, "detail");

        say(page, "   [");
        say_words(page, json_object_get(check, "words"));
        say(page, "] ");
        say_words(page, json_object_get(check, "asks"));
        if (detail != NULL && *detail != '\0') {
            say(page, "\n      ");
            quote(page, detail);
        }
        say(page, "\n");
    }
}

static void say_withheld(struct page *page, const json_t *report)
{
    const json_t *withheld = json_object_get(report, "withheld");
    const json_t *reproduced = json_object_get(report, "reproduced");
    bool seen = false;

    heading(page, "開示されていないもの", "What was withheld");
    for (size_t i = 0; i < json_array_size(withheld); i++) {
        say(page, "   ");
        quote(page, json_string_value(json_array_get(withheld, i)));
        say(page, "\n");
    }
    if (json_array_size(withheld) == 0) {
        say_in(page, "   ない。\n", "   Nothing.\n");
        return;
    }
    for (size_t i = 0; i < json_array_size(reproduced); i++) {
        const json_t *item = json_array_get(reproduced, i);

        if (json_is_true(json_object_get(item, "withheld_seen"))) {
            say_in(page, "   見たと述べている者: ", "   Says it has seen them: ");
            quote(page, text_of(item, "by"));
            say(page, "\n");
            seen = true;
        }
    }
    if (!seen) {
        say_in(page, "   見たと述べている第三者はいない。\n",
               "   No third party says it has seen them.\n");
    }
}

static void say_rest(struct page *page, const json_t *report)
{
    const json_t *notes = json_object_get(report, "notes");
    const json_t *open = json_object_get(report, "not_proven");
    const json_t *trust = json_object_get(report, "trust");

    if (json_array_size(notes) > 0) {
        heading(page, "注記", "Notes");
    }
    for (size_t i = 0; i < json_array_size(notes); i++) {
        say(page, "   ");
        quote(page, text_of(json_array_get(notes, i), "code"));
        say(page, ": ");
        quote(page, text_of(json_array_get(notes, i), "text"));
        say(page, "\n");
    }
    heading(page, "この検証では決して証明できないこと", "What this can never prove");
    for (size_t i = 0; i < json_array_size(open); i++) {
        say(page, "   - ");
        say_words(page, json_array_get(open, i));
        say(page, "\n");
    }
    say_in(page, "\n判定の時刻: ", "\nJudged at: ");
    quote(page, text_of(report, "at"));
    if (text_of(trust, "expires") != NULL) {
        say_in(page, "\n信頼リストの期限: ", "\nTrust store valid until: ");
        quote(page, text_of(trust, "expires"));
    }
    say(page, "\n");
}

enum status verify_page(const json_t *report, enum language language, struct bytes *out,
                        struct error *reterr)
{
    struct page page = { .language = language, .out = out, .reterr = reterr };

    say_outcome(&page, report);
    say_scope(&page);
    say_bundle(&page, json_object_get(report, "bundle"));
    say_signers(&page, report);
    say_verdict(&page, report);
    say_reproduced(&page, report);
    say_checks(&page, report);
    say_withheld(&page, report);
    say_rest(&page, report);
    return page.status;
}
