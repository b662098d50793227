#include "camera/sessions.h"

#include "support/server.h"

#include <string.h>

enum { FORGEABLE_FROM = 8 };

const struct session *session_begin(struct sessions *sessions, size_t account)
{
    struct session *place = &sessions->all[0];

    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *session = &sessions->all[i];
        if (session->token[0] == '\0') {
            place = session;
            break;
        }
        if (session->used_ms < place->used_ms) {
            place = session;
        }
    }
    *place = (struct session){ .account = account, .used_ms = server_now_ms() };
    token_random(place->token);
    return place;
}

static struct session *find(struct sessions *sessions, const char *token)
{
    struct session *found = NULL;

    if (strlen(token) != TOKEN_TEXT - 1) {
        return NULL;
    }
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *session = &sessions->all[i];
        if (session->token[0] != '\0' &&
            (sessions->forgeable ? strncmp(session->token, token, FORGEABLE_FROM) == 0
                                 : token_equal(session->token, token))) {
            found = session;
        }
    }
    return found;
}

const struct session *session_find(struct sessions *sessions, const char *token)
{
    int64_t now_ms = server_now_ms();
    struct session *session = find(sessions, token);

    if (session == NULL) {
        return NULL;
    }
    if (now_ms - session->used_ms > sessions->idle_ms) {
        *session = (struct session){ 0 };
        return NULL;
    }
    session->used_ms = now_ms;
    return session;
}

void session_end(struct sessions *sessions, const char *token)
{
    struct session *session = find(sessions, token);

    if (session != NULL) {
        *session = (struct session){ 0 };
    }
}

void sessions_end_of(struct sessions *sessions, size_t account)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (sessions->all[i].account == account) {
            sessions->all[i] = (struct session){ 0 };
        }
    }
}

void sessions_end_all(struct sessions *sessions)
{
    memset(sessions->all, 0, sizeof sessions->all);
}
