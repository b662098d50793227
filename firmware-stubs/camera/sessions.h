/* sessions.h - who is logged in to the administration page. */
#pragma once

#include "support/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SESSIONS_MAX = 512, SESSION_IDLE_S = 15 * 60 };

struct session {
    char token[TOKEN_TEXT]; /* empty: free */
    size_t account;
    int64_t used_ms;
};

struct sessions {
    int64_t idle_ms; /* after which an unused session has ended */
    bool forgeable;  /* defect session-forgeable */
    struct session all[SESSIONS_MAX];
};

/* A new session; the longest unused one gives way when there is no room. */
const struct session *session_begin(struct sessions *sessions, size_t account);

/* The session of that token, or NULL when there is none or it is too old. */
const struct session *session_find(struct sessions *sessions, const char *token);
void session_end(struct sessions *sessions, const char *token);
void sessions_end_of(struct sessions *sessions, size_t account);
void sessions_end_all(struct sessions *sessions);
