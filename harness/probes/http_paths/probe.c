/* http_paths - asks as a stranger for paths that the profile does not declare: those that devices
 * often have, and those that public pages and scripts name; and records what is handed out.
 *
 * By hand: hoshitori probe http_paths --target 192.0.2.7:80 --param paths='["/backup.cfg"]'
 */
#include "probe/probe.h"
#include "base/text.h"
#include "links.h"
#include "probe/guest.h"
#include "probe/likeness.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

extern const struct probe probe_http_paths;

enum { FAILURES_MAX = 5, SECRET_LEAST = 6 };

struct walk {
    struct probe_call *call;
    struct http_client *client;
    struct http_answer nothing; /* what a path gets that nobody made */
    json_t *queue;              /* paths, in the order in which they are asked */
    size_t given;               /* of them from the parameter, the rest from pages */
    json_t *open;
    json_t *secrets;
    json_t *not_asked;
    unsigned asked;
    unsigned pages; /* that name further paths */
    unsigned unanswered;
    unsigned in_a_row;
};

static void walk_done(struct walk *walk)
{
    http_client_done(&walk->client);
    http_answer_done(&walk->nothing);
    json_decref(walk->queue);
    json_decref(walk->open);
    json_decref(walk->secrets);
    json_decref(walk->not_asked);
}

/* ---- what an answer is ---- */

static bool success(const struct http_answer *answer)
{
    return answer->event == HTTP_ANSWERED && answer->status >= 200 && answer->status < 300;
}

static bool has_type(const struct http_answer *answer, const char *const *types)
{
    for (; *types != NULL; types++) {
        if (strncasecmp(answer->content_type, *types, strlen(*types)) == 0) {
            return true;
        }
    }
    return false;
}

static bool names_paths(const struct http_answer *answer)
{
    static const char *const types[] = { "text/html",
                                         "application/xhtml",
                                         "text/javascript",
                                         "application/javascript",
                                         "application/x-javascript",
                                         NULL };

    return has_type(answer, types);
}

/* What every page is made of. */
static bool is_furniture(const struct http_answer *answer)
{
    static const char *const types[] = {
        "text/css", "image/", "font/", "application/font", "application/manifest+json", NULL
    };

    return has_type(answer, types) || names_paths(answer);
}

static bool is_listing(const struct http_answer *answer)
{
    return names_paths(answer) && answer->body.length > 0 &&
           memmem(answer->body.data, answer->body.length, "Index of /", 10) != NULL;
}

static bool holds(const struct http_answer *answer, const char *text)
{
    return answer->body.length > 0 &&
           memmem(answer->body.data, answer->body.length, text, strlen(text)) != NULL;
}

/* A password of the device, or a private key. */
static bool holds_secret(const struct walk *walk, const struct http_answer *answer)
{
    return answer->body.length > 0 &&
           (veil_hides(walk->call->veil, answer->body.data, answer->body.length, SECRET_LEAST) ||
            holds(answer, "PRIVATE KEY-----"));
}

static bool like_nothing(const struct walk *walk, const struct http_answer *answer)
{
    return success(&walk->nothing) &&
           (likeness_of(&walk->nothing, answer) == LIKENESS_SAME ||
            strcmp(walk->nothing.content_type, answer->content_type) == 0);
}

/* ---- the walk ---- */

/* What a page names may do something, also when it is asked for with GET. */
static bool may_act(const char *path)
{
    static const char *const words[] = { "reboot",  "restart", "reset",  "delete",   "remove",
                                         "erase",   "format",  "logout", "logoff",   "update",
                                         "upgrade", "set",     "write",  "shutdown", "exec",
                                         "cmd",     "action",  "test",   "add",      "start",
                                         "stop",    "save",    "apply",  NULL };

    for (const char *const *word = words; *word != NULL; word++) {
        if (strcasestr(path, *word) != NULL) {
            return true;
        }
    }
    return false;
}

/* Without its query. */
static bool path_equal(const char *declared, const char *path)
{
    size_t length = declared == NULL ? 0 : strcspn(declared, "?#");

    return declared != NULL && strlen(path) == length && strncmp(declared, path, length) == 0;
}

/* Declared paths have checks of their own, public ones among them. */
static bool is_declared(const struct walk *walk, const char *path)
{
    const struct profile *profile = walk->call->subject->profile;
    const struct service *service = walk->call->subject->service;

    if (profile == NULL) {
        return false;
    }
    if (profile->liveness.service == service && path_equal(profile->liveness.path, path)) {
        return true;
    }
    for (size_t i = 0; i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->service == service && path_equal(access->read.path, path)) {
            return true;
        }
    }
    return false;
}

static enum status ask(struct walk *walk, const char *path, struct http_answer *answer,
                       struct error *reterr)
{
    const struct http_ask as = { .method = "GET",
                                 .path = path,
                                 .deadline_ms = probe_exchange_deadline(walk->call) };

    http_client_forget(walk->client);
    return http_client_ask(walk->client, &as, answer, reterr);
}

static void note(json_t *list, const char *path, const struct http_answer *answer, bool from_page)
{
    char type[64];

    text_printable(answer->content_type, strnlen(answer->content_type, sizeof type - 1), type,
                   sizeof type);
    probe_list_add(list,
                   json_pack("{s:s, s:i, s:s, s:I, s:s}", "path", path, "status", answer->status,
                             "type", type, "length", (json_int_t) answer->body.length, "known_from",
                             from_page ? "a page" : "the list"));
}

static void look(struct walk *walk, const char *path, bool from_page,
                 const struct http_answer *answer)
{
    const struct web_view view = web_view(answer, path, false);

    walk->asked++;
    if (answer->event != HTTP_ANSWERED || web_puts_off(answer->status)) {
        walk->unanswered++;
        walk->in_a_row++;
        return;
    }
    walk->in_a_row = 0;
    if (success(answer) && names_paths(answer)) {
        walk->pages++;
        links_find(answer->body.data, answer->body.length, path, walk->queue);
    }
    if (!success(answer) || is_declared(walk, path) || like_nothing(walk, answer)) {
        return;
    }
    if (holds_secret(walk, answer)) {
        note(walk->secrets, path, answer, from_page);
    } else if (view.word != WEB_REFUSED && answer->body.length > 0 &&
               (is_listing(answer) || !is_furniture(answer))) {
        note(walk->open, path, answer, from_page);
    }
}

static enum status ask_all(struct walk *walk, struct error *reterr)
{
    const size_t most = (size_t) probe_param_int(walk->call, "requests");

    for (size_t i = 0; i < json_array_size(walk->queue) && i < most; i++) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        const char *path = json_string_value(json_array_get(walk->queue, i));

        if (walk->in_a_row == FAILURES_MAX) {
            break;
        }
        if (i >= walk->given && may_act(path)) {
            probe_list_add_text(walk->not_asked, path);
            continue;
        }
        TRY(ask(walk, path, &answer, reterr));
        look(walk, path, i >= walk->given, &answer);
        probe_progress(walk->call, (unsigned) i + 1, (unsigned) json_array_size(walk->queue));
    }
    probe_fact_bool(walk->call, "complete",
                    walk->asked + json_array_size(walk->not_asked) ==
                            json_array_size(walk->queue) &&
                        walk->unanswered == 0);
    return STATUS_OK;
}

/* Something that is there, and something that is not, are to be told apart. */
static enum status ground(struct walk *walk, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer front = { 0 };
    char marker[sizeof "hoshitori-" + GUEST_MARKER_RANDOM];
    char nowhere[sizeof marker + 1];
    uint64_t random = walk->call->seed;

    guest_marker(&random, marker);
    (void) snprintf(nowhere, sizeof nowhere, "/%s", marker);
    TRY(ask(walk, nowhere, &walk->nothing, reterr));
    TRY(ask(walk, "/", &front, reterr));
    if (walk->nothing.event == HTTP_ANSWERED && front.event == HTTP_ANSWERED) {
        probe_fact_bool(walk->call, "answers", true);
        probe_fact_bool(walk->call, "answers_anything", success(&walk->nothing));
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    const struct http_target target = web_target(call, probe_param_bool(call, "tls"));
    DEFER(walk_done)
    struct walk walk = { .call = call,
                         .queue = json_array(),
                         .open = json_array(),
                         .secrets = json_array(),
                         .not_asked = json_array() };
    const json_t *path;
    size_t i;

    TRY(http_client_new(&target, call->transcript, &walk.client, reterr));
    TRY(ground(&walk, reterr));
    (void) json_array_append_new(walk.queue, json_string("/"));
    json_array_foreach(probe_param_list(call, "paths"), i, path)
    {
        if (json_string_value(path)[0] != '/') {
            return fail(reterr, STATUS_BAD_INPUT, "'%s' in 'paths' does not begin with '/'",
                        json_string_value(path));
        }
        (void) json_array_append(walk.queue, (json_t *) path);
    }
    walk.given = json_array_size(walk.queue);
    if (json_object_get(call->facts, "answers") == NULL) {
        return STATUS_OK;
    }
    TRY(ask_all(&walk, reterr));
    probe_fact_int(call, "asked", walk.asked);
    probe_fact_int(call, "pages", walk.pages);
    probe_fact_int(call, "named_by_pages", (long long) (json_array_size(walk.queue) - walk.given));
    probe_fact_int(call, "unanswered", walk.unanswered);
    probe_fact_json(call, "open", json_incref(walk.open));
    probe_fact_json(call, "secrets", json_incref(walk.secrets));
    probe_fact_json(call, "not_asked", json_incref(walk.not_asked));
    return STATUS_OK;
}

static const struct param params[] = {
    { .name = "paths",
      .type = FACT_TEXTS,
      .help = "Paths to ask for besides those that pages name.",
      .fallback = "[]" },
    { .name = "requests",
      .type = FACT_INT,
      .help = "The most requests.",
      .fallback = "300",
      .minimum = 1,
      .maximum = 5000 },
    PARAM_TLS_BY_HAND,
    PARAM_TIMEOUT_MS("5000"),
    PARAM_END,
};

static const struct fact path_columns[] = {
    { .name = "path", .type = FACT_TEXT, .help = "As asked." },
    { .name = "status", .type = FACT_INT, .help = "HTTP status." },
    { .name = "type", .type = FACT_TEXT, .help = "Its Content-Type." },
    { .name = "length", .type = FACT_INT, .help = "Octets, 1 MiB at most." },
    { .name = "known_from", .type = FACT_TEXT, .help = "the list, or a page." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "answers", .type = FACT_BOOL, .help = "The server answered before the walk began." },
    { .name = "answers_anything",
      .type = FACT_BOOL,
      .help = "A path that nobody made is answered with a success: what is of that type cannot be "
              "told from it." },
    { .name = "asked", .type = FACT_INT, .help = "Paths that were asked for." },
    { .name = "pages",
      .type = FACT_INT,
      .help = "Pages and scripts that were searched for paths." },
    { .name = "named_by_pages", .type = FACT_INT, .help = "Paths that they named." },
    { .name = "unanswered",
      .type = FACT_INT,
      .help = "Paths that were not answered, or put off (429, 503)." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every path that may be asked for was, and was answered." },
    { .name = "not_asked",
      .type = FACT_TEXTS,
      .help = "Paths that pages name and that might do something; a person looks at them." },
    { .name = "open",
      .type = FACT_ROWS,
      .columns = path_columns,
      .help = "Undeclared paths that hand out data or a list of files to a stranger." },
    { .name = "secrets",
      .type = FACT_ROWS,
      .columns = path_columns,
      .help = "Those in whose answer a password of the device or a private key stands." },
    FACT_END,
};

const struct probe probe_http_paths = {
    .decl = {
        .name = "http_paths",
        .summary = { .ja = "宣言されていないパスから何が渡されるかを、認証なしで観測する",
                     .en = "Asks a stranger's requests for undeclared paths, and records what they hand out" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 150000,
    },
    .run = run,
};
