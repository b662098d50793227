/* HTML as a reader sees it (libxml2's parser, which takes any bytes). */
#include "reading/builder.h"

#include "base/text.h"

#include <libxml/HTMLparser.h>
#include <string.h>

enum { DEPTH_MAX = 400 };

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const unseen[] = { "script", "style", "template", "noscript", "head", NULL };
static const char *const inside_lines[] = {
    "a",   "abbr", "b",    "bdi", "bdo",  "cite", "code", "data", "dfn",   "em",    "font",
    "i",   "kbd",  "mark", "q",   "ruby", "rb",   "s",    "samp", "small", "span",  "strong",
    "sub", "sup",  "time", "tt",  "u",    "var",  "wbr",  "th",   "td",    "label", NULL
};
static const char *const headings[] = { "h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", NULL };

static void walk(struct reading_builder *builder, const xmlNode *node, unsigned depth);

static unsigned line_of(const xmlNode *node)
{
    long line = xmlGetLineNo(node);

    return line > 0 ? (unsigned) line : 1;
}

/* Where a link leads is what a contact often is. */
static void add_target(struct reading_builder *builder, const xmlNode *node)
{
    xmlChar *target = xmlGetProp(node, (const xmlChar *) "href");
    const char *text = (const char *) target;

    if (text != NULL && (text_starts_with(text, "mailto:") || text_starts_with(text, "tel:") ||
                         text_starts_with(text, "https://"))) {
        reading_add(builder, " ", 1, line_of(node));
        reading_add(builder, "(", 1, line_of(node));
        reading_add(builder, text, strcspn(text, "?"), line_of(node));
        reading_add(builder, ") ", 2, line_of(node));
    }
    xmlFree(target);
}

static void element(struct reading_builder *builder, const xmlNode *node, unsigned depth)
{
    const char *name = (const char *) node->name;
    bool inside = is_one_of(name, inside_lines);

    if (is_one_of(name, unseen)) {
        return;
    }
    if (!inside) {
        reading_break(builder);
    }
    if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0) {
        reading_add(builder, " ", 1, line_of(node));
    }
    builder->heading = builder->heading || is_one_of(name, headings);
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        walk(builder, child, depth + 1);
    }
    if (strcmp(name, "a") == 0) {
        add_target(builder, node);
    }
    if (!inside) {
        reading_break(builder);
        builder->heading = false;
    }
}

static void walk(struct reading_builder *builder, const xmlNode *node, unsigned depth)
{
    if (depth > DEPTH_MAX) {
        builder->reading->cut = true;
        return;
    }
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        const char *text = (const char *) node->content;

        reading_add(builder, text, text == NULL ? 0 : strlen(text), line_of(node));
    } else if (node->type == XML_ELEMENT_NODE) {
        element(builder, node, depth);
    } else if (node->type == XML_HTML_DOCUMENT_NODE || node->type == XML_DOCUMENT_NODE) {
        for (const xmlNode *child = node->children; child != NULL; child = child->next) {
            walk(builder, child, depth + 1);
        }
    }
}

/* A title in the head is the only name that some pages have. */
static void title(struct reading_builder *builder, const xmlNode *root)
{
    for (const xmlNode *head = root == NULL ? NULL : root->children; head != NULL;
         head = head->next) {
        if (head->type != XML_ELEMENT_NODE || strcmp((const char *) head->name, "head") != 0) {
            continue;
        }
        for (const xmlNode *at = head->children; at != NULL; at = at->next) {
            if (at->type == XML_ELEMENT_NODE && strcmp((const char *) at->name, "title") == 0) {
                element(builder, at, 1);
            }
        }
    }
}

static void html_done(htmlDocPtr *document)
{
    xmlFreeDoc(*document);
}

enum status reading_html(struct reading_builder *builder, const char *text, size_t length,
                         struct error *reterr)
{
    DEFER(html_done)
    htmlDocPtr document = htmlReadMemory(text, (int) length, NULL, "UTF-8",
                                         HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                             HTML_PARSE_NOWARNING | HTML_PARSE_NONET);

    if (document == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "no HTML that could be read");
    }
    title(builder, xmlDocGetRootElement(document));
    walk(builder, (const xmlNode *) document, 0);
    reading_break(builder);
    return STATUS_OK;
}
