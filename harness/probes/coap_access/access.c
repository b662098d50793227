#include "access.h"

#include "base/text.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool coap_key_read(const char *text, uint8_t room[COAP_CLIENT_KEY_MAX], size_t *ret_length)
{
    static const char prefix[] = "hex:";
    size_t length = strlen(text);
    bool is_hex = text_starts_with(text, prefix);

    if (is_hex) {
        text += sizeof prefix - 1;
        length = strlen(text);
    }
    if (length == 0 || (is_hex && length % 2 != 0) ||
        length / (is_hex ? 2 : 1) > COAP_CLIENT_KEY_MAX) {
        return false;
    }
    *ret_length = is_hex ? length / 2 : length;
    for (size_t i = 0; i < *ret_length; i++) {
        char digits[3] = { is_hex ? text[2 * i] : '0', is_hex ? text[2 * i + 1] : '0', '\0' };

        if (strspn(digits, "0123456789abcdefABCDEF") != 2) {
            return false;
        }
        room[i] = is_hex ? (uint8_t) strtoul(digits, NULL, 16) : (uint8_t) text[i];
    }
    return true;
}

/* Where credentials are shown: the service of the mechanism, which need not be the one in
 * question. */
static const struct service *service_of(const struct coap_visit *visit)
{
    const struct subject *subject = visit->call->subject;

    if (visit->auth != NULL) {
        return visit->auth->service;
    }
    return subject->access != NULL ? subject->access->service : subject->service;
}

static enum status role_choose(struct coap_visit *visit, struct error *reterr)
{
    const struct subject *subject = visit->call->subject;
    const struct auth *auth = subject->access != NULL ? subject->access->auth : subject->auth;
    const char *secret;

    if (subject->access != NULL && auth == NULL) {
        return STATUS_OK; /* declared public: everybody is in the role */
    }
    if (auth == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "as=role needs a profile that declares the access");
    }
    visit->auth = auth;
    visit->credential = web_credential(subject->profile, auth,
                                       subject->access != NULL ? subject->access->role : NULL);
    if (visit->credential == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile gives no credentials of the role for %s",
                    auth->id);
    }
    secret = secret_reveal(&visit->credential->secret);
    if (text_equal(auth->scheme, "certificate")) {
        visit->target.security = COAP_CLIENT_CERTIFICATE;
        visit->target.pem = secret;
        return STATUS_OK;
    }
    if (!text_equal(auth->scheme, "psk")) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not supported over CoAP",
                    auth->scheme);
    }
    visit->target.security = COAP_CLIENT_PSK;
    visit->target.identity = visit->credential->user;
    visit->target.key = visit->key;
    return coap_key_read(secret, visit->key, &visit->target.key_length)
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "the key of %s is neither a text nor hex: and digits, or is too long",
                      auth->id);
}

enum status coap_visit_open(struct coap_visit *visit, struct probe_call *call, bool as_role,
                            struct error *reterr)
{
    const struct service *service;

    visit->call = call;
    visit->target.security = COAP_CLIENT_PLAIN;
    if (as_role) {
        TRY(role_choose(visit, reterr));
    }
    service = service_of(visit);
    if (visit->credential == NULL &&
        (probe_param_bool(call, "dtls") ||
         (service != NULL && text_equal(service->protocol, "coaps")))) {
        visit->target.security = COAP_CLIENT_CERTIFICATE;
    }
    visit->target.host = call->host;
    visit->target.port = service != NULL && service->port != 0 ? service->port : call->port;
    visit->target.server_name = service != NULL ? service->tls_server_name : NULL;
    return coap_client_new(&visit->target, call->transcript, &visit->client, reterr);
}

void coap_visit_done(struct coap_visit *visit)
{
    coap_client_free(visit->client);
    secret_wipe(visit->key, sizeof visit->key);
}

enum status coap_visit_get(struct coap_visit *visit, const char *path, bool observe,
                           bool answer_is_secret, struct coap_client_answer *answer,
                           struct error *reterr)
{
    return coap_client_ask(visit->client,
                           &(struct coap_client_ask){
                               .method = COAP_CLIENT_GET,
                               .path = path,
                               .observe = observe,
                               .content_format = -1,
                               .answer_is_secret = answer_is_secret,
                               .deadline_ms = probe_exchange_deadline(visit->call),
                           },
                           answer, reterr);
}

const char *coap_outcome_text(const struct coap_client_answer *answer, char room[32])
{
    if (answer->event == COAP_CLIENT_ANSWERED) {
        (void) snprintf(room, 32, "%u.%02u", answer->code / 100, answer->code % 100);
    } else {
        (void) snprintf(room, 32, "%s", coap_client_event_word(answer->event));
    }
    return room;
}

static void says(struct coap_view *view, enum coap_word word, const char *reason)
{
    view->word = word;
    (void) snprintf(view->reason, sizeof view->reason, "%s", reason);
}

/* RFC 7252 section 5.9: 4.01 Unauthorized, 4.03 Forbidden, 4.04 Not Found, 4.05 Method Not
 * Allowed. */
static bool is_refusal(unsigned code)
{
    return code == 401 || code == 403 || code == 404 || code == 405;
}

struct coap_view coap_view(const struct coap_client_answer *answer, bool writes)
{
    struct coap_view view = { .word = COAP_VIEW_OPEN };
    char outcome[32];

    if (answer->event == COAP_CLIENT_CLOSED) {
        says(&view, COAP_VIEW_OPEN, "nobody listens on that port");
    } else if (answer->event == COAP_CLIENT_REFUSED) {
        (void) snprintf(view.reason, sizeof view.reason, "DTLS: %s", answer->detail);
        view.word = COAP_VIEW_REFUSED;
    } else if (answer->event != COAP_CLIENT_ANSWERED) {
        (void) snprintf(view.reason, sizeof view.reason, "no answer: %s", answer->detail);
    } else if (is_refusal(answer->code)) {
        (void) snprintf(view.reason, sizeof view.reason, "refused with %s",
                        coap_outcome_text(answer, outcome));
        view.word = COAP_VIEW_REFUSED;
    } else if (answer->code / 100 != 2) {
        (void) snprintf(view.reason, sizeof view.reason,
                        "%s does not say whether access was refused",
                        coap_outcome_text(answer, outcome));
    } else if (writes) {
        says(&view, COAP_VIEW_GRANTED, "the change was taken");
    } else if (answer->body.length == 0) {
        says(&view, COAP_VIEW_OPEN, "the answer is a success without content");
    } else {
        says(&view, COAP_VIEW_GRANTED, "the content was handed out");
    }
    return view;
}
