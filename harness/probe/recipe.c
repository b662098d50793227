#include "probe/recipe.h"

#include "base/text.h"
#include "probe/place.h"
#include "probe/web.h"
#include "wire/login_page.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECIPE_PATH_MAX = 4096,
    RECIPE_BODY_MAX = 64 * 1024,
    RECIPE_WORDS_MAX = 8 * 1024, /* of an answer, looked through for words */
    RECIPE_TOKEN_MAX = 3800,
    RECIPE_DEPTH_MAX = 16
};

enum encoding { ENCODE_NOT, ENCODE_URL };

struct recipe_request recipe_request_empty(void)
{
    return (struct recipe_request){
        .path = bytes_bounded(RECIPE_PATH_MAX),
        .body = bytes_bounded(RECIPE_BODY_MAX),
    };
}

static void wiped(struct bytes *bytes)
{
    if (bytes->data != NULL) {
        secret_wipe(bytes->data, bytes->capacity);
    }
    bytes_done(bytes);
}

void recipe_request_done(struct recipe_request *request)
{
    wiped(&request->path);
    wiped(&request->body);
    *request = recipe_request_empty();
}

/* Room for everything from the start: growing would leave an unwiped copy behind. */
static enum status room_for_all(struct bytes *bytes, struct error *reterr)
{
    uint8_t *at = NULL;

    return bytes_reserve(bytes, bytes->limit, &at, reterr);
}

/* application/x-www-form-urlencoded and query strings: everything but unreserved
 * characters (RFC 3986 section 2.3). */
static enum status append_encoded(struct bytes *into, const char *text, enum encoding encoding,
                                  struct error *reterr)
{
    if (encoding == ENCODE_NOT) {
        return bytes_append_text(into, text, reterr);
    }
    for (; *text != '\0'; text++) {
        unsigned char octet = (unsigned char) *text;
        char escaped[4] = { (char) octet, '\0' };

        if (!isalnum(octet) && strchr("-._~", octet) == NULL) {
            (void) snprintf(escaped, sizeof escaped, "%%%02X", octet);
        }
        TRY(bytes_append_text(into, escaped, reterr));
    }
    return STATUS_OK;
}

static const char *value_of(const struct recipe_values *values, const char *name, size_t length,
                            bool *ret_secret)
{
    const struct {
        const char *name;
        const char *value;
        bool secret;
    } known[] = {
        { "user", values->user, false },       { "password", values->password, true },
        { "marker", values->marker, false },   { "value", values->value, false },
        { "old", values->old_password, true }, { "new", values->new_password, true },
        { "csrf", values->csrf, true },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0) {
            *ret_secret |= known[i].secret;
            return known[i].value;
        }
    }
    return NULL;
}

static enum status fill_text(struct bytes *into, const char *template,
                             const struct recipe_values *values, enum encoding encoding,
                             bool encode_all, bool *ret_secret, struct error *reterr)
{
    while (*template != '\0') {
        const char *open = strstr(template, "${");
        const char *close = open == NULL ? NULL : strchr(open, '}');
        size_t plain =
            open == NULL || close == NULL ? strlen(template) : (size_t) (open - template);
        const char *value;

        for (size_t i = 0; i < plain; i++) {
            const char one[2] = { template[i], '\0' };

            TRY(append_encoded(into, one, encode_all ? encoding : ENCODE_NOT, reterr));
        }
        if (open == NULL || close == NULL) {
            break;
        }
        value = value_of(values, open + 2, (size_t) (close - open - 2), ret_secret);
        if (value == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "no value for the placeholder %.*s",
                        (int) (close + 1 - open), open);
        }
        TRY(append_encoded(into, value, encoding, reterr));
        template = close + 1;
    }
    return STATUS_OK;
}

static enum status fill_form(const json_t *form, const struct recipe_values *values,
                             struct recipe_request *request, struct error *reterr)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *) form, name, value)
    {
        const char *text = json_string_value(value);

        if (text == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "the form field %s is not a text", name);
        }
        if (request->body.length > 0) {
            TRY(bytes_append_text(&request->body, "&", reterr));
        }
        TRY(append_encoded(&request->body, name, ENCODE_URL, reterr));
        TRY(bytes_append_text(&request->body, "=", reterr));
        TRY(fill_text(&request->body, text, values, ENCODE_URL, true, &request->body_is_secret,
                      reterr));
    }
    request->content_type = "application/x-www-form-urlencoded";
    return STATUS_OK;
}

/* A JSON string with the escapes of RFC 8259 section 7. */
static enum status append_json_text(struct bytes *into, const char *text, struct error *reterr)
{
    TRY(bytes_append_text(into, "\"", reterr));
    for (; *text != '\0'; text++) {
        unsigned char octet = (unsigned char) *text;
        char escaped[8] = { (char) octet, '\0' };

        if (octet < 0x20) {
            (void) snprintf(escaped, sizeof escaped, "\\u%04x", octet);
        } else if (octet == '"' || octet == '\\') {
            (void) snprintf(escaped, sizeof escaped, "\\%c", octet);
        }
        TRY(bytes_append_text(into, escaped, reterr));
    }
    return bytes_append_text(into, "\"", reterr);
}

static enum status fill_json(const json_t *value, const struct recipe_values *values,
                             struct recipe_request *request, unsigned depth, struct error *reterr);

static enum status fill_json_text(const char *template, const struct recipe_values *values,
                                  struct recipe_request *request, struct error *reterr)
{
    struct bytes filled = bytes_bounded(RECIPE_PATH_MAX);
    enum status status = room_for_all(&filled, reterr);

    if (status == STATUS_OK) {
        status = fill_text(&filled, template, values, ENCODE_NOT, false, &request->body_is_secret,
                           reterr);
    }
    if (status == STATUS_OK) {
        status = bytes_append(&filled, "", 1, reterr);
    }
    if (status == STATUS_OK && !text_is_utf8(filled.data, filled.length)) {
        status = fail(reterr, STATUS_BAD_INPUT, "a value for a JSON template is not UTF-8");
    }
    if (status == STATUS_OK) {
        status = append_json_text(&request->body, (const char *) filled.data, reterr);
    }
    wiped(&filled);
    return status;
}

static enum status fill_json_members(const json_t *value, const struct recipe_values *values,
                                     struct recipe_request *request, unsigned depth,
                                     struct error *reterr)
{
    const char *name;
    json_t *member;
    bool first = true;

    TRY(bytes_append_text(&request->body, "{", reterr));
    json_object_foreach((json_t *) value, name, member)
    {
        if (!first) {
            TRY(bytes_append_text(&request->body, ",", reterr));
        }
        first = false;
        TRY(append_json_text(&request->body, name, reterr));
        TRY(bytes_append_text(&request->body, ":", reterr));
        TRY(fill_json(member, values, request, depth + 1, reterr));
    }
    return bytes_append_text(&request->body, "}", reterr);
}

/* Written out directly, so that no JSON tree ever holds the password. */
static enum status fill_json(const json_t *value, const struct recipe_values *values,
                             struct recipe_request *request, unsigned depth, struct error *reterr)
{
    char number[32];

    if (depth > RECIPE_DEPTH_MAX) {
        return fail(reterr, STATUS_LIMIT, "a JSON template is nested too deeply");
    }
    if (json_is_string(value)) {
        return fill_json_text(json_string_value(value), values, request, reterr);
    }
    if (json_is_object(value)) {
        return fill_json_members(value, values, request, depth, reterr);
    }
    if (json_is_array(value)) {
        TRY(bytes_append_text(&request->body, "[", reterr));
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i > 0) {
                TRY(bytes_append_text(&request->body, ",", reterr));
            }
            TRY(fill_json(json_array_get(value, i), values, request, depth + 1, reterr));
        }
        return bytes_append_text(&request->body, "]", reterr);
    }
    if (json_is_integer(value)) {
        (void) snprintf(number, sizeof number, "%lld", (long long) json_integer_value(value));
        return bytes_append_text(&request->body, number, reterr);
    }
    return bytes_append_text(&request->body,
                             json_is_true(value)    ? "true"
                             : json_is_false(value) ? "false"
                                                    : "null",
                             reterr);
}

enum status recipe_fill(const struct http_request *declared, const struct recipe_values *values,
                        struct recipe_request *request, struct error *reterr)
{
    recipe_request_done(request);
    TRY(room_for_all(&request->path, reterr));
    TRY(room_for_all(&request->body, reterr));
    TRY(fill_text(&request->path, declared->path, values, ENCODE_URL, false,
                  &request->path_is_secret, reterr));
    TRY(bytes_append(&request->path, "", 1, reterr));
    if (declared->json != NULL) {
        request->content_type = "application/json";
        TRY(fill_json(declared->json, values, request, 0, reterr));
        return bytes_append(&request->body, "", 1, reterr);
    }
    if (declared->form != NULL) {
        TRY(fill_form(declared->form, values, request, reterr));
        return bytes_append(&request->body, "", 1, reterr);
    }
    return STATUS_OK;
}

void recipe_request_put(const struct recipe_request *filled, struct http_ask *ask)
{
    ask->path = (const char *) filled->path.data;
    ask->path_is_secret = filled->path_is_secret;
    ask->content_type = filled->content_type;
    ask->body = filled->body.length > 0 ? (const char *) filled->body.data : NULL;
    ask->body_is_secret = filled->body_is_secret;
}

static bool json_has(const json_t *value, const char *placeholder)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_string(value)) {
        return strstr(json_string_value(value), placeholder) != NULL;
    }
    json_array_foreach(value, i, member)
    {
        if (json_has(member, placeholder)) {
            return true;
        }
    }
    json_object_foreach((json_t *) value, name, member)
    {
        if (json_has(member, placeholder)) {
            return true;
        }
    }
    return false;
}

bool recipe_has(const struct http_request *declared, const char *placeholder)
{
    return (declared->path != NULL && strstr(declared->path, placeholder) != NULL) ||
           json_has(declared->json, placeholder) || json_has(declared->form, placeholder);
}

const char *recipe_word_text(enum recipe_word word)
{
    static const char *const words[] = {
        [RECIPE_CLAIMED] = "claimed",
        [RECIPE_REJECTED] = "rejected",
        [RECIPE_LOCKED] = "locked",
        [RECIPE_UNCLEAR] = "unclear",
    };

    return words[word];
}

void recipe_outcome_done(struct recipe_outcome *outcome)
{
    secret_done(&outcome->bearer);
    json_decref(outcome->set_cookie);
    outcome->set_cookie = NULL;
}

/* delay-seconds; a date (the other form of Retry-After) is not read. */
static bool retry_after(const struct http_answer *answer, long long *ret_seconds)
{
    const char *value =
        json_string_value(json_array_get(json_object_get(answer->headers, "retry-after"), 0));
    unsigned long long seconds = 0;

    if (value == NULL) {
        return false;
    }
    if (text_to_unsigned(value, 1000000, &seconds) == STATUS_OK) {
        *ret_seconds = (long long) seconds;
    }
    return true;
}

static size_t words_length(const struct http_answer *answer)
{
    return answer->body.length < RECIPE_WORDS_MAX ? answer->body.length : RECIPE_WORDS_MAX;
}

bool recipe_says_locked(const struct http_answer *answer, long long *ret_retry_after_s)
{
    bool waits;

    *ret_retry_after_s = -1;
    if (answer->event != HTTP_ANSWERED) {
        return false;
    }
    waits = retry_after(answer, ret_retry_after_s);
    if (answer->status == 429 || answer->status == 423 || (waits && answer->status >= 400)) {
        return true;
    }
    return answer->body.length > 0 &&
           wire_page_says_locked(answer->body.data, words_length(answer));
}

bool recipe_is_login_page(const struct http_answer *answer)
{
    return answer->body.length > 0 &&
           wire_page_asks_password(answer->body.data, answer->body.length);
}

bool recipe_redirects_to_login(const struct http_answer *answer)
{
    static const char *const words[] = { "login", "logon", "signin", "sign-in", "sign_in",
                                         "auth",  "error", "fail",   NULL };
    char lower[sizeof answer->location];
    size_t i;

    for (i = 0; answer->location[i] != '\0'; i++) {
        lower[i] = (char) tolower((unsigned char) answer->location[i]);
    }
    lower[i] = '\0';
    for (const char *const *word = words; *word != NULL; word++) {
        if (strstr(lower, *word) != NULL) {
            return true;
        }
    }
    return false;
}

static enum recipe_word word_of(const struct recipe *recipe, const struct http_answer *answer)
{
    unsigned status = (unsigned) answer->status;

    if (recipe->success_status != 0 && status == recipe->success_status) {
        return RECIPE_CLAIMED;
    }
    if (recipe->failure_status != 0 && status == recipe->failure_status) {
        return RECIPE_REJECTED;
    }
    switch (status) {
    case 400:
    case 401:
    case 403:
    case 422:
        return RECIPE_REJECTED;
    default:
        break;
    }
    /* Success was declared to look otherwise, so this is neither. */
    if (recipe->success_status != 0) {
        return status >= 300 && status < 400 && recipe_redirects_to_login(answer) ? RECIPE_REJECTED
                                                                                  : RECIPE_UNCLEAR;
    }
    if (status >= 300 && status < 400) {
        return recipe_redirects_to_login(answer) ? RECIPE_REJECTED : RECIPE_CLAIMED;
    }
    if (status >= 200 && status < 300) {
        return recipe_is_login_page(answer) ? RECIPE_REJECTED : RECIPE_CLAIMED;
    }
    return RECIPE_UNCLEAR;
}

/* A control character in a token would add lines to the head of our request. */
static bool sendable(const char *token, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (iscntrl((unsigned char) token[i])) {
            return false;
        }
    }
    return true;
}

/* Interfaces for programs hand out a token in the body where pages set a cookie. */
static enum status bearer_take(const struct http_answer *answer, struct recipe_outcome *outcome,
                               struct error *reterr)
{
    static const char *const names[] = { "access_token", "accessToken", "token",
                                         "jwt",          "id_token",    NULL };
    json_t *tree = json_loadb((const char *) answer->body.data, answer->body.length, 0, NULL);
    enum status status = STATUS_OK;

    for (const char *const *name = names; status == STATUS_OK && *name != NULL; name++) {
        json_t *value = json_object_get(tree, *name);
        size_t length = json_string_length(value);

        if (length > 0 && length < RECIPE_TOKEN_MAX && sendable(json_string_value(value), length)) {
            status = secret_set(&outcome->bearer, json_string_value(value), length,
                                SECRET_FOR_CHILDREN, reterr);
            break;
        }
    }
    json_decref(tree);
    return status;
}

static enum status outcome_read(const struct recipe *recipe, const struct http_answer *answer,
                                struct recipe_outcome *outcome, struct error *reterr)
{
    outcome->event = answer->event;
    outcome->status = answer->status;
    outcome->sets_cookie = answer->sets_cookie;
    outcome->set_cookie = json_incref(json_object_get(answer->headers, "set-cookie"));
    if (answer->event != HTTP_ANSWERED) {
        outcome->word = RECIPE_UNCLEAR;
        (void) snprintf(outcome->detail, sizeof outcome->detail, "%s: %s",
                        http_event_word(answer->event), answer->detail);
        return STATUS_OK;
    }
    (void) snprintf(outcome->detail, sizeof outcome->detail, "status %d", answer->status);
    outcome->word = word_of(recipe, answer);
    outcome->says_failure = web_says_failure(answer);
    outcome->says_locked = recipe_says_locked(answer, &outcome->retry_after_s);
    if (outcome->word != RECIPE_CLAIMED && outcome->says_locked) {
        outcome->word = RECIPE_LOCKED;
    }
    if (outcome->word == RECIPE_CLAIMED && !answer->sets_cookie && answer->body.length > 0) {
        TRY(bearer_take(answer, outcome, reterr));
    }
    return STATUS_OK;
}

enum status recipe_csrf(const struct csrf *csrf, struct http_client *client,
                        const struct http_ask *as, struct secret *ret_token, char *ret_detail,
                        struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    TRY(http_client_ask(client,
                        &(struct http_ask){ .method = "GET",
                                            .path = csrf->path,
                                            .answer_is_secret = true,
                                            .scheme = as->scheme,
                                            .user = as->user,
                                            .password = as->password,
                                            .password_text = as->password_text,
                                            .bearer = as->bearer,
                                            .wanted_header = csrf->place.header,
                                            .deadline_ms = as->deadline_ms },
                        &answer, reterr));
    TRY(place_find(&csrf->place, &answer, client, ret_token, reterr));
    if (!sendable(secret_reveal(ret_token), ret_token->length)) {
        secret_done(ret_token);
    }
    if (ret_token->length == 0) {
        (void) snprintf(ret_detail, RECIPE_DETAIL_SIZE,
                        "the page for the token gave none: %s, status %d",
                        http_event_word(answer.event), answer.status);
    }
    return STATUS_OK;
}

enum status recipe_login(const struct recipe *recipe, struct http_client *client,
                         const struct recipe_values *values, int64_t deadline_ms,
                         struct recipe_outcome *outcome, struct error *reterr)
{
    DEFER(recipe_request_done) struct recipe_request request = recipe_request_empty();
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret token = { 0 };
    struct recipe_values filled = *values;
    bool guarded = recipe->csrf != NULL && recipe->csrf->path != NULL;
    struct http_ask ask = { .method = recipe->login->method,
                            .answer_is_secret = true,
                            .token_header = guarded ? recipe->csrf->send_header : NULL,
                            .deadline_ms = deadline_ms };

    *outcome = (struct recipe_outcome){ .word = RECIPE_UNCLEAR, .retry_after_s = -1 };
    if (guarded) {
        TRY(recipe_csrf(recipe->csrf, client, &(struct http_ask){ .deadline_ms = deadline_ms },
                        &token, outcome->detail, reterr));
        if (token.length == 0) { /* a log-in without it would be refused for that alone */
            return STATUS_OK;
        }
        filled.csrf = secret_reveal(&token);
        ask.token = filled.csrf;
    }
    TRY(recipe_fill(recipe->login, &filled, &request, reterr));
    recipe_request_put(&request, &ask);
    TRY(http_client_ask(client, &ask, &answer, reterr));
    return outcome_read(recipe, &answer, outcome, reterr);
}
