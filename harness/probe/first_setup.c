#include "probe/first_setup.h"

#include "probe/recipe.h"

#include <string.h>

enum status first_setup_ask(const struct probe_call *call, const struct auth *auth,
                            struct http_client *client, const struct http_request *request,
                            const char *password, const struct secret *bearer,
                            struct http_answer *answer, struct error *reterr)
{
    DEFER(recipe_request_done) struct recipe_request filled = recipe_request_empty();
    const struct recipe_values values = { .user = auth->default_user, .password = password };
    struct http_ask as = { .method = request->method,
                           .answer_is_secret = request != &auth->first_use.waiting,
                           .bearer = bearer,
                           .deadline_ms = probe_exchange_deadline(call) };

    TRY(recipe_fill(request, &values, &filled, reterr));
    recipe_request_put(&filled, &as);
    return http_client_ask(client, &as, answer, reterr);
}

enum status first_setup_waits(const struct probe_call *call, const struct auth *auth,
                              struct http_client *client, bool *ret_known, bool *ret_waits,
                              struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const char *text = auth->first_use.waiting_contains;

    http_client_forget(client);
    TRY(first_setup_ask(call, auth, client, &auth->first_use.waiting, NULL, NULL, &answer, reterr));
    *ret_known = answer.event == HTTP_ANSWERED && answer.status < 500;
    *ret_waits = *ret_known && answer.body.length > 0 &&
                 memmem(answer.body.data, answer.body.length, text, strlen(text)) != NULL;
    return STATUS_OK;
}
