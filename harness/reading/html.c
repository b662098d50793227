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

/* Struck out is withdrawn; the others are shown to old browsers only, or to none. */
static const char *const unseen[] = { "script", "style",    "template", "noscript",
                                      "head",   "del",      "s",        "strike",
                                      "iframe", "object",   "audio",    "video",
                                      "canvas", "datalist", "noframes", NULL };
static const char *const inside_lines[] = {
    "a",   "abbr", "b",    "bdi", "bdo",  "cite", "code", "data",  "dfn",   "em",     "font",
    "i",   "kbd",  "mark", "q",   "ruby", "rb",   "samp", "small", "span",  "strong", "sub",
    "sup", "time", "tt",   "u",   "var",  "wbr",  "th",   "td",    "label", NULL
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

static bool has_attribute(const xmlNode *node, const char *name)
{
    return xmlHasProp(node, (const xmlChar *) name) != NULL;
}

/* By its own attributes; what a style sheet hides is not known here. */
static bool is_hidden(const xmlNode *node)
{
    static const char *const ways[] = { "display:none",
                                        "visibility:hidden",
                                        "visibility:collapse",
                                        "opacity:0;",
                                        "font-size:0;",
                                        "font-size:0px;",
                                        NULL };
    xmlChar *style = xmlGetProp(node, (const xmlChar *) "style");
    char room[1024];
    size_t used = 0;
    bool hidden =
        has_attribute(node, "hidden") ||
        (strcmp((const char *) node->name, "dialog") == 0 && !has_attribute(node, "open"));

    for (const xmlChar *at = style; at != NULL && *at != '\0' && used + 2 < sizeof room; at++) {
        if (*at > ' ') {
            room[used++] = (char) (*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
        }
    }
    room[used++] = ';';
    room[used] = '\0';
    xmlFree(style);
    for (size_t i = 0; ways[i] != NULL; i++) {
        hidden = hidden || strstr(room, ways[i]) != NULL;
    }
    return hidden;
}

/* What leads to other pages says nothing of its own. */
static bool is_menu(const xmlNode *node)
{
    xmlChar *role = xmlGetProp(node, (const xmlChar *) "role");
    bool menu = strcmp((const char *) node->name, "nav") == 0 ||
                (role != NULL && strcmp((const char *) role, "navigation") == 0);

    xmlFree(role);
    return menu;
}

static void element(struct reading_builder *builder, const xmlNode *node, unsigned depth)
{
    const char *name = (const char *) node->name;
    bool menu = is_menu(node);
    bool inside = !menu && is_one_of(name, inside_lines);

    if (is_one_of(name, unseen) || is_hidden(node)) {
        return;
    }
    if (!inside) {
        reading_break(builder);
    }
    builder->menus += menu ? 1 : 0;
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
    builder->menus -= menu ? 1 : 0;
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
