/* evlog_state.h - what writer and reader of an event log both keep; for evlog*.c only. */
#pragma once

#include "evidence/evlog.h"

struct evlog_state {
    struct merkle tree;
    struct evlog_summary summary; /* root is filled in when it is asked for */
    int64_t wall_ms;              /* of the last event */
    int64_t monotonic_ms;
};

void evlog_state_open(struct evlog_state *state);

/* line is without its LF. */
enum status evlog_state_add(struct evlog_state *state, const void *line, size_t length,
                            int64_t wall_ms, int64_t monotonic_ms, struct error *reterr) MUST_CHECK;
enum status evlog_state_summary(const struct evlog_state *state, struct evlog_summary *ret_summary,
                                struct error *reterr) MUST_CHECK;

bool evlog_is_kind(const char *kind);
bool evlog_is_check(const char *check);

/* What a reader has seen so far: the state, and how many bytes wait for their LF. */
const struct evlog_state *evlog_verify_state(const struct evlog_verifier *verifier);
size_t evlog_verify_pending(const struct evlog_verifier *verifier);
