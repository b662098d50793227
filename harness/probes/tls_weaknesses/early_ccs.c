/* CCS injection (CVE-2014-0224): a ChangeCipherSpec before there are keys.
 *
 * A server that takes it goes on with keys made of an empty master secret.  Two things show that:
 * a clear record that follows fails its MAC, though without the ChangeCipherSpec it is only out of
 * place; and a record protected by just those keys is taken without a word. */
#include "base/clock.h"
#include "weaknesses.h"

#include <string.h>

enum { JUNK = 64 };

static bool is_mac_alert(const struct talk *talk)
{
    return talk->heard == HEARD_ALERT &&
           (talk->alert == TLS_ALERT_BAD_RECORD_MAC || talk->alert == TLS_ALERT_DECRYPTION_FAILED);
}

static enum status change_send(struct talk *talk, struct error *reterr)
{
    static const uint8_t change[] = { 1 };

    return talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_CHANGE_CIPHER_SPEC, change,
                       sizeof change, reterr);
}

/* With or without the early ChangeCipherSpec: how the server takes a clear record after it.  False:
 * it did not come so far. */
static enum status junk_try(struct weaknesses *all, struct talk *talk, bool early, bool *ret_asked,
                            struct error *reterr)
{
    struct tls_hello hello = talk_hello_of(&all->bench, all->offered, all->offered_count);
    uint8_t junk[JUNK];

    TRY(talk_start(talk, &all->bench, &hello, ret_asked, reterr));
    if (!*ret_asked) {
        return STATUS_OK;
    }
    talk_hold(talk);
    if (early) {
        TRY(change_send(talk, reterr));
    }
    tls_keys_numbers(&all->bench.seed, junk, sizeof junk);
    TRY(talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_APPLICATION_DATA, junk, sizeof junk,
                    reterr));
    TRY(talk_release(talk, reterr));
    return talk_hear(talk, clock_monotonic_ms() + bench_quiet_ms(&all->bench), reterr);
}

/* *ret_taken when a warning that is protected by the keys of an empty master secret is taken;
 * *ret_asked: it could be asked. */
static enum status sealed_try(struct weaknesses *all, bool *ret_asked, bool *ret_taken,
                              struct error *reterr)
{
    static const uint8_t warning[] = { 1, TLS_ALERT_USER_CANCELED };
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    struct tls_hello hello = talk_hello_of(&all->bench, all->offered, all->offered_count);

    *ret_taken = false;
    TRY(talk_start(&talk, &all->bench, &hello, ret_asked, reterr));
    *ret_asked = *ret_asked && talk.cipher != NULL;
    if (!*ret_asked) {
        return STATUS_OK;
    }
    TRY(tls_keys_expand(talk.version, talk.cipher, "", 0, talk.client_random, talk.server_random,
                        &talk.out, &talk.in, reterr));
    talk_hold(&talk);
    TRY(change_send(&talk, reterr));
    talk.out_protected = true;
    TRY(talk_record(&talk, TLS_RECORD_RIGHT, TLS_CONTENT_ALERT, warning, sizeof warning, reterr));
    TRY(talk_release(&talk, reterr));
    TRY(talk_hear(&talk, clock_monotonic_ms() + bench_quiet_ms(&all->bench), reterr));
    *ret_taken = talk.heard == HEARD_NOTHING;
    return STATUS_OK;
}

/* The clear record failed its MAC: would it without the ChangeCipherSpec? */
static enum status mac_alert_explain(struct weaknesses *all, struct error *reterr)
{
    DEFER(talk_done) struct talk without = TALK_CLOSED;
    bool taken = false;
    bool asked = false;

    TRY(sealed_try(all, &asked, &taken, reterr));
    if (taken) {
        weakness_seen(all, WEAKNESS_CCS, true);
        return STATUS_OK;
    }
    TRY(junk_try(all, &without, false, &asked, reterr));
    if (asked && talk_ended(&without) && !is_mac_alert(&without)) {
        weakness_seen(all, WEAKNESS_CCS, true);
    } else {
        weakness_unknown(all, WEAKNESS_CCS, "any record out of place is answered alike");
    }
    return STATUS_OK;
}

/* Silence where there was an end before could be a delay: once more, the other way round. */
static enum status silence_confirm(struct weaknesses *all, bool *ret_asked, bool *ret_taken,
                                   struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;

    TRY(sealed_try(all, ret_asked, ret_taken, reterr));
    if (*ret_taken) {
        TRY(junk_try(all, &talk, true, ret_asked, reterr));
        *ret_taken = *ret_asked && talk_ended(&talk);
    }
    return STATUS_OK;
}

enum status early_ccs_try(struct weaknesses *all, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    char text[TALK_TEXT_SIZE];
    bool taken = false;
    bool asked = false;

    TRY(junk_try(all, &talk, true, &asked, reterr));
    talk_text(&talk, text);
    if (!asked) {
        weakness_unknown(all, WEAKNESS_CCS, "no handshake was begun: %s", text);
        return STATUS_OK;
    }
    if (is_mac_alert(&talk)) {
        return mac_alert_explain(all, reterr);
    }
    if (talk.heard == HEARD_ALERT) {
        weakness_seen(all, WEAKNESS_CCS, false);
    } else if (talk_ended(&talk)) {
        /* Without an alert nobody knows which of the two it did not like. */
        TRY(sealed_try(all, &asked, &taken, reterr));
        if (taken) {
            TRY(silence_confirm(all, &asked, &taken, reterr));
        }
        if (asked) {
            weakness_seen(all, WEAKNESS_CCS, taken);
        } else {
            weakness_unknown(all, WEAKNESS_CCS,
                             "%s without an alert, and no second question could "
                             "be asked",
                             text);
        }
    } else {
        weakness_unknown(all, WEAKNESS_CCS, "an early ChangeCipherSpec: %s", text);
    }
    return STATUS_OK;
}
