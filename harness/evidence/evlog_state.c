#include "evidence/evlog_state.h"

#include <string.h>

void evlog_state_open(struct evlog_state *state)
{
    *state = (struct evlog_state){ .wall_ms = INT64_MIN, .monotonic_ms = INT64_MIN };
    merkle_open(&state->tree);
}

enum status evlog_state_add(struct evlog_state *state, const void *line, size_t length,
                            int64_t wall_ms, int64_t monotonic_ms, struct error *reterr)
{
    struct evlog_summary *summary = &state->summary;

    TRY(merkle_add(&state->tree, line, length, reterr));
    TRY(digest_of(line, length, &summary->head, reterr));
    summary->count++;
    if (wall_ms < state->wall_ms || monotonic_ms < state->monotonic_ms) {
        summary->backwards++;
        if (summary->first_backwards == 0) {
            summary->first_backwards = summary->count;
        }
    }
    state->wall_ms = wall_ms;
    state->monotonic_ms = monotonic_ms;
    return STATUS_OK;
}

enum status evlog_state_summary(const struct evlog_state *state, struct evlog_summary *ret_summary,
                                struct error *reterr)
{
    *ret_summary = state->summary;
    return merkle_root(&state->tree, &ret_summary->root, reterr);
}

static bool made_of(const char *text, size_t length_max, const char *extra, bool upper)
{
    size_t length = strnlen(text, length_max + 1);

    if (length == 0 || length > length_max) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper && c >= 'A' && c <= 'Z') ||
              strchr(extra, c) != NULL)) {
            return false;
        }
    }
    return true;
}

bool evlog_is_kind(const char *kind)
{
    return made_of(kind, EVLOG_KIND_MAX, "._-", false);
}

bool evlog_is_check(const char *check)
{
    return made_of(check, EVLOG_CHECK_MAX, "._:/@-", true);
}
