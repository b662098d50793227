/* survey.h - which questions one server is asked, and what it answered. */
#pragma once

#include "talk.h"

enum {
    SURVEY_KEYS_MAX = 24,
    SURVEY_GROUP_METHODS_MAX = 4,
    SURVEY_GROUPS_MAX = 5 * SURVEY_GROUP_METHODS_MAX,
    SURVEY_UNDETERMINED_MAX = 32
};

struct survey_key {
    char algorithm[SSH_TYPE_SIZE]; /* that was asked for */
    char signature[SSH_TYPE_SIZE]; /* format of the signature that came */
    struct ssh_key key;
    struct bytes blob;
};

struct survey_group {
    char method[SSH_TYPE_SIZE];
    unsigned sizes[3]; /* minimum, preferred, maximum, in bits, as asked */
    bool is_refused;
    unsigned bits; /* of the prime that came */
};

struct survey {
    const struct dialer *dialer;
    uint64_t seed;
    struct talk talk;   /* the first one, which the lists point into */
    struct talk later;  /* the one under way after it */
    bool first_is_free; /* nothing has been asked of the first one yet */
    unsigned connections;
    bool lists_changed; /* between connections */

    bool wants_keys;
    bool wants_groups;
    struct survey_key keys[SURVEY_KEYS_MAX];
    size_t key_count;
    struct survey_group groups[SURVEY_GROUPS_MAX];
    size_t group_count;
    unsigned keys_unknown;
    unsigned groups_unknown;
    char undetermined[SURVEY_UNDETERMINED_MAX][SSH_TYPE_SIZE + TALK_WHY_SIZE];
    size_t undetermined_count;
};

void ssh_server_survey_start(struct survey *survey, const struct dialer *dialer, uint64_t seed);
enum status ssh_server_survey_run(struct survey *survey, struct error *reterr) MUST_CHECK;
void ssh_server_survey_done(struct survey *survey);

void ssh_server_survey_why(struct survey *survey, const char *format, ...) PRINTF_LIKE(2, 3);
