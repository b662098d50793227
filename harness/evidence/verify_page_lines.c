/* The lines of a page: broken where they must be, and nothing in them that deceives. */
#include "base/columns.h"
#include "evidence/verify_page_private.h"

#include <string.h>

enum { PAGE_WIDTH = 80 };

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

void page_say(struct page *page, const char *text)
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

void page_quote(struct page *page, const char *text)
{
    const char *at = text == NULL ? "-" : text;

    while (*at != '\0') {
        const char one[2] = { *at, '\0' };
        size_t skip = text_deceives(at);

        page_say(page, skip > 0 ? "?" : one);
        at += skip > 0 ? skip : 1;
    }
}

void page_say_in(struct page *page, const char *ja, const char *en)
{
    page_say(page, page->language == LANGUAGE_JA ? ja : en);
}

const char *page_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

void page_say_words(struct page *page, const json_t *words)
{
    const struct words both = { .ja = page_text(words, "ja"), .en = page_text(words, "en") };

    page_quote(page, words_in(&both, page->language));
}

void page_heading(struct page *page, const char *ja, const char *en)
{
    page_say(page, "\n");
    page_say_in(page, ja, en);
    page_say(page, "\n");
}
