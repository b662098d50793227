#include "xml/xml.h"
#include "base/text.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    XML_Parser parser;
    const struct xml_visitor *visitor;
    char path[XML_PATH_MAX];
    size_t path_length;
    unsigned depth;
    char run[XML_RUN_MAX + 1];
    size_t run_length;
    enum status status;
    struct error error;
    /* xml_root: */
    char *root;
    size_t root_size;
};

static void walk_stop(struct walk *walk, enum status status)
{
    if (walk->status == STATUS_OK) {
        walk->status = status;
        (void) XML_StopParser(walk->parser, XML_FALSE);
    }
}

/* expat may still call a handler after it was told to stop. */
static bool stopped(const struct walk *walk)
{
    return walk->status != STATUS_OK;
}

static void run_give(struct walk *walk)
{
    size_t begin = 0;
    size_t end = walk->run_length;

    while (begin < end && strchr(" \t\r\n", walk->run[begin]) != NULL) {
        begin++;
    }
    while (end > begin && strchr(" \t\r\n", walk->run[end - 1]) != NULL) {
        end--;
    }
    walk->run[end] = '\0';
    walk->run_length = 0;
    if (end > begin && walk->depth > 0) {
        enum status status = walk->visitor->text(walk->visitor->context, walk->path,
                                                 walk->run + begin, &walk->error);
        if (status != STATUS_OK) {
            walk_stop(walk, status);
        }
    }
}

static void XMLCALL on_open(void *context, const char *name, const char **attributes)
{
    struct walk *walk = context;
    size_t length = strlen(name);
    enum status status;

    if (stopped(walk)) {
        return;
    }
    run_give(walk);
    if (walk->depth == XML_DEPTH_MAX || walk->path_length + length + 2 > XML_PATH_MAX) {
        walk_stop(walk, fail(&walk->error, STATUS_LIMIT, "nested too deeply"));
        return;
    }
    walk->path[walk->path_length++] = '/';
    memcpy(walk->path + walk->path_length, name, length + 1);
    walk->path_length += length;
    walk->depth++;
    if (stopped(walk)) {
        return;
    }
    status = walk->visitor->open(walk->visitor->context, walk->path, attributes, &walk->error);
    if (status != STATUS_OK) {
        walk_stop(walk, status);
    }
}

static void XMLCALL on_close(void *context, const char *name)
{
    struct walk *walk = context;
    enum status status;

    if (stopped(walk)) {
        return;
    }
    run_give(walk);
    if (stopped(walk)) {
        return;
    }
    status = walk->visitor->close(walk->visitor->context, walk->path, &walk->error);
    if (status != STATUS_OK) {
        walk_stop(walk, status);
        return;
    }
    walk->path_length -= strlen(name) + 1;
    walk->path[walk->path_length] = '\0';
    walk->depth--;
}

static void XMLCALL on_text(void *context, const char *text, int length)
{
    struct walk *walk = context;
    size_t room = XML_RUN_MAX - walk->run_length;
    size_t take = (size_t) length < room ? (size_t) length : room;

    memcpy(walk->run + walk->run_length, text, take);
    walk->run_length += take;
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system_id,
                               const char *public_id, int has_internal_subset)
{
    struct walk *walk = context;

    (void) name;
    if (system_id != NULL || public_id != NULL || has_internal_subset != 0) {
        walk_stop(walk, fail(&walk->error, STATUS_BAD_INPUT,
                             "a DOCTYPE that declares or refers to something is refused"));
    }
}

static void walk_done(struct walk **walk)
{
    if (*walk != NULL && (*walk)->parser != NULL) {
        XML_ParserFree((*walk)->parser);
    }
    free(*walk);
}

static enum status walk_new(struct walk **ret_walk, struct error *reterr)
{
    struct walk *walk = calloc(1, sizeof *walk);

    if (walk == NULL) {
        abort();
    }
    *ret_walk = walk;
    walk->parser = XML_ParserCreate(NULL);
    if (walk->parser == NULL) {
        return fail(reterr, STATUS_INTERNAL, "the XML parser cannot be made");
    }
    XML_SetUserData(walk->parser, walk);
    return STATUS_OK;
}

enum status xml_walk(const void *data, size_t length, const struct xml_visitor *visitor,
                     struct error *reterr)
{
    DEFER(walk_done) struct walk *walk = NULL;

    TRY(walk_new(&walk, reterr));
    if (length > XML_SIZE_MAX) {
        return fail(reterr, STATUS_LIMIT, "larger than %d bytes", XML_SIZE_MAX);
    }
    walk->visitor = visitor;
    XML_SetStartDoctypeDeclHandler(walk->parser, on_doctype);
    XML_SetElementHandler(walk->parser, on_open, on_close);
    XML_SetCharacterDataHandler(walk->parser, on_text);
    if (XML_Parse(walk->parser, data, (int) length, 1) == XML_STATUS_OK) {
        return STATUS_OK;
    }
    if (walk->status != STATUS_OK) {
        return fail(reterr, walk->status, "%s", walk->error.message);
    }
    return fail(reterr, STATUS_BAD_INPUT, "line %lu: %s",
                (unsigned long) XML_GetCurrentLineNumber(walk->parser),
                XML_ErrorString(XML_GetErrorCode(walk->parser)));
}

static void XMLCALL on_root(void *context, const char *name, const char **attributes)
{
    struct walk *walk = context;
    size_t length = strlen(name);

    (void) attributes;
    if (walk->root[0] == '\0' && length < walk->root_size) {
        memcpy(walk->root, name, length + 1);
    }
    walk_stop(walk, STATUS_INTERRUPTED);
}

void xml_root(const void *data, size_t length, char *room, size_t size)
{
    enum { ENOUGH = 65536 };
    DEFER(walk_done) struct walk *walk = NULL;

    room[0] = '\0';
    if (walk_new(&walk, NULL) != STATUS_OK) {
        return;
    }
    walk->root = room;
    walk->root_size = size;
    XML_SetStartElementHandler(walk->parser, on_root);
    (void) XML_Parse(walk->parser, data, (int) (length < ENOUGH ? length : ENOUGH), 0);
}

const char *xml_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], name) == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}
