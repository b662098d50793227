/* verify_page_private.h - what the verify_page*.c files share: a page's lines, and what others say.
 */
#pragma once

#include "base/bytes.h"
#include "base/text.h"

#include <jansson.h>

struct page {
    enum language language;
    struct bytes *out;
    struct bytes line; /* what was said since the last line's end */
    struct error *reterr;
    enum status status; /* the first failure sticks */
};

void page_say(struct page *page, const char *text);
void page_say_in(struct page *page, const char *ja, const char *en);
void page_heading(struct page *page, const char *ja, const char *en);

/* Text that came from the bundle; well-formed UTF-8, for the JSON reader saw to that. */
void page_quote(struct page *page, const char *text);
void page_say_words(struct page *page, const json_t *words); /* {"ja","en"} */

const char *page_text(const json_t *object, const char *name);

/* verify_page_said.c: what others than the vendor reproduced and said. */
void page_reproduced(struct page *page, const json_t *report);
void page_said(struct page *page, const json_t *report);
