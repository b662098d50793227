/* The page's part about what others than the vendor say. */
#include "evidence/verify_page_private.h"

/* Parts of an item that are there, each with what stands before it. */
struct part {
    const char *name;
    struct words before;
};

static void say_parts(struct page *page, const json_t *item, const struct part *parts)
{
    for (size_t i = 0; parts[i].name != NULL; i++) {
        const char *text = page_text(item, parts[i].name);

        if (text != NULL && *text != '\0') {
            page_say(page, words_in(&parts[i].before, page->language));
            page_quote(page, text);
        }
    }
}

void page_reproduced(struct page *page, const json_t *report)
{
    static const struct part parts[] = { { "by", { .ja = "      ", .en = "      " } },
                                         { "method", { .ja = ": ", .en = ": " } },
                                         { "overall", { .ja = ", ", .en = ", " } },
                                         { .name = NULL } };
    const json_t *list = json_object_get(report, "reproduced");

    page_say_in(page, "   第三者が独立に再現したもの\n", "   What is independently reproduced\n");
    if (json_array_size(list) == 0) {
        page_say_in(page, "      ない。数えられる評価が付いていない。\n",
                    "      Nothing: there is no evaluation that counts.\n");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        say_parts(page, item, parts);
        if (!text_equal(page_text(item, "method"), "re-run")) {
            page_say_in(page, " (試験のやり直しはしていない)", " (the test was not run again)");
        }
        page_say(page, "\n");
    }
}

/* An authority's word is given as its word: what IPA's register says is not known here. */
void page_said(struct page *page, const json_t *report)
{
    static const struct {
        const char *list;
        struct words is;
    } kinds[] = {
        { "evaluations", { .ja = "評価", .en = "evaluation" } },
        { "waivers", { .ja = "免除(判定は変わらない)", .en = "waiver (changes no verdict)" } },
        { "attestations", { .ja = "人による確認", .en = "attested by a person" } },
        { "registrations", { .ja = "登録の申告", .en = "registration, as stated by" } },
        { "judgements",
          { .ja = "別の基準での再判定(判定は変わらない)",
            .en = "judged again by other rules (changes no verdict)" } },
    };
    static const struct part parts[] = {
        { "by", { .ja = ": ", .en = ": " } },
        { "method", { .ja = "、", .en = ", " } },
        { "suite", { .ja = "、検査スイート ", .en = ", suite " } },
        { "version", { .ja = " ", .en = " " } },
        { "overall", { .ja = "、", .en = ", " } },
        { "clause", { .ja = "、項目 ", .en = ", clause " } },
        { "check", { .ja = "、検査 ", .en = ", check " } },
        { "verdict", { .ja = " ", .en = " " } },
        { "registration_number", { .ja = "、番号 ", .en = ", number " } },
        { "state", { .ja = "、状態 ", .en = ", state " } },
        { "url", { .ja = "、照合先 ", .en = ", to compare with " } },
        { "issued_at", { .ja = "、日付 ", .en = ", dated " } },
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

    bool any = false;

    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        const json_t *list = json_object_get(report, kinds[kind].list);

        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *item = json_array_get(list, i);
            const json_t *findings = json_object_get(item, "findings");

            page_say_in(page, any ? "" : "   既知の署名者が述べていること\n",
                        any ? "" : "   What signers you know state\n");
            any = true;
            page_say(page, "      ");
            page_say(page, words_in(&kinds[kind].is, page->language));
            say_parts(page, item, parts);
            for (size_t j = 0; j < json_array_size(findings); j++) {
                say_parts(page, json_array_get(findings, j), of_detail);
            }
            say_parts(page, json_object_get(item, "label_quoted"), of_detail);
            page_say(page, "\n");
        }
    }
}
