#include "survey.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ssh_server_survey_start(struct survey *survey, const struct dialer *dialer, uint64_t seed)
{
    *survey = (struct survey){ .dialer = dialer, .seed = seed };
}

void ssh_server_survey_done(struct survey *survey)
{
    ssh_server_talk_done(&survey->talk);
    ssh_server_talk_done(&survey->later);
    for (size_t i = 0; i < survey->key_count; i++) {
        bytes_done(&survey->keys[i].blob);
    }
}

void ssh_server_survey_why(struct survey *survey, const char *format, ...)
{
    va_list arguments;

    if (survey->undetermined_count < SURVEY_UNDETERMINED_MAX) {
        va_start(arguments, format);
        (void) vsnprintf(survey->undetermined[survey->undetermined_count++],
                         sizeof survey->undetermined[0], format, arguments);
        va_end(arguments);
    }
}

static void name_text(struct ssh_span name, char room[SSH_TYPE_SIZE])
{
    text_printable(name.data, name.length, room, SSH_TYPE_SIZE);
}

static bool same_lists(const struct ssh_kexinit *a, const struct ssh_kexinit *b)
{
    for (size_t i = 0; i < SSH_LISTS; i++) {
        if (a->lists[i].length != b->lists[i].length ||
            (a->lists[i].length > 0 &&
             memcmp(a->lists[i].data, b->lists[i].data, a->lists[i].length) != 0)) {
            return false;
        }
    }
    return a->first_kex_packet_follows == b->first_kex_packet_follows;
}

/* A connection that has come as far as KEXINIT: the first one while nobody has asked it
 * anything, else another.  A server that turned one away gets a second chance. */
static enum status survey_talk(struct survey *survey, struct talk **ret_talk, struct error *reterr)
{
    if (survey->first_is_free) {
        survey->first_is_free = false;
        *ret_talk = &survey->talk;
        return STATUS_OK;
    }
    survey->dialer->close(survey->dialer->context);
    *ret_talk = &survey->later;
    for (unsigned chance = 0; chance < 2; chance++) {
        ssh_server_talk_done(&survey->later);
        survey->later = ssh_server_talk(survey->dialer, &survey->seed);
        survey->connections++;
        TRY(ssh_server_talk_begin(&survey->later, reterr));
        if (survey->later.has_kexinit) {
            survey->lists_changed =
                survey->lists_changed || !same_lists(&survey->talk.kexinit, &survey->later.kexinit);
            break;
        }
    }
    return STATUS_OK;
}

static enum status ask_key(struct survey *survey, struct ssh_span algorithm, struct error *reterr)
{
    struct survey_key *key = &survey->keys[survey->key_count];
    struct ssh_kex_reply reply = { 0 };
    struct talk *talk = NULL;

    name_text(algorithm, key->algorithm);
    TRY(survey_talk(survey, &talk, reterr));
    if (talk->end == TALK_OPEN) {
        TRY(ssh_server_talk_host_key(talk, algorithm, &reply, reterr));
    }
    if (talk->end == TALK_OPEN && !wire_ssh_key_read(reply.host_key, &key->key)) {
        talk->end = TALK_MALFORMED;
        (void) snprintf(talk->why, sizeof talk->why, "a key that is none");
    }
    if (talk->end != TALK_OPEN) {
        survey->keys_unknown++;
        ssh_server_survey_why(survey, "host key of %s: %s", key->algorithm, talk->why);
        return STATUS_OK;
    }
    memcpy(key->signature, reply.signature_format, sizeof key->signature);
    key->blob = bytes_bounded(SSH_PACKET_MAX);
    survey->key_count++;
    return bytes_append(&key->blob, reply.host_key.data, reply.host_key.length, reterr);
}

static enum status ask_keys(struct survey *survey, struct error *reterr)
{
    struct ssh_span list = survey->talk.kexinit.lists[SSH_LIST_HOST_KEY];
    struct ssh_span name;

    while (wire_ssh_name_next(&list, &name)) {
        if (survey->key_count + survey->keys_unknown >= SURVEY_KEYS_MAX) {
            survey->keys_unknown++;
            ssh_server_survey_why(survey, "host keys: more than %d algorithms", SURVEY_KEYS_MAX);
            return STATUS_OK;
        }
        TRY(ask_key(survey, name, reterr));
    }
    return STATUS_OK;
}

/* Ending the connection in place of a group is a refusal, since KEXINIT came over the same one;
 * silence is none. */
static enum status ask_group(struct survey *survey, struct ssh_span method, const unsigned sizes[3],
                             bool *ret_given, struct error *reterr)
{
    struct survey_group *group = &survey->groups[survey->group_count];
    struct talk *talk = NULL;
    bool asked;

    *ret_given = false;
    *group = (struct survey_group){ 0 };
    name_text(method, group->method);
    memcpy(group->sizes, sizes, sizeof group->sizes);
    TRY(survey_talk(survey, &talk, reterr));
    asked = talk->end == TALK_OPEN;
    if (asked) {
        TRY(ssh_server_talk_group(talk, method, sizes, &group->bits, reterr));
    }
    *ret_given = talk->end == TALK_OPEN;
    group->is_refused = asked && (talk->end == TALK_CLOSED || talk->end == TALK_DISCONNECTED);
    if (*ret_given || group->is_refused) {
        survey->group_count++;
    } else {
        survey->groups_unknown++;
        ssh_server_survey_why(survey, "%s, %u to %u bits: %s", group->method, sizes[0], sizes[2],
                              talk->why);
    }
    return STATUS_OK;
}

/* The shortest group that a client can get who takes nothing longer, and what one gets who is
 * content with little and takes anything (RFC 4419 section 3, RFC 8270).  A server that gives none,
 * not even one that is long enough for anybody, has refused no group: it is its way to go. */
static enum status ask_groups_of(struct survey *survey, struct ssh_span method,
                                 struct error *reterr)
{
    static const unsigned questions[][3] = {
        { 1024, 1024, 8192 }, { 1024, 1024, 1024 }, { 1536, 1536, 1536 }, { 2048, 2048, 2048 }
    };
    static const unsigned long_enough[3] = { 2048, 3072, 8192 };
    const size_t count = sizeof questions / sizeof questions[0];
    bool first = false;
    bool given = false;

    TRY(ask_group(survey, method, questions[0], &first, reterr));
    for (size_t i = 1; i < count && !given; i++) {
        TRY(ask_group(survey, method, questions[i], &given, reterr));
    }
    if (!first && !given) {
        TRY(ask_group(survey, method, long_enough, &given, reterr));
        survey->groups_unknown += given ? 0 : 1;
    }
    if (!first && !given) {
        ssh_server_survey_why(survey, "%.*s: no group at all was given", (int) method.length,
                              (const char *) method.data);
    }
    return STATUS_OK;
}

static enum status ask_groups(struct survey *survey, struct error *reterr)
{
    struct ssh_span list = survey->talk.kexinit.lists[SSH_LIST_KEX];
    struct ssh_span name;
    size_t asked = 0;

    while (wire_ssh_name_next(&list, &name)) {
        const struct ssh_kex_method *method = wire_ssh_kex_find(name);

        if (method != NULL && method->way == SSH_KEX_GROUP && asked < SURVEY_GROUP_METHODS_MAX) {
            asked++;
            TRY(ask_groups_of(survey, name, reterr));
        }
    }
    return STATUS_OK;
}

enum status ssh_server_survey_run(struct survey *survey, struct error *reterr)
{
    for (unsigned chance = 0; chance < 2 && !survey->talk.has_kexinit; chance++) {
        ssh_server_talk_done(&survey->talk);
        survey->talk = ssh_server_talk(survey->dialer, &survey->seed);
        survey->connections++;
        TRY(ssh_server_talk_begin(&survey->talk, reterr));
        if (survey->talk.end == TALK_SILENT || survey->talk.end == TALK_MALFORMED) {
            break;
        }
    }
    if (survey->talk.end != TALK_OPEN) {
        ssh_server_survey_why(survey, "%s: %s",
                              survey->talk.has_kexinit ? "after KEXINIT" : "KEXINIT",
                              survey->talk.why);
        survey->keys_unknown++;
        survey->groups_unknown++;
        return STATUS_OK;
    }
    survey->first_is_free = true;
    if (survey->wants_groups) {
        TRY(ask_groups(survey, reterr));
    }
    if (survey->wants_keys) {
        TRY(ask_keys(survey, reterr));
    }
    survey->dialer->close(survey->dialer->context);
    return STATUS_OK;
}
