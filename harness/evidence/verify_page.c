/* One page for people: the three answers first, then what they rest on and what they leave open. */
#include "evidence/verify.h"
#include "evidence/verify_page_private.h"

#include <stdio.h>

enum { LINE_MAX_BYTES = 1 << 20 };

static bool check_is(const json_t *report, const char *code, const char *outcome)
{
    const json_t *checks = json_object_get(report, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++) {
        if (text_equal(page_text(json_array_get(checks, i), "code"), code)) {
            return text_equal(page_text(json_array_get(checks, i), "outcome"), outcome);
        }
    }
    return false;
}

/* A forged trust store says nothing against the bundle. */
static bool is_stores_failure(const json_t *report)
{
    const json_t *checks = json_object_get(report, "checks");
    size_t failed = 0;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        failed += text_equal(page_text(json_array_get(checks, i), "outcome"), "fail");
    }
    return failed == 1 && check_is(report, "trust", "fail");
}

static void say_outcome(struct page *page, const json_t *report)
{
    const char *outcome = page_text(report, "outcome");

    page_say_in(page, "結論: ", "Outcome: ");
    if (text_equal(outcome, "ok") && json_array_size(json_object_get(report, "withheld")) > 0) {
        page_say_in(
            page,
            "OK。本物で、開示されていないもの (3.) のほかに欠けがなく、指定した条件を満たす。\n",
            "OK. Authentic, nothing missing but what was withheld (3.), and as you asked.\n");
    } else if (text_equal(outcome, "ok")) {
        page_say_in(page, "OK。本物で、欠けがなく、指定した条件を満たす。\n",
                    "OK. Authentic, complete, and as you asked.\n");
    } else if (text_equal(outcome, "policy")) {
        page_say_in(page, "条件外 (POLICY)。改変は見つからないが、このままでは受け入れられない。\n",
                    "POLICY. No tampering was found, but it is not acceptable as it stands.\n");
    } else if (text_equal(outcome, "unsupported")) {
        page_say_in(page, "判断不能 (UNSUPPORTED)。この版の検証器が知らない機能を使っている。\n",
                    "UNSUPPORTED. It uses something that this version does not understand.\n");
    } else if (is_stores_failure(report)) {
        page_say_in(
            page,
            "不合格 (FAIL)。信頼リストが改変されているか壊れている。この証拠ファイルについては"
            "何も言えない。\n",
            "FAIL. The trust store is tampered with or broken, so nothing can be said of this "
            "file.\n");
    } else {
        page_say_in(page, "不合格 (FAIL)。改変されているか壊れている。内容を信じてはならない。\n",
                    "FAIL. Tampered with or broken. Believe nothing in it.\n");
    }
}

/* Good paper about a bad device is still good paper; nobody should read it otherwise. */
static void say_scope(struct page *page)
{
    page_say_in(page, "   (これは証拠ファイルについての結論であり、機器の判定は 1. にある。)\n",
                "   (This speaks of the file. What was found about the device is under 1.)\n");
}

static void say_advice(struct page *page, const json_t *report)
{
    const json_t *list = json_object_get(report, "advice");

    if (json_array_size(list) > 0) {
        page_heading(page, "次にすること", "What to do");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        page_say(page, "   - ");
        page_say_words(page, json_array_get(list, i));
        page_say(page, "\n");
    }
    page_say(page, "\n");
}

static void say_bundle(struct page *page, const json_t *bundle)
{
    const json_t *firmware = json_object_get(bundle, "firmware");

    if (!json_is_object(bundle)) {
        return;
    }
    page_say_in(page, "製品: ", "Product: ");
    page_quote(page, page_text(bundle, "vendor"));
    page_say(page, " / ");
    page_quote(page, page_text(bundle, "model"));
    for (size_t i = 0; i < json_array_size(firmware); i++) {
        const json_t *image = json_array_get(firmware, i);

        page_say_in(page, "\nファームウェア: ", "\nFirmware: ");
        page_quote(page, page_text(image, "name"));
        page_say(page, " ");
        page_quote(page, page_text(image, "version"));
        page_say(page, "\n   sha256 ");
        page_quote(page, page_text(image, "sha256"));
    }
    page_say_in(page, "\n束の番号: ", "\nBundle: ");
    page_quote(page, page_text(bundle, "id"));
    page_say(page, "\n");
}

static void say_time(struct page *page, const char *time)
{
    if (time != NULL && *time != '\0') {
        page_say_in(page, "         時刻証明: 遅くとも ",
                    "         timestamp: signed no later than ");
        page_quote(page, time);
        page_say_in(page, " に署名済み\n", "\n");
    }
}

static void say_signers(struct page *page, const json_t *report)
{
    const json_t *signers = json_object_get(report, "signed_by");
    const json_t *unknown = json_object_get(report, "unknown_signers");

    page_say_in(page, "   誰が署名したか\n", "   Signed by whom\n");
    for (size_t i = 0; i < json_array_size(signers); i++) {
        const json_t *signer = json_array_get(signers, i);
        const char *organisation = page_text(signer, "organisation");

        page_say(page, "      ");
        page_quote(page, page_text(signer, "statement"));
        page_say(page, ": ");
        if (organisation != NULL && *organisation != '\0') {
            page_quote(page, organisation);
            page_say(page, " (");
            page_quote(page, page_text(signer, "name"));
            page_say(page, ", ");
            page_quote(page, page_text(signer, "role"));
            page_say(page, ")");
        } else {
            page_say_in(page, "指定された鍵の持ち主", "the holder of the key you named");
        }
        page_say(page, "\n         keyid ");
        page_quote(page, page_text(signer, "keyid"));
        page_say(page, "\n");
        say_time(page, page_text(signer, "time"));
    }
    for (size_t i = 0; i < json_array_size(unknown); i++) {
        page_say(page, "      ");
        page_quote(page, page_text(json_array_get(unknown, i), "statement"));
        page_say_in(page, ": 形式は整っているが、署名者を確認できない\n         keyid ",
                    ": of authentic form, but its signer is not known to you\n         keyid ");
        page_quote(page, page_text(json_array_get(unknown, i), "keyid"));
        page_say(page, "\n");
    }
    if (json_array_size(signers) + json_array_size(unknown) == 0) {
        page_say_in(page, "      確認できた署名はない。\n",
                    "      No signature could be confirmed.\n");
    }
}

static void say_post_quantum(struct page *page, const json_t *report)
{
    const json_t *list = json_object_get(report, "post_quantum");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        page_say_in(page, i > 0 ? "" : "   耐量子署名 (ML-DSA-65):\n",
                    i > 0 ? "" : "   Post-quantum signatures (ML-DSA-65):\n");
        page_say(page, "      ");
        page_quote(page, page_text(item, "beside"));
        page_say(page, ": ");
        page_say_words(page, json_object_get(item, "words"));
        page_say(page, "\n      keyid ");
        page_quote(page, page_text(item, "keyid"));
        page_say(page, "\n");
    }
}

static void say_verdict(struct page *page, const json_t *report)
{
    const json_t *verdict = json_object_get(report, "verdict");
    const char *overall = page_text(verdict, "overall");
    const char *word;
    const json_t *count;

    page_say_in(page, "   判定は計算し直しても同じか\n", "   Does the verdict recompute\n");
    if (!json_is_true(json_object_get(verdict, "recomputes"))) {
        page_say_in(page, "      いいえ、または確認できなかった。\n",
                    "      No, or it could not be examined.\n");
        return;
    }
    page_say_in(page,
                "      はい。検査結果から計算した判定: ", "      Yes. What the checks add up to: ");
    page_quote(page, overall);
    page_say_in(page, "\n      項目数:", "\n      Clauses:");
    json_object_foreach((json_t *) json_object_get(verdict, "counts"), word, count)
    {
        char number[32];

        (void) snprintf(number, sizeof number, " %lld", (long long) json_integer_value(count));
        page_say(page, " ");
        page_quote(page, word);
        page_say(page, number);
    }
    page_say(page, "\n");
    if (json_is_true(json_object_get(verdict, "provisional"))) {
        page_say_in(page,
                    "      項目 P2-、P3-、P4- は暫定であり、IPAの基準ではない。"
                    "この結果は JC-STAR の★を意味しない。\n",
                    "      Clauses P2-, P3-, P4- are provisional, not IPA's criteria: this result "
                    "speaks of no star of JC-STAR.\n");
    }
}

static void say_checks(struct page *page, const json_t *report)
{
    const json_t *checks = json_object_get(report, "checks");

    page_heading(page, "確認した事項", "What was examined");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *detail = page_text(check, "detail");

        page_say(page, "   [");
        page_say_words(page, json_object_get(check, "words"));
        page_say(page, "] ");
        page_say_words(page, json_object_get(check, "asks"));
        if (detail != NULL && *detail != '\0') {
            page_say(page, "\n      ");
            page_quote(page, detail);
        }
        page_say(page, "\n");
    }
}

static void say_withheld(struct page *page, const json_t *report)
{
    const json_t *withheld = json_object_get(report, "withheld");
    const json_t *reproduced = json_object_get(report, "reproduced");
    bool seen = false;

    page_heading(page, "3. 開示されていないものと、それを見た者",
                 "3. What was withheld, and who saw it");
    for (size_t i = 0; i < json_array_size(withheld); i++) {
        page_say(page, "   ");
        page_quote(page, json_string_value(json_array_get(withheld, i)));
        page_say(page, "\n");
    }
    if (!check_is(report, "entries", "ok")) {
        page_say_in(page, "   確認できなかった。\n", "   It could not be examined.\n");
        return;
    }
    if (json_array_size(withheld) == 0) {
        page_say_in(page, "   ない。\n", "   Nothing.\n");
        return;
    }
    for (size_t i = 0; i < json_array_size(reproduced); i++) {
        const json_t *item = json_array_get(reproduced, i);

        if (json_is_true(json_object_get(item, "withheld_seen"))) {
            page_say_in(page, "   見たと述べている者: ", "   Says it has seen them: ");
            page_quote(page, page_text(item, "by"));
            page_say(page, "\n");
            seen = true;
        }
    }
    if (!seen) {
        page_say_in(page, "   見たと述べている第三者はいない。\n",
                    "   No third party says it has seen them.\n");
    }
}

/* Of a file that was tampered with nothing is proven, whatever parts of it still look well. */
static void say_proven(struct page *page, const json_t *report)
{
    page_heading(page, "1. 証明されたこと", "1. What is proven");
    if (text_equal(page_text(report, "outcome"), "fail")) {
        page_say_in(page, "   何もない。\n", "   Nothing.\n");
        return;
    }
    say_signers(page, report);
    say_post_quantum(page, report);
    say_verdict(page, report);
    page_reproduced(page, report);
    page_said(page, report);
}

static void say_runs(struct page *page, const json_t *runs)
{
    static const char ja[] = "   - 試験者側の機械の申告: この型番の以前の試験%lld件(未封印%lld件)、"
                             "この試験の中断%lld回。その記録を消せば、数は初めからになる。\n";
    static const char en[] =
        "   - Claimed by the tester's own machine: earlier runs of this model %lld, of them never "
        "sealed %lld, interruptions of this run %lld. Deleting its record starts the count anew.\n";
    char words[400] = "";

    (void) snprintf(words, sizeof words, page->language == LANGUAGE_JA ? ja : en,
                    json_integer_value(json_object_get(runs, "previous")),
                    json_integer_value(json_object_get(runs, "previous_unsealed")),
                    json_integer_value(json_object_get(runs, "interruptions")));
    page_say(page, json_object_get(runs, "previous") == NULL ? "" : words);
}

static void say_open(struct page *page, const json_t *report)
{
    const json_t *open = json_object_get(report, "not_proven");

    page_heading(page, "2. 証明されないこと", "2. What is not, and can never be, proven");
    for (size_t i = 0; i < json_array_size(open); i++) {
        page_say(page, "   - ");
        page_say_words(page, json_array_get(open, i));
        page_say(page, "\n");
    }
    say_runs(page, json_object_get(report, "claimed_runs"));
}

static void say_store(struct page *page, const json_t *trust)
{
    char version[32];

    (void) snprintf(version, sizeof version, "%lld",
                    (long long) json_integer_value(json_object_get(trust, "version")));
    page_say_in(page, "   信頼リスト: ", "   Trust store: ");
    page_quote(page, page_text(trust, "id"));
    page_say_in(page, "、第 ", ", version ");
    page_say(page, version);
    page_say_in(page, " 版、期限 ", ", valid until ");
    page_quote(page, page_text(trust, "expires"));
    page_say(page, "\n");
    if (!json_is_true(json_object_get(trust, "root_compared"))) {
        page_say_in(page, "   根の鍵は書面の鍵IDと突き合わせていない (--trust-root)。\n",
                    "   Its root key was not compared with a key id on paper (--trust-root).\n");
    }
    if (!json_is_true(json_object_get(trust, "rollback_protected"))) {
        page_say_in(page,
                    "   以前のものより古い信頼リストにすり替えられていても、ここでは分からない "
                    "(--state がない)。\n",
                    "   Had it been exchanged for an older one, nothing here would show it (no "
                    "--state).\n");
    }
}

static void say_validity(struct page *page, const json_t *report)
{
    const json_t *trust = json_object_get(report, "trust");
    const json_t *list = json_object_get(report, "reproduced");

    page_heading(page, "4. 有効性", "4. Validity");
    page_say_in(page, "   判定の時刻: ", "   Judged at: ");
    page_quote(page, page_text(report, "at"));
    page_say(page, "\n");
    if (text_equal(page_text(trust, "by"), "store")) {
        say_store(page, trust);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (page_text(item, "valid_until") != NULL) {
            page_say_in(page, "   評価の期限 (", "   Evaluation valid until (");
            page_quote(page, page_text(item, "by"));
            page_say(page, "): ");
            page_quote(page, page_text(item, "valid_until"));
            page_say(page, "\n");
        }
    }
    page_say_in(
        page, "   この束は、試験した版のファームウェアと、試験した時の機器だけについて述べる。\n",
        "   The bundle speaks only of the firmware that was tested and of the device as it was "
        "then.\n");
}

/* What is known of the scheme from public pages; how sure each point is, is written down in
 * labels/ and docs/. */
static void say_label(struct page *page, const json_t *report)
{
    const json_t *verdict = json_object_get(report, "verdict");

    page_heading(page, "5. ラベルを IPA で確かめるには", "5. How to check a label with IPA");
    if (page_text(verdict, "scheme") == NULL) {
        page_say_in(page, "   何の検査によるものか、確認できなかった。\n",
                    "   What it was tested against could not be examined.\n");
        return;
    }
    if (!text_equal(page_text(verdict, "scheme"), "jc-star")) {
        page_say_in(page, "   この束は JC-STAR の検査によるものではない。\n",
                    "   This bundle does not come from a test against JC-STAR.\n");
        return;
    }
    page_say_in(
        page,
        "   この検証は IPA がラベルを交付したかどうかを示さない。決めるのは IPA である。\n"
        "   - 製品のラベルの二次元コードを読み、開いたページが IPA のもの (ipa.go.jp) かを見る。\n"
        "   - そこにある製品名、型番、★の数、登録番号が手元の製品のものかを見る。申請番号、"
        "受理番号、仮登録番号は登録番号ではない。\n"
        "   - 状態が有効で、期限が過ぎていないかを見る (ラベルの期間は最長 2 年)。\n"
        "   - ★1 と ★2 は製造者の自己宣言であり、第三者評価ではない。\n",
        "   This verification does not show whether IPA granted a label; only IPA says so.\n"
        "   - Read the two-dimensional code on the product's label, and see that the page it "
        "opens is IPA's (ipa.go.jp).\n"
        "   - See that the product, model, number of stars and registration number there are "
        "your product's. Numbers of application, acceptance or provisional registration are "
        "no registration number.\n"
        "   - See that its state is valid and its time not over (a label lasts two years at "
        "most).\n"
        "   - One and two stars are the vendor's own declaration, not an evaluation by a "
        "third party.\n");
}

static void say_notes(struct page *page, const json_t *report)
{
    const json_t *notes = json_object_get(report, "notes");

    if (json_array_size(notes) > 0) {
        page_heading(page, "注記", "Notes");
    }
    for (size_t i = 0; i < json_array_size(notes); i++) {
        page_say(page, "   - ");
        page_quote(page, page_text(json_array_get(notes, i), "code"));
        page_say(page, ": ");
        page_quote(page, page_text(json_array_get(notes, i), "text"));
        page_say(page, "\n");
    }
}

enum status verify_page(const json_t *report, enum language language, struct bytes *out,
                        struct error *reterr)
{
    struct page page = {
        .language = language, .out = out, .line = bytes_bounded(LINE_MAX_BYTES), .reterr = reterr
    };

    say_outcome(&page, report);
    say_scope(&page);
    say_advice(&page, report);
    say_bundle(&page, json_object_get(report, "bundle"));
    say_proven(&page, report);
    say_open(&page, report);
    say_withheld(&page, report);
    say_validity(&page, report);
    say_label(&page, report);
    say_checks(&page, report);
    say_notes(&page, report);
    bytes_done(&page.line);
    return page.status;
}
