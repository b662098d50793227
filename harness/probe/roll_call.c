#include "probe/roll_call.h"

#include "base/text.h"
#include "channel/heartbeat.h"
#include "channel/ssh.h"
#include "channel/tls_client.h"
#include "wire/x509_facts.h"

#include <stdio.h>
#include <string.h>

enum { KEY_SHOWN = 16 };

static bool begins_with_tls(const char *protocol)
{
    static const char *const protocols[] = { "https", "mqtts", "tls",   "ftps", "imaps",
                                             "smtps", "pop3s", "ldaps", "rtsps" };

    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (text_equal(protocols[i], protocol)) {
            return true;
        }
    }
    return false;
}

/* SHA-256 of the subjectPublicKeyInfo (RFC 5280 section 4.1.2.7). */
static enum status tls_key(const struct probe_call *call, const struct service *service,
                           char room[SHA256_TEXT_SIZE], struct error *reterr)
{
    DEFER(tls_client_answer_done) struct tls_client_answer answer = { 0 };
    struct x509_facts facts;
    const struct tls_client_ask ask = { .host = call->subject->address,
                                        .port = service->port,
                                        .server_name = service->tls_server_name,
                                        .deadline_ms = probe_exchange_deadline(call) };

    TRY(tls_client_visit(&ask, call->transcript, &answer, reterr));
    if (answer.count == 0 || !wire_x509_facts_read(answer.der.data, answer.lengths[0], &facts)) {
        return STATUS_OK;
    }
    return sha256_text(facts.key, facts.key_length, room, reterr);
}

static enum status ssh_key(const struct probe_call *call, const struct service *service,
                           char room[SHA256_TEXT_SIZE], struct error *reterr)
{
    const struct ssh_link_target target = { .host = call->subject->address,
                                            .port = service->port,
                                            .user = "",
                                            .transcript = call->transcript };
    char words[SSH_LINK_WORDS_MAX];
    enum ssh_link_event event = SSH_LINK_SILENT;
    struct ssh_link *link = NULL;

    TRY(ssh_link_open(&target, probe_exchange_deadline(call), &link, &event, words, reterr));
    if (link != NULL) {
        ssh_link_key(link, room);
        ssh_link_close(link);
    }
    return STATUS_OK;
}

static enum status entry_ask(const struct probe_call *call, int64_t deadline_ms,
                             struct roll_entry *entry, struct error *reterr)
{
    const struct service *service = entry->service;
    const bool udp = service->transport == TRANSPORT_UDP;
    const struct heartbeat_ask ask = { .host = call->subject->address,
                                       .port = service->port,
                                       .udp = udp,
                                       .protocol = service->protocol,
                                       .server_name = service->tls_server_name,
                                       .seed = call->seed,
                                       .deadline_ms = deadline_ms };
    struct heartbeat_answer answer;

    entry->known = heartbeat_knows(service->protocol, udp);
    if (!entry->known) {
        return STATUS_OK;
    }
    TRY(heartbeat_ask(&ask, call->transcript, &answer, reterr));
    entry->answers = answer.alive;
    (void) snprintf(entry->detail, sizeof entry->detail, "%s", answer.detail);
    if (!answer.alive || udp) {
        return STATUS_OK;
    }
    if (text_equal(service->protocol, "ssh")) {
        return ssh_key(call, service, entry->key, reterr);
    }
    return begins_with_tls(service->protocol) ? tls_key(call, service, entry->key, reterr)
                                              : STATUS_OK;
}

static int64_t soonest(int64_t exchange_ms, int64_t deadline_ms)
{
    return deadline_ms != 0 && deadline_ms < exchange_ms ? deadline_ms : exchange_ms;
}

enum status roll_call(const struct probe_call *call, int64_t deadline_ms, struct roll *ret_roll,
                      struct error *reterr)
{
    const struct profile *profile = call->subject->profile;

    *ret_roll = (struct roll){ .cut = profile->service_count > ROLL_CALL_MAX };
    for (size_t i = 0; i < profile->service_count && i < ROLL_CALL_MAX; i++) {
        struct roll_entry *entry = &ret_roll->entries[ret_roll->count++];

        entry->service = &profile->services[i];
        TRY(entry_ask(call, soonest(probe_exchange_deadline(call), deadline_ms), entry, reterr));
    }
    return STATUS_OK;
}

bool roll_is_full(const struct roll *roll)
{
    for (size_t i = 0; i < roll->count; i++) {
        if (roll->entries[i].known && !roll->entries[i].answers) {
            return false;
        }
    }
    return true;
}

bool roll_is_back(const struct roll *before, const struct roll *now, char *ret_missing, size_t size)
{
    for (size_t i = 0; i < before->count; i++) {
        if (before->entries[i].answers && (i >= now->count || !now->entries[i].answers)) {
            (void) snprintf(ret_missing, size, "%s", before->entries[i].service->id);
            return false;
        }
    }
    return true;
}

enum roll_keys roll_keys_compare(const struct roll *before, const struct roll *now)
{
    enum roll_keys word = ROLL_KEYS_UNKNOWN;

    for (size_t i = 0; i < before->count; i++) {
        const char *key = before->entries[i].key;

        if (key[0] == '\0') {
            continue;
        }
        if (i >= now->count || now->entries[i].key[0] == '\0') {
            return ROLL_KEYS_UNKNOWN;
        }
        if (strcmp(key, now->entries[i].key) != 0) {
            return ROLL_KEYS_CHANGED;
        }
        word = ROLL_KEYS_SAME;
    }
    return word;
}

json_t *roll_rows(const struct roll *before, const struct roll *now)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < before->count; i++) {
        const struct roll_entry *then = &before->entries[i];
        const struct roll_entry *after = &now->entries[i];

        if (then->known) {
            probe_list_add(rows,
                           json_pack("{s:s, s:b, s:b, s:s%, s:s%}", "service", then->service->id,
                                     "before", (int) then->answers, "after", (int) after->answers,
                                     "key_before", then->key, strnlen(then->key, KEY_SHOWN),
                                     "key_after", after->key, strnlen(after->key, KEY_SHOWN)));
        }
    }
    return rows;
}
