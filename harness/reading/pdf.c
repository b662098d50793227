/* PDF by poppler; a page that is a picture has no text. */
#include "reading/builder.h"

#include <poppler.h>
#include <string.h>

static void document_done(PopplerDocument **document)
{
    if (*document != NULL) {
        g_object_unref(*document);
    }
}

/* Lines of one paragraph follow one another; what ends a sentence or a heading ends a block. */
static bool ends_block(const char *line, size_t length)
{
    static const char *const ends[] = { ".", ":", ";", "\xe3\x80\x82" /* 。 */,
                                        "\xef\xbc\x9a" /* full-width colon */ };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t size = strlen(ends[i]);

        if (length >= size && memcmp(line + length - size, ends[i], size) == 0) {
            return true;
        }
    }
    return false;
}

static void read_page(struct reading_builder *builder, const char *text)
{
    unsigned line = 1;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n\f");
        size_t trimmed = length;

        while (trimmed > 0 && (unsigned char) text[trimmed - 1] <= ' ') {
            trimmed--;
        }
        if (trimmed == 0) {
            reading_break(builder);
        } else {
            reading_add(builder, text, trimmed, line);
            if (ends_block(text, trimmed)) {
                reading_break(builder);
            } else {
                reading_add(builder, "\n", 1, line);
            }
        }
        line++;
        text += length + (text[length] != '\0' ? 1 : 0);
    }
    reading_break(builder);
}

enum status reading_pdf(struct reading_builder *builder, const void *data, size_t length,
                        struct error *reterr)
{
    GBytes *bytes = g_bytes_new_static(data, length);
    GError *why = NULL;
    DEFER(document_done)
    PopplerDocument *document = poppler_document_new_from_bytes(bytes, NULL, &why);
    int pages;

    g_bytes_unref(bytes);
    if (document == NULL) {
        enum status status = fail(reterr, STATUS_BAD_INPUT, "%s",
                                  why != NULL && why->code == POPPLER_ERROR_ENCRYPTED
                                      ? "a PDF that opens with a password only"
                                      : "a PDF that cannot be read");

        g_clear_error(&why);
        return status;
    }
    pages = poppler_document_get_n_pages(document);
    if (pages > READING_PAGES_MAX) {
        pages = READING_PAGES_MAX;
        builder->reading->cut = true;
    }
    builder->reading->pages = pages > 0 ? (unsigned) pages : 0;
    for (int i = 0; i < pages && !builder->reading->cut; i++) {
        PopplerPage *page = poppler_document_get_page(document, i);
        char *text = page == NULL ? NULL : poppler_page_get_text(page);

        builder->page = (unsigned) i + 1;
        if (text != NULL) {
            read_page(builder, text);
        }
        g_free(text);
        if (page != NULL) {
            g_object_unref(page);
        }
    }
    return STATUS_OK;
}
