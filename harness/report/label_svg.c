/* The drawing of a self-test summary: a card with a chart of circles, the way wrestlers' wins and
 * losses are posted.  It has no star and nothing else of the scheme's own label. */
#include "base/columns.h"
#include "report/label_card.h"
#include "report/qr.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    CARD_WIDTH = 760,
    MARGIN = 28,
    QR_SIZE = 172,
    QR_LEFT = CARD_WIDTH - MARGIN - QR_SIZE,
    FACTS_TOP = 148,
    VALUE_LEFT = 152,
    CHART_PITCH = 18,
    CHART_COLUMNS = 28,
    TITLE_COLUMNS = 46,
    VALUE_COLUMNS = 56,
    TEXT_COLUMNS = 100,
    CONTENT_MAX = 512 * 1024,
};

#define INK "#1d1d1f"
#define FADED "#5c5c61"

struct drawing {
    struct bytes *out;
    enum language language;
    unsigned y;         /* the next line's */
    enum status status; /* the first failure sticks */
    struct error *reterr;
};

static void put(struct drawing *drawing, const char *text)
{
    if (drawing->status == STATUS_OK) {
        drawing->status = bytes_append_text(drawing->out, text, drawing->reterr);
    }
}

static void putf(struct drawing *drawing, const char *format, ...) PRINTF_LIKE(2, 3);
static void putf(struct drawing *drawing, const char *format, ...)
{
    char room[512];
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(room, sizeof room, format, arguments);
    va_end(arguments);
    put(drawing, room);
}

/* What a vendor wrote must neither end the element nor turn what a reader sees. */
static void put_escaped(struct drawing *drawing, const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && drawing->status == STATUS_OK) {
        size_t deceives = text_deceives(text + i);
        char one[2] = { text[i], '\0' };

        if (deceives > 0) {
            put(drawing, "\xef\xbf\xbd");
            i += deceives;
            continue;
        }
        put(drawing, text[i] == '&'    ? "&amp;"
                     : text[i] == '<'  ? "&lt;"
                     : text[i] == '>'  ? "&gt;"
                     : text[i] == '"'  ? "&quot;"
                     : text[i] == '\'' ? "&#39;"
                                       : one);
        i++;
    }
}

struct style {
    unsigned x;
    unsigned size;
    const char *colour;
    bool bold;
};

static void line_n(struct drawing *drawing, const struct style *style, const char *text,
                   size_t length)
{
    putf(drawing, "<text x=\"%u\" y=\"%u\" font-size=\"%u\" fill=\"%s\"%s>", style->x, drawing->y,
         style->size, style->colour, style->bold ? " font-weight=\"700\"" : "");
    put_escaped(drawing, text, length);
    put(drawing, "</text>\n");
}

/* As many lines as it takes; moves down past them. */
static void lines(struct drawing *drawing, const struct style *style, const char *text,
                  size_t columns)
{
    DEFER(bytes_done) struct bytes wrapped = bytes_bounded(CONTENT_MAX);
    const char *at;
    const char *end;

    if (drawing->status == STATUS_OK) {
        drawing->status = columns_wrap(&wrapped, text, 0, columns, drawing->reterr);
    }
    if (drawing->status != STATUS_OK || wrapped.length == 0) {
        return;
    }
    at = (const char *) wrapped.data;
    end = at + wrapped.length;
    while (at < end) {
        const char *next = memchr(at, '\n', (size_t) (end - at));

        next = next == NULL ? end : next;
        line_n(drawing, style, at, (size_t) (next - at));
        drawing->y += style->size + style->size / 2;
        at = next + 1;
    }
}

static const char *in(const struct drawing *drawing, const char *ja, const char *en)
{
    return drawing->language == LANGUAGE_JA ? ja : en;
}

/* ---- the parts, from the top ---- */

static void put_head(struct drawing *drawing, const struct label_card *card)
{
    const struct style small = { MARGIN, 13, FADED, false };
    const struct style title = { MARGIN, 20, card->summary->colour, true };
    const char *mark =
        in(drawing, "星取表 hoshitori ・ 自己検査の要約", "hoshitori ・ summary of a self-test");

    drawing->y = 42;
    line_n(drawing, &small, mark, strlen(mark));
    drawing->y = 72;
    lines(drawing, &title, words_in(&card->summary->title, drawing->language), TITLE_COLUMNS);
}

/* Of the four levels: reached, not reached, not asked. */
static void put_levels(struct drawing *drawing, const struct label_card *card)
{
    const struct style label = { MARGIN, 13, FADED, false };
    const char *words = in(drawing, "段階", "Levels");

    line_n(drawing, &label, words, strlen(words));
    for (unsigned level = 1; level <= LABEL_LEVELS; level++) {
        const bool reached =
            level <= card->label->level && card->of_level[level] == OVERALL_CONFORMANT;
        const bool shown = level <= card->label->level;
        unsigned x = VALUE_LEFT + (level - 1) * 40;

        putf(drawing,
             "<rect x=\"%u\" y=\"%u\" width=\"32\" height=\"20\" rx=\"4\" fill=\"%s\" "
             "stroke=\"%s\"%s/>\n",
             x, drawing->y - 15, reached ? card->summary->colour : "#ffffff",
             shown ? card->summary->colour : "#c4c4c8", shown ? "" : " stroke-dasharray=\"3 3\"");
        putf(drawing,
             "<text x=\"%u\" y=\"%u\" font-size=\"13\" text-anchor=\"middle\" fill=\"%s\">%u"
             "</text>\n",
             x + 16, drawing->y,
             reached ? "#ffffff"
             : shown ? INK
                     : "#8a8a8f",
             level);
    }
    drawing->y += 28;
}

static void put_fact(struct drawing *drawing, const char *name, const char *value)
{
    const struct style key = { MARGIN, 13, FADED, false };
    const struct style text = { VALUE_LEFT, 13, INK, false };

    if (value[0] != '\0') {
        line_n(drawing, &key, name, strlen(name));
        lines(drawing, &text, value, VALUE_COLUMNS);
        drawing->y += 2;
    }
}

static void put_firmware(struct drawing *drawing, const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->dut.firmware_count; i++) {
        const struct manifest_firmware *one = &manifest->dut.firmware[i];
        char hex[DIGEST_HEX_SIZE];
        char text[400];

        digest_to_hex(&one->sha256, hex);
        (void) snprintf(text, sizeof text, "%.100s %.100s ・ SHA-256 %.16s…", one->name,
                        one->version, hex);
        put_fact(drawing, in(drawing, "ファームウェア", "Firmware"), text);
    }
    if (manifest->dut.firmware_count == 0) {
        put_fact(drawing, in(drawing, "ファームウェア", "Firmware"),
                 in(drawing, "記録にない", "not named in the record"));
    }
}

static void put_declaration(struct drawing *drawing, const struct label_card *card)
{
    const bool by_evaluator = card->method[0] != '\0';
    const char *as = by_evaluator ? in(drawing, "評価機関", "evaluator")
                                  : in(drawing, "製造者の自己宣言", "the vendor's own declaration");
    char text[400];

    if (card->declared_by[0] == '\0') {
        put_fact(drawing, in(drawing, "宣言", "Declared"), as);
        return;
    }
    (void) snprintf(text, sizeof text, by_evaluator ? "%.200s (%s, %.60s)" : "%.200s (%s)",
                    card->declared_by, as, card->method);
    put_fact(drawing, in(drawing, "宣言", "Declared"), text);
}

static void put_facts(struct drawing *drawing, const struct label_card *card)
{
    const struct manifest *manifest = card->bundle->manifest;
    char text[400];

    put_fact(drawing, in(drawing, "製造者", "Vendor"), manifest->dut.vendor_name);
    (void) snprintf(text, sizeof text, "%.150s%s%.100s", manifest->dut.model,
                    manifest->dut.hw == NULL ? "" : " / ",
                    manifest->dut.hw == NULL ? "" : manifest->dut.hw);
    put_fact(drawing, in(drawing, "型番", "Model"), text);
    put_firmware(drawing, manifest);
    put_fact(drawing, in(drawing, "試験日", "Tested"), card->tested);
    put_fact(drawing, in(drawing, "期限", "Ends with"), card->valid_until);
    (void) snprintf(text, sizeof text, "%.100s %.60s", manifest->run.suite.id,
                    manifest->run.suite.version);
    put_fact(drawing, in(drawing, "スイート", "Suite"), text);
    if (card->replaced > 0) {
        (void) snprintf(
            text, sizeof text,
            in(drawing, "%u個をスイートの値から置き換え", "%u replaced, not the suite's own"),
            card->replaced);
        put_fact(drawing, in(drawing, "パラメータ", "Parameters"), text);
    }
    put_declaration(drawing, card);
}

/* White for a win, black for a loss, as on the board of a tournament; a line for what did not
 * take place, a half for what is open. */
static void put_mark(struct drawing *drawing, unsigned x, unsigned y, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        putf(drawing,
             "<circle cx=\"%u\" cy=\"%u\" r=\"6\" fill=\"#fff\" stroke=\"" INK "\" "
             "stroke-width=\"1.6\"/>",
             x, y);
        return;
    case VERDICT_FAIL:
        putf(drawing, "<circle cx=\"%u\" cy=\"%u\" r=\"6.8\" fill=\"" INK "\"/>", x, y);
        return;
    case VERDICT_NA:
        putf(drawing, "<path d=\"M%u %uh10\" stroke=\"#8a8a8f\" stroke-width=\"2\"/>", x - 5, y);
        return;
    default:
        putf(drawing,
             "<path d=\"M%u %ul6.5 11h-13z\" fill=\"#fff\" stroke=\"#8a8a8f\" "
             "stroke-width=\"1.4\"/>",
             x, y - 6);
    }
}

static void put_chart(struct drawing *drawing, const json_t *clauses)
{
    const struct style small = { MARGIN, 11, FADED, false };
    const json_t *clause;
    size_t i;

    drawing->y += 8;
    json_array_foreach(clauses, i, clause)
    {
        const char *word = json_string_value(json_object_get(clause, "verdict"));
        const char *id = json_string_value(json_object_get(clause, "id"));
        enum verdict verdict = VERDICT_ERROR;

        (void) verdict_from_word(word, &verdict);
        put(drawing, "<g><title>");
        put_escaped(drawing, id, strlen(id));
        putf(drawing, ": %s</title>", verdict_word(verdict));
        put_mark(drawing, MARGIN + 8 + (unsigned) (i % CHART_COLUMNS) * CHART_PITCH,
                 drawing->y + (unsigned) (i / CHART_COLUMNS) * CHART_PITCH, verdict);
        put(drawing, "</g>\n");
    }
    drawing->y +=
        (unsigned) ((json_array_size(clauses) + CHART_COLUMNS - 1) / CHART_COLUMNS) * CHART_PITCH +
        8;
    lines(drawing, &small,
          in(drawing, "○ 合格　● 不合格　△ 結論なし　－ 該当なし（項目の番号順）",
             "○ passed · ● failed · △ open · － does not apply (in the order of the items)"),
          TEXT_COLUMNS);
}

static void put_qr(struct drawing *drawing, const struct label_card *card)
{
    DEFER(bytes_done) struct bytes path = bytes_bounded(CONTENT_MAX);
    const struct style small = { QR_LEFT, 10, FADED, false };
    unsigned below = drawing->y;
    unsigned side = 0;

    if (drawing->status == STATUS_OK) {
        drawing->status = qr_path(card->qr, &path, &side, drawing->reterr);
    }
    if (drawing->status == STATUS_OK) {
        drawing->status = bytes_append(&path, "", 1, drawing->reterr);
    }
    if (drawing->status != STATUS_OK) {
        return;
    }
    /* The quiet zone is white paper: four modules on each side. */
    putf(drawing,
         "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"-4 -4 %u %u\" "
         "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M-4-4h%uv%uh-%uz\"/>"
         "<path d=\"",
         QR_LEFT, MARGIN, QR_SIZE, QR_SIZE, side + 8, side + 8, side + 8, side + 8, side + 8);
    put(drawing, (const char *) path.data);
    put(drawing, "\"/></svg>\n");
    drawing->y = MARGIN + QR_SIZE + 12;
    lines(drawing, &small,
          in(drawing, "試験記録の識別子。hoshitori verify --expect-qr で照合",
             "names the record: compare by hoshitori verify --expect-qr"),
          30);
    drawing->y = below;
}

static void put_foot(struct drawing *drawing, const struct label_card *card)
{
    const struct style text = { MARGIN, 12, INK, false };
    const struct style loud = { MARGIN, 15, "#a3262a", true };
    const struct style small = { MARGIN, 10, FADED, false };

    drawing->y += 6;
    lines(drawing, &text, words_in(&card->summary->text, drawing->language), TEXT_COLUMNS);
    drawing->y += 4;
    if (card->label->provisional.en != NULL) {
        lines(drawing, &loud, words_in(&card->label->provisional, drawing->language), 84);
        drawing->y += 2;
    }
    lines(drawing, &small, words_in(&card->label->notice, drawing->language), 130);
}

enum status label_card_svg(const struct label_card *card, enum language language, struct bytes *out,
                           struct error *reterr)
{
    DEFER(bytes_done) struct bytes body = bytes_bounded(CONTENT_MAX);
    json_t *data = label_card_json(card);
    struct drawing drawing = { .out = &body, .language = language, .reterr = reterr };
    struct drawing paper = { .out = out, .language = language, .reterr = reterr };

    put_head(&drawing, card);
    drawing.y = drawing.y < FACTS_TOP ? FACTS_TOP : drawing.y + 12;
    put_levels(&drawing, card);
    put_facts(&drawing, card);
    put_chart(&drawing, json_object_get(data, "clauses"));
    put_qr(&drawing, card);
    put_foot(&drawing, card);
    json_decref(data);
    TRY(drawing.status);
    TRY(bytes_append(&body, "", 1, reterr));

    putf(&paper,
         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
         "viewBox=\"0 0 %d %u\" lang=\"%s\" font-family=\"Noto Sans CJK JP, Noto Sans JP, "
         "Noto Sans, sans-serif\">\n",
         CARD_WIDTH, drawing.y + 12, CARD_WIDTH, drawing.y + 12,
         language == LANGUAGE_JA ? "ja" : "en");
    put(&paper, "<title>");
    put_escaped(&paper, words_in(&card->summary->title, language),
                strlen(words_in(&card->summary->title, language)));
    put(&paper, "</title>\n");
    putf(&paper,
         "<rect x=\"6\" y=\"6\" width=\"%d\" height=\"%u\" rx=\"10\" fill=\"#fff\" "
         "stroke=\"%s\" stroke-width=\"3\"/>\n",
         CARD_WIDTH - 12, drawing.y, card->summary->colour);
    put(&paper, (const char *) body.data);
    put(&paper, "</svg>\n");
    return paper.status;
}
