/* Text with positions, and what is looked for in it. */
#include "reading/finder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct scene {
    struct arena *arena;
    struct reading *reading;
    struct finder *finder;
};

static void scene_done(struct scene *scene)
{
    finder_free(scene->finder);
    arena_free(scene->arena);
}

static struct scene scene_of(const char *text, const char *element, unsigned near)
{
    struct scene scene = { .arena = arena_new() };
    struct error error = { 0 };
    json_t *elements = json_pack("[s]", element);

    cr_assert_eq(reading_of(text, strlen(text), NULL, scene.arena, &scene.reading, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(finder_new(elements, "HC-100", near, &scene.finder, &error), STATUS_OK, "%s",
                 error.message);
    json_decref(elements);
    return scene;
}

static struct finding look(const char *text, const char *element, unsigned near)
{
    struct scene scene = scene_of(text, element, near);
    struct finding finding;

    finder_look(scene.finder, scene.reading, 0, scene.arena, &finding);
    finding.element = NULL;
    finding.quote = NULL;
    scene_done(&scene);
    return finding;
}

Test(finder, width_and_line_ends_do_not_matter)
{
    cr_expect(look("ｾｷｭﾘﾃｨ更新\n", "a: セキュリティ更新", 0).found);
    cr_expect(look("セキュリ\nティ更新", "a: セキュリティ更新", 0).found, "joined");
    cr_expect(look("security\nupdate", "a: security update", 0).found, "with a blank");
    cr_expect(look("ＨＣ－１００", "a: <model>", 0).found);
    cr_expect(look("Model: hc-100.", "a: <model>", 0).found);
    cr_expect_not(look("HC-1000", "a: <model>", 0).found);
    cr_expect_not(look("XHC-100", "a: <model>", 0).found);
}

Test(finder, other_parts_stand_near_the_first)
{
    static const char text[] = "# Support\n\nSee below.\n\nEnds 2029-12-31.\n\n# Birthday\n\n"
                               "Born 1999-01-02.\n";

    cr_expect(look(text, "a: support && <date>", 2).found);
    cr_expect_str_eq(look(text, "a: support && <date>", 2).date, "2029-12-31");
    cr_expect_not(look(text, "a: support && <date>", 1).found, "too far");
    cr_expect_not(
        look("# Support\n\nno end\n\n# Birthday\n\n1999-01-02\n", "a: support && <date>", 5).found,
        "a heading begins another matter");
    cr_expect_eq(look(text, "a: ends", 0).line, 5);
}

Test(finder, the_first_of_two_places_may_be_the_wrong_one)
{
    cr_expect(look("Support is nice.\n\nNothing.\n\nSupport until 2029-12-31\n",
                   "a: support && <date>", 0)
                  .found);
}

#define SUPPORT_END                                                                                \
    "a: (サポート|提供|保守|配信|support).*(終了|期限|期間|まで|end|until|period) && <date>"

Test(finder, a_date_that_is_no_end_is_not_taken_for_one)
{
    static const struct {
        const char *text;
        const char *date; /* "": none */
    } cases[] = {
        { "サポート終了日は未定です（2029年12月31日時点）。", "" },
        { "サポート終了日は未定です。最終更新: 2029年12月31日", "" },
        { "サポート終了日について（発行日: 2029年12月31日）", "" },
        { "このページの更新日 2029年12月31日。サポート期間は長いです。", "" },
        { "2029年発売の本製品のサポート期間は未定です。", "" },
        { "サポート期間: 2024年4月1日から5年間", "" },
        { "サポート期間: 2024年4月1日から2029年3月31日まで", "2029-03-31" },
        { "サポート期間: 2024年4月1日～2029年3月31日", "2029-03-31" },
        { "2029年12月31日までサポートを提供します。提供期間は延びません。", "2029-12-31" },
        { "support period: from 1 april 2024 to 31 march 2029", "2029-03-31" },
        { "the support end is not yet decided as of 31 march 2029", "" },
        { "last updated on 2029-03-31: when support will end", "" },
        { "support will end; we do not promise a date such as 2029-12-31", "" },
        { "security support until 31 december 2029.", "2029-12-31" },
        { "サポート終了日 令和１１年１２月３１日", "2029-12-31" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct finding finding = look(cases[i].text, SUPPORT_END, 3);

        cr_expect_eq(finding.found, cases[i].date[0] != '\0', "'%s': %s", cases[i].text,
                     finding.date);
        cr_expect(!finding.found || strcmp(finding.date, cases[i].date) == 0, "'%s': %s",
                  cases[i].text, finding.date);
    }
}

Test(finder, a_date_of_issue_is_found_where_it_is_asked_for)
{
    cr_expect(look("Date of issue: 2024-04-29", "a: (date of issue|発行日) && <date>", 0).found);
    cr_expect(look("発行日 2024年4月29日", "a: (date of issue|発行日) && <date>", 0).found);
}

Test(finder, what_is_not_promised_is_no_time)
{
    static const char element[] = "a: (受領|返信|acknowledg|initial response) && <days>";

    cr_expect_not(
        look("We do not promise to acknowledge a report within 5 days.", element, 0).found);
    cr_expect_not(look("An acknowledgement within 5 days is not guaranteed.", element, 0).found);
    cr_expect_not(look("受領の通知は5日以内を保証するものではありません。", element, 0).found);
    cr_expect_not(look("返信の時期は未定です。部品は30日以内に返品できます。", element, 0).found);
    cr_expect(look("We acknowledge every report. This takes 5 days at most.", element, 0).found);
    cr_expect(look("受領後5営業日以内に返信します。", element, 0).found);
}

Test(finder, what_a_page_hides_is_not_said)
{
    cr_expect_not(
        look("<html><body><script>contact</script><style>contact</style><p>x</p>", "a: contact", 0)
            .found);
    cr_expect(look("<html><body><p><a href='mailto:me@vendor.example'>us</a></p>", "a: <email>", 0)
                  .found);
    cr_expect_eq(look("<html><body>\n<p>x</p>\n<p>contact</p>", "a: contact", 0).line, 3);
}

Test(finder, hidden_struck_out_or_a_menu_is_not_said)
{
    static const char *const pages[] = {
        "<html><body><p>x<!-- contact --></p>",
        "<html><body><p>x<p hidden>contact</p>",
        "<html><body><p>x<p style='color: red; Display : NONE'>contact</p>",
        "<html><body><p>x<span style='visibility:hidden'>contact</span>",
        "<html><body><p>x<span style='font-size: 0'>contact</span>",
        "<html><body><p>x<dialog>contact</dialog>",
        "<html><body><p>x<del>contact</del>",
        "<html><body><p>x<s>contact</s>",
        "<html><body><p>x<iframe src='/'>contact</iframe>",
        "<html><body><p>x<nav><ul><li><a href='https://a.example/'>contact</a></ul></nav>",
        "<html><body><p>x<div role='navigation'><a href='https://a.example/'>contact</a></div>",
        "x\n<!-- contact\nand more -->\n",
    };

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        cr_expect_not(look(pages[i], "a: contact", 0).found, "%s", pages[i]);
    }
    cr_expect(look("<html><body><dialog open>contact</dialog>", "a: contact", 0).found);
    cr_expect(look("<html><body><p style='opacity:0.9'>contact", "a: contact", 0).found);
    cr_expect(look("<html><body><nav>HC-100</nav>", "a: <model>", 0).found, "it is shown");
    cr_expect_eq(look("<!-- a\nb -->\ncontact", "a: contact", 0).line, 3);
}

Test(finder, the_end_of_another_product_is_not_ours)
{
    struct scene scene = scene_of(
        "<html><table><tr><td>HC-1000<td>support until 2024-12-31<tr><td>HC-100<td>support "
        "until 2029-12-31</table>",
        "a: support && <date>", 0);
    char dates[4][VALUE_DATE_SIZE] = { "" };

    cr_expect_eq(finder_dates(scene.finder, scene.reading, 0, dates, 4), 1);
    cr_expect_str_eq(dates[0], "2029-12-31");
    scene_done(&scene);
}

Test(finder, a_text_that_was_cut_is_not_whole)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    size_t length = 3 * (size_t) READING_TEXT_MAX;
    char *text = malloc(length + 1);
    struct reading *reading = NULL;

    cr_assert_not_null(text);
    for (size_t i = 0; i < length; i++) { /* little of it is kept: what is cut off is not */
        text[i] = (char) (i % 4096 == 0 ? 'x' : i % 4096 < 3 ? '\n' : ' ');
    }
    text[length] = '\0';
    cr_assert_eq(reading_of(text, length, NULL, arena, &reading, NULL), STATUS_OK);
    cr_expect(reading->cut);
    free(text);
}

Test(finder, every_date_of_an_element_counts)
{
    struct scene scene = scene_of("support until 2029-12-31\n\nsupport until 2030-06-30\n\nsupport "
                                  "until 2029-12-31\n",
                                  "a: support && <date>", 0);
    char dates[4][VALUE_DATE_SIZE];

    cr_expect_eq(finder_dates(scene.finder, scene.reading, 0, dates, 4), 2);
    cr_expect_eq(finder_dates(scene.finder, scene.reading, 0, dates, 1), 1);
    scene_done(&scene);
}

Test(finder, slips_of_the_pen_are_refused)
{
    static const char *const wrong[] = { "no colon", "Upper: x", "a: ",      "a: (",
                                         "a: x{3}",  "a: x\\d",  "a: x && ", ": x" };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *elements = json_pack("[s]", wrong[i]);
        struct finder *finder = NULL;
        struct error error = { 0 };

        cr_expect_eq(finder_new(elements, NULL, 0, &finder, &error), STATUS_BAD_INPUT, "%s",
                     wrong[i]);
        cr_expect_null(finder);
        json_decref(elements);
    }
}

Test(finder, what_is_no_text_is_refused_in_words)
{
    static const struct {
        const char *data;
        size_t length;
        const char *words;
    } refusals[] = {
        { "\x89PNG\r\n", 6, "picture" },
        { "PK\x03\x04....", 8, "office" },
        { "%PDF-1.4 and nothing more", 25, "cannot be read" },
        { "\xff\x00\x81\x9f\xfe\x80\x80\xfd", 8, "encoding" },
        { "", 0, "empty" },
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct reading *reading = NULL;
        struct error error = { 0 };

        cr_expect_eq(
            reading_of(refusals[i].data, refusals[i].length, NULL, arena, &reading, &error),
            STATUS_BAD_INPUT, "%zu", i);
        cr_expect_not_null(strstr(error.message, refusals[i].words), "%zu: %s", i, error.message);
    }
}

Test(finder, nothing_behind_the_text_is_read)
{
    static const char *const texts[] = { "support until 2029\n12", "7", "#", "a\n\xe3\x83\xbb" };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct reading *reading = NULL;
        size_t length = strlen(texts[i]);
        char *exact = malloc(length); /* without its NUL: the sanitizer sees one octet too many */

        cr_assert_not_null(exact);
        (void) memcpy(exact, texts[i], length);
        cr_expect_eq(reading_of(exact, length, NULL, arena, &reading, NULL), STATUS_OK, "%zu", i);
        free(exact);
    }
}
