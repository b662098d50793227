#include "probe/upnp_description.h"

#include "base/text.h"
#include "xml/xml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* False: it does not fit, or has what cannot stand in a request. */
static bool text_keep(const char *text, char *room, size_t size)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if ((unsigned char) text[i] <= ' ' || (unsigned char) text[i] >= 0x7f) {
            return false;
        }
    }
    if (length >= size) {
        return false;
    }
    memcpy(room, text, length + 1);
    return true;
}

/* ---- the description ---- */

struct description_walk {
    struct upnp_description *description;
    struct upnp_service service;
    bool unfit; /* the service at hand */
};

static enum status description_open(void *context, const char *path, const char **attributes,
                                    struct error *reterr)
{
    struct description_walk *walk = context;

    (void) attributes;
    (void) reterr;
    if (text_ends_with(path, "/serviceList/service")) {
        walk->service = (struct upnp_service){ .type = "" };
        walk->unfit = false;
    }
    return STATUS_OK;
}

static enum status description_text(void *context, const char *path, const char *text,
                                    struct error *reterr)
{
    struct description_walk *walk = context;
    struct upnp_service *service = &walk->service;

    (void) reterr;
    if (text_ends_with(path, "/service/serviceType")) {
        walk->unfit |= !text_keep(text, service->type, sizeof service->type);
    } else if (text_ends_with(path, "/service/controlURL")) {
        walk->unfit |= !text_keep(text, service->control, sizeof service->control);
    } else if (text_ends_with(path, "/service/SCPDURL")) {
        walk->unfit |= !text_keep(text, service->scpd, sizeof service->scpd);
    } else if (text_equal(path, "/root/device/friendlyName")) {
        text_printable(text, strlen(text), walk->description->friendly_name,
                       sizeof walk->description->friendly_name);
    } else if (text_equal(path, "/root/device/modelName")) {
        text_printable(text, strlen(text), walk->description->model_name,
                       sizeof walk->description->model_name);
    } else if (text_equal(path, "/root/device/modelNumber")) {
        text_printable(text, strlen(text), walk->description->model_number,
                       sizeof walk->description->model_number);
    } else if (text_equal(path, "/root/device/deviceType")) {
        (void) text_keep(text, walk->description->device_type,
                         sizeof walk->description->device_type);
    }
    return STATUS_OK;
}

static enum status description_close(void *context, const char *path, struct error *reterr)
{
    struct description_walk *walk = context;
    struct upnp_description *description = walk->description;

    (void) reterr;
    if (!text_ends_with(path, "/serviceList/service")) {
        return STATUS_OK;
    }
    /* A type stands in a header field and in XML when an action is asked for. */
    walk->unfit |= strpbrk(walk->service.type, "\"'<>&") != NULL;
    if (walk->unfit || walk->service.type[0] == '\0' || description->count == UPNP_SERVICES_MAX) {
        description->cut = true;
    } else {
        description->services[description->count++] = walk->service;
    }
    return STATUS_OK;
}

static enum status document_check(const void *data, size_t length, const char *wanted,
                                  struct error *reterr)
{
    char root[32];

    if (length > UPNP_DOCUMENT_MAX) {
        return fail(reterr, STATUS_LIMIT, "larger than %d bytes", UPNP_DOCUMENT_MAX);
    }
    xml_root(data, length, root, sizeof root);
    if (!text_equal(root, wanted)) {
        return fail(reterr, STATUS_BAD_INPUT, "no <%s> document", wanted);
    }
    return STATUS_OK;
}

enum status upnp_description_read(const void *data, size_t length,
                                  struct upnp_description *ret_description, struct error *reterr)
{
    struct description_walk walk = { .description = ret_description };
    const struct xml_visitor visitor = { .open = description_open,
                                         .text = description_text,
                                         .close = description_close,
                                         .context = &walk };

    *ret_description = (struct upnp_description){ .count = 0 };
    TRY(document_check(data, length, "root", reterr));
    return xml_walk(data, length, &visitor, reterr);
}

/* ---- actions ---- */

struct actions_walk {
    struct upnp_actions *actions;
    struct upnp_action action;
    bool unfit;
};

#define ACTION_PATH "/scpd/actionList/action"

static enum status actions_open(void *context, const char *path, const char **attributes,
                                struct error *reterr)
{
    struct actions_walk *walk = context;

    (void) attributes;
    (void) reterr;
    if (text_equal(path, ACTION_PATH)) {
        walk->action = (struct upnp_action){ .in = 0 };
        walk->unfit = false;
    }
    return STATUS_OK;
}

static bool is_name(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!isalnum((unsigned char) *at) && *at != '_' && *at != '-' && *at != '.') {
            return false;
        }
    }
    return !isdigit((unsigned char) text[0]);
}

static enum status actions_text(void *context, const char *path, const char *text,
                                struct error *reterr)
{
    struct actions_walk *walk = context;

    (void) reterr;
    if (text_equal(path, ACTION_PATH "/name")) {
        walk->unfit |=
            !is_name(text) || !text_keep(text, walk->action.name, sizeof walk->action.name);
    } else if (text_equal(path, ACTION_PATH "/argumentList/argument/direction")) {
        if (text_equal_nocase(text, "out")) {
            walk->action.out++;
        } else { /* what is not plainly an answer is something to give */
            walk->action.in++;
        }
    }
    return STATUS_OK;
}

static enum status actions_close(void *context, const char *path, struct error *reterr)
{
    struct actions_walk *walk = context;
    struct upnp_actions *actions = walk->actions;

    (void) reterr;
    if (!text_equal(path, ACTION_PATH)) {
        return STATUS_OK;
    }
    if (walk->unfit || walk->action.name[0] == '\0' || actions->count == UPNP_ACTIONS_MAX) {
        actions->cut = true;
    } else {
        actions->items[actions->count++] = walk->action;
    }
    return STATUS_OK;
}

enum status upnp_actions_read(const void *data, size_t length, struct upnp_actions *ret_actions,
                              struct error *reterr)
{
    struct actions_walk walk = { .actions = ret_actions };
    const struct xml_visitor visitor = {
        .open = actions_open, .text = actions_text, .close = actions_close, .context = &walk
    };

    *ret_actions = (struct upnp_actions){ .count = 0 };
    TRY(document_check(data, length, "scpd", reterr));
    return xml_walk(data, length, &visitor, reterr);
}

/* ---- results ---- */

struct result_walk {
    struct upnp_result *result;
    char response[UPNP_NAME_SIZE + 16];
    char inside[XML_PATH_MAX]; /* the response's path, once it is open */
};

/* A name without its prefix, which each device chooses for itself. */
static const char *local_name(const char *path)
{
    const char *name = strrchr(path, '/');
    const char *colon;

    name = name == NULL ? path : name + 1;
    colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

static enum status result_open(void *context, const char *path, const char **attributes,
                               struct error *reterr)
{
    struct result_walk *walk = context;

    (void) attributes;
    (void) reterr;
    if (!walk->result->response && text_equal(local_name(path), walk->response)) {
        walk->result->response = true;
        (void) snprintf(walk->inside, sizeof walk->inside, "%s/", path);
    }
    return STATUS_OK;
}

static long long number_of(const char *text)
{
    unsigned long long value = 0;

    return text_to_unsigned(text, 1000000000, &value) == STATUS_OK ? (long long) value : -1;
}

static enum status result_text(void *context, const char *path, const char *text,
                               struct error *reterr)
{
    struct result_walk *walk = context;
    const char *name = local_name(path);

    (void) reterr;
    if (walk->result->response && text_starts_with(path, walk->inside)) {
        walk->result->values++;
        if (text_equal(name, "NumberReturned")) {
            walk->result->returned = number_of(text);
        }
    } else if (text_equal(name, "errorCode") && walk->result->code == 0) {
        walk->result->code = number_of(text);
    }
    return STATUS_OK;
}

static enum status result_close(void *context, const char *path, struct error *reterr)
{
    (void) context;
    (void) path;
    (void) reterr;
    return STATUS_OK;
}

bool upnp_result_read(const void *data, size_t length, const char *action,
                      struct upnp_result *ret_result)
{
    struct result_walk walk = { .result = ret_result };
    const struct xml_visitor visitor = {
        .open = result_open, .text = result_text, .close = result_close, .context = &walk
    };

    *ret_result = (struct upnp_result){ .returned = -1 };
    (void) snprintf(walk.response, sizeof walk.response, "%sResponse", action);
    if (length > UPNP_DOCUMENT_MAX || xml_walk(data, length, &visitor, NULL) != STATUS_OK) {
        *ret_result = (struct upnp_result){ .returned = -1 };
        return false;
    }
    return ret_result->response || ret_result->code != 0;
}

/* ---- names and addresses ---- */

const char *upnp_short_type(const char *type)
{
    const char *at = strrchr(type, ':');

    while (at != NULL && at > type) {
        at--;
        if (*at == ':') {
            return at + 1;
        }
    }
    return type;
}

bool upnp_name_reads(const char *name)
{
    size_t verb = text_starts_with(name, "Get") ? 3 : text_starts_with(name, "Query") ? 5 : 0;

    return verb > 0 && !islower((unsigned char) name[verb]) && strstr(name, "And") == NULL;
}

bool upnp_url_split(const char *text, struct upnp_url *ret_url)
{
    static const char scheme[] = "http://";
    const char *at = text + sizeof scheme - 1;
    char digits[6];
    size_t length;
    unsigned long long port = 80;

    *ret_url = (struct upnp_url){ .path = "/" };
    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    if (*at == '[') {
        length = strcspn(++at, "]/");
        if (at[length] != ']') {
            return false;
        }
    } else {
        length = strcspn(at, ":/");
    }
    if (length == 0 || length >= sizeof ret_url->host) {
        return false;
    }
    memcpy(ret_url->host, at, length);
    at += length + (at[length] == ']' ? 1 : 0);
    if (*at == ':') {
        length = strcspn(++at, "/");
        if (length == 0 || length >= sizeof digits) {
            return false;
        }
        memcpy(digits, at, length);
        digits[length] = '\0';
        at += length;
        if (text_to_unsigned(digits, 65535, &port) != STATUS_OK || port == 0) {
            return false;
        }
    }
    ret_url->port = (unsigned) port;
    if (*at == '\0') {
        return true;
    }
    return *at == '/' && text_keep(at, ret_url->path, sizeof ret_url->path);
}

bool upnp_url_resolve(const struct upnp_url *base, const char *text, char room[UPNP_TEXT_SIZE])
{
    struct upnp_url absolute;
    const char *slash = strrchr(base->path, '/');
    int length;

    if (strstr(text, "://") != NULL) {
        if (!upnp_url_split(text, &absolute) || !text_equal(absolute.host, base->host) ||
            absolute.port != base->port) {
            return false;
        }
        memcpy(room, absolute.path, sizeof absolute.path);
        return true;
    }
    if (text[0] == '\0') {
        return false;
    }
    length = snprintf(room, UPNP_TEXT_SIZE, "%.*s%s",
                      text[0] == '/' || slash == NULL ? 0 : (int) (slash + 1 - base->path),
                      base->path, text);
    return length > 0 && length < UPNP_TEXT_SIZE && room[0] == '/';
}
