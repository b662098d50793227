/* One page for people: the three answers first, then what they rest on and what they leave open. */
#include "base/columns.h"
#include "base/text.h"
#include "evidence/verify.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_WIDTH = 80, LINE_MAX_BYTES = 1 << 20 };

struct page {
    enum language language;
    struct bytes *out;
    struct bytes line; /* what was said since the last line's end */
    struct error *reterr;
    enum status status; /* the first failure sticks */
};

/* Ends a line: broken at PAGE_WIDTH columns, what follows set in as far as its beginning is. */
static void end_line(struct page *page)
{
    const char *text;
    size_t indent = 0;
    size_t hang;

    if (page->status == STATUS_OK) {
        page->status = bytes_append(&page->line, "", 1, page->reterr);
    }
    if (page->status != STATUS_OK) {
        return;
    }
    text = (const char *) page->line.data;
    while (text[indent] == ' ') {
        indent++;
    }
    hang = indent + (text_starts_with(text + indent, "- ") ? 2 : 0);
    page->status = bytes_append(page->out, text, indent, page->reterr);
    if (page->status == STATUS_OK) {
        page->status =
            columns_wrap(page->out, text + indent, hang, PAGE_WIDTH - hang, page->reterr);
    }
    page->line.length = 0;
}

static void say(struct page *page, const char *text)
{
    while (page->status == STATUS_OK && *text != '\0') {
        const size_t length = strcspn(text, "\n");

        page->status = bytes_append(&page->line, text, length, page->reterr);
        text += length;
        if (*text == '\n') {
            end_line(page);
            text++;
        }
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
    say_in(page, "   (これは証拠ファイルについての結論であり、機器の判定は 1. にある。)\n",
           "   (This speaks of the file. What was found about the device is under 1.)\n");
}

static void say_advice(struct page *page, const json_t *report)
{
    const json_t *list = json_object_get(report, "advice");

    if (json_array_size(list) > 0) {
        heading(page, "次にすること", "What to do");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        say(page, "   - ");
        say_words(page, json_array_get(list, i));
        say(page, "\n");
    }
    say(page, "\n");
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
        say(page, "\n   sha256 ");
        quote(page, text_of(image, "sha256"));
    }
    say_in(page, "\n束の番号: ", "\nBundle: ");
    quote(page, text_of(bundle, "id"));
    say(page, "\n");
}

static void say_time(struct page *page, const char *time)
{
    if (time != NULL && *time != '\0') {
        say_in(page, "         時刻証明: 遅くとも ", "         timestamp: signed no later than ");
        quote(page, time);
        say_in(page, " に署名済み\n", "\n");
    }
}

static void say_signers(struct page *page, const json_t *report)
{
    const json_t *signers = json_object_get(report, "signed_by");
    const json_t *unknown = json_object_get(report, "unknown_signers");

    say_in(page, "   誰が署名したか\n", "   Signed by whom\n");
    for (size_t i = 0; i < json_array_size(signers); i++) {
        const json_t *signer = json_array_get(signers, i);
        const char *organisation = text_of(signer, "organisation");

        say(page, "      ");
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
        say(page, "\n         keyid ");
        quote(page, text_of(signer, "keyid"));
        say(page, "\n");
        say_time(page, text_of(signer, "time"));
    }
    for (size_t i = 0; i < json_array_size(unknown); i++) {
        say(page, "      ");
        quote(page, text_of(json_array_get(unknown, i), "statement"));
        say_in(page, ": 形式は整っているが、署名者を確認できない\n         keyid ",
               ": of authentic form, but its signer is not known to you\n         keyid ");
        quote(page, text_of(json_array_get(unknown, i), "keyid"));
        say(page, "\n");
    }
    if (json_array_size(signers) + json_array_size(unknown) == 0) {
        say_in(page, "      確認できた署名はない。\n", "      No signature could be confirmed.\n");
    }
}

static void say_post_quantum(struct page *page, const json_t *report)
{
    const json_t *list = json_object_get(report, "post_quantum");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        say_in(page, i > 0 ? "" : "   耐量子署名 (ML-DSA-65):\n",
               i > 0 ? "" : "   Post-quantum signatures (ML-DSA-65):\n");
        say(page, "      ");
        quote(page, text_of(item, "beside"));
        say(page, ": ");
        say_words(page, json_object_get(item, "words"));
        say(page, "\n      keyid ");
        quote(page, text_of(item, "keyid"));
        say(page, "\n");
    }
}

static void say_verdict(struct page *page, const json_t *report)
{
    const json_t *verdict = json_object_get(report, "verdict");
    const char *overall = text_of(verdict, "overall");
    const char *word;
    const json_t *count;

    say_in(page, "   判定は計算し直しても同じか\n", "   Does the verdict recompute\n");
    if (!json_is_true(json_object_get(verdict, "recomputes"))) {
        say_in(page, "      いいえ、または確認できなかった。\n",
               "      No, or it could not be examined.\n");
        return;
    }
    say_in(page,
           "      はい。検査結果から計算した判定: ", "      Yes. What the checks add up to: ");
    quote(page, overall);
    say_in(page, "\n      項目数:", "\n      Clauses:");
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

/* Parts of an item that are there, each with what stands before it. */
struct part {
    const char *name;
    struct words before;
};

static void say_parts(struct page *page, const json_t *item, const struct part *parts)
{
    for (size_t i = 0; parts[i].name != NULL; i++) {
        const char *text = text_of(item, parts[i].name);

        if (text != NULL && *text != '\0') {
            say(page, words_in(&parts[i].before, page->language));
            quote(page, text);
        }
    }
}

static void say_reproduced(struct page *page, const json_t *report)
{
    static const struct part parts[] = { { "by", { .ja = "      ", .en = "      " } },
                                         { "method", { .ja = ": ", .en = ": " } },
                                         { "overall", { .ja = ", ", .en = ", " } },
                                         { .name = NULL } };
    const json_t *list = json_object_get(report, "reproduced");

    say_in(page, "   第三者が独立に再現したもの\n", "   What is independently reproduced\n");
    if (json_array_size(list) == 0) {
        say_in(page, "      ない。信頼する評価者の声明が付いていない。\n",
               "      Nothing: no statement by an evaluator you trust.\n");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        say_parts(page, item, parts);
        if (!text_equal(text_of(item, "method"), "re-run")) {
            say_in(page, " (試験のやり直しはしていない)", " (the test was not run again)");
        }
        say(page, "\n");
    }
}

/* An authority's word is given as its word: what IPA's register says is not known here. */
static void say_said(struct page *page, const json_t *report)
{
    static const struct {
        const char *list;
        struct words is;
    } kinds[] = {
        { "evaluations", { .ja = "評価", .en = "evaluation" } },
        { "waivers", { .ja = "免除(判定は変わらない)", .en = "waiver (changes no verdict)" } },
        { "attestations", { .ja = "人による確認", .en = "attested by a person" } },
        { "registrations", { .ja = "登録の申告", .en = "registration, as stated by" } },
    };
    static const struct part parts[] = {
        { "by", { .ja = ": ", .en = ": " } },
        { "method", { .ja = "、", .en = ", " } },
        { "overall", { .ja = "、", .en = ", " } },
        { "clause", { .ja = "、項目 ", .en = ", clause " } },
        { "check", { .ja = "、検査 ", .en = ", check " } },
        { "verdict", { .ja = " ", .en = " " } },
        { "registration_number", { .ja = "、番号 ", .en = ", number " } },
        { "state", { .ja = "、状態 ", .en = ", state " } },
        { "url", { .ja = "、照合先 ", .en = ", to compare with " } },
        { "not_after", { .ja = "、期限 ", .en = ", until " } },
        { "justification", { .ja = "。理由: ", .en = "; because: " } },
        { "reason", { .ja = "。数えない: ", .en = "; does not count: " } },
        { .name = NULL },
    };
    static const struct part of_detail[] = {
        { "clause", { .ja = "\n         項目 ", .en = "\n         clause " } },
        { "verdict", { .ja = ": ", .en = ": " } },
        { "remark", { .ja = "、", .en = ", " } },
        { "registrationNumber",
          { .ja = "\n         引用された登録番号(未確認) ", .en = "\n         quotes number " } },
        { "authority", { .ja = "、", .en = " of " } },
        { "url", { .ja = "、照合先 ", .en = ", not examined here; compare with " } },
        { .name = NULL },
    };

    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        const json_t *list = json_object_get(report, kinds[kind].list);

        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *item = json_array_get(list, i);
            const json_t *findings = json_object_get(item, "findings");

            say(page, "      ");
            say(page, words_in(&kinds[kind].is, page->language));
            say_parts(page, item, parts);
            for (size_t j = 0; j < json_array_size(findings); j++) {
                say_parts(page, json_array_get(findings, j), of_detail);
            }
            say_parts(page, json_object_get(item, "label_quoted"), of_detail);
            say(page, "\n");
        }
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

    heading(page, "3. 開示されていないものと、それを見た者",
            "3. What was withheld, and who saw it");
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

/* Of a file that was tampered with nothing is proven, whatever parts of it still look well. */
static void say_proven(struct page *page, const json_t *report)
{
    heading(page, "1. 証明されたこと", "1. What is proven");
    if (text_equal(text_of(report, "outcome"), "fail")) {
        say_in(page, "   何もない。\n", "   Nothing.\n");
        return;
    }
    say_signers(page, report);
    say_post_quantum(page, report);
    say_verdict(page, report);
    say_reproduced(page, report);
    say_said(page, report);
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
    say(page, json_object_get(runs, "previous") == NULL ? "" : words);
}

static void say_open(struct page *page, const json_t *report)
{
    const json_t *open = json_object_get(report, "not_proven");

    heading(page, "2. 証明されないこと", "2. What is not, and can never be, proven");
    for (size_t i = 0; i < json_array_size(open); i++) {
        say(page, "   - ");
        say_words(page, json_array_get(open, i));
        say(page, "\n");
    }
    say_runs(page, json_object_get(report, "claimed_runs"));
}

static void say_store(struct page *page, const json_t *trust)
{
    char version[32];

    (void) snprintf(version, sizeof version, "%lld",
                    (long long) json_integer_value(json_object_get(trust, "version")));
    say_in(page, "   信頼リスト: ", "   Trust store: ");
    quote(page, text_of(trust, "id"));
    say_in(page, "、第 ", ", version ");
    say(page, version);
    say_in(page, " 版、期限 ", ", valid until ");
    quote(page, text_of(trust, "expires"));
    say(page, "\n");
    if (!json_is_true(json_object_get(trust, "root_compared"))) {
        say_in(page, "   根の鍵は書面の鍵IDと突き合わせていない (--trust-root)。\n",
               "   Its root key was not compared with a key id on paper (--trust-root).\n");
    }
    if (!json_is_true(json_object_get(trust, "rollback_protected"))) {
        say_in(page,
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

    heading(page, "4. 有効性", "4. Validity");
    say_in(page, "   判定の時刻: ", "   Judged at: ");
    quote(page, text_of(report, "at"));
    say(page, "\n");
    if (text_equal(text_of(trust, "by"), "store")) {
        say_store(page, trust);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (text_of(item, "valid_until") != NULL) {
            say_in(page, "   評価の期限 (", "   Evaluation valid until (");
            quote(page, text_of(item, "by"));
            say(page, "): ");
            quote(page, text_of(item, "valid_until"));
            say(page, "\n");
        }
    }
    say_in(page,
           "   この束は、試験した版のファームウェアと、試験した時の機器だけについて述べる。\n",
           "   The bundle speaks only of the firmware that was tested and of the device as it was "
           "then.\n");
}

/* What is known of the scheme from public pages; how sure each point is, is written down in
 * labels/ and docs/. */
static void say_label(struct page *page, const json_t *report)
{
    const json_t *verdict = json_object_get(report, "verdict");

    heading(page, "5. ラベルを IPA で確かめるには", "5. How to check a label with IPA");
    if (!text_equal(text_of(verdict, "scheme"), "jc-star")) {
        say_in(page, "   この束は JC-STAR の検査によるものではない。\n",
               "   This bundle does not come from a test against JC-STAR.\n");
        return;
    }
    say_in(
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
        heading(page, "注記", "Notes");
    }
    for (size_t i = 0; i < json_array_size(notes); i++) {
        say(page, "   - ");
        quote(page, text_of(json_array_get(notes, i), "code"));
        say(page, ": ");
        quote(page, text_of(json_array_get(notes, i), "text"));
        say(page, "\n");
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
