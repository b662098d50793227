/* Answers that no library of today gives: an old version, or a suite without protection.  First the
 * ServerHello alone, so that an objection to it is told from one to what follows. */
#include "stage.h"

#include "base/clock.h"
#include "probe/web.h"
#include "wire/tls_server_flight.h"

#include <stdlib.h>
#include <string.h>

enum {
    SUITE_RSA_AES_128_SHA = 0x002f,
    SUITE_RSA_NULL_SHA256 = 0x003b,
    SUITE_RSA_EXPORT_RC4 = 0x0003,
    SUITE_ECDH_ANON_AES = 0xc018,
    SCHEME_RSA_PKCS1_SHA256 = 0x0401,
    PARAMS_MAX = 1024,
    HEARD_MAX = 1 << 16
};

/* With CBC and SHA-1, as versions before TLS 1.2 have them, and with the RSA key that we have. */
static const uint16_t old_suites[] = { 0x002f, 0x0035, 0x000a, 0x0041, 0x0084,
                                       0xc013, 0xc014, 0xc012, 0x0005, 0x0004 };

static uint16_t suite_pick(const struct presentation *shown, const struct tls_client_hello *hello,
                           bool *ret_offered)
{
    static const uint16_t fallbacks[] = { [SUITES_NULL] = SUITE_RSA_NULL_SHA256,
                                          [SUITES_EXPORT] = SUITE_RSA_EXPORT_RC4,
                                          [SUITES_ANONYMOUS] = SUITE_ECDH_ANON_AES };

    *ret_offered = true;
    if (shown->kind == PRESENT_VERSION) {
        for (size_t i = 0; i < sizeof old_suites / sizeof old_suites[0]; i++) {
            if (wire_tls_client_hello_offers(hello, old_suites[i])) {
                return old_suites[i];
            }
        }
        *ret_offered = false;
        return SUITE_RSA_AES_128_SHA;
    }
    for (size_t i = 0; i < hello->suite_count; i++) {
        if (stage_suite_is(hello->suites[i], shown->suites)) {
            return hello->suites[i];
        }
    }
    *ret_offered = false;
    return fallbacks[shown->suites];
}

static void dh_params(struct builder *builder)
{
    builder_u16(builder, FORGE_DH_LENGTH);
    builder_put(builder, forge_dh_prime, FORGE_DH_LENGTH);
    builder_u16(builder, 1);
    builder_u8(builder, 2);
    builder_u16(builder, 1); /* any public value: nothing is computed from it */
    builder_u8(builder, 4);
}

static enum status key_exchange(struct stage *stage, const struct tls_server_choice *choice,
                                const struct tls_client_hello *hello, struct builder *flight,
                                struct error *reterr)
{
    const struct tls_suite *suite = wire_tls_suites_find(choice->suite);
    uint8_t signed_room[PARAMS_MAX];
    uint8_t signature[FORGE_SIGNATURE_MAX];
    size_t signature_length = 0;
    struct builder whole = builder_over(signed_room, sizeof signed_room);
    const size_t randoms = sizeof hello->random + sizeof choice->random;

    if (suite == NULL || (suite->kx != TLS_KX_ECDHE && suite->kx != TLS_KX_DHE)) {
        return STATUS_OK; /* the certificate's key carries it */
    }
    builder_put(&whole, hello->random, sizeof hello->random);
    builder_put(&whole, choice->random, sizeof choice->random);
    if (suite->kx == TLS_KX_ECDHE) {
        wire_tls_ecdh_params_build(&whole);
    } else {
        dh_params(&whole);
    }
    if (suite->auth == TLS_AUTH_RSA) {
        TRY(forge_sign(stage->forge, &stage->chain, choice->version >= TLS_VERSION_12, whole.start,
                       whole.length, signature, &signature_length, reterr));
    }
    wire_tls_key_exchange_build(choice->version, whole.start + randoms, whole.length - randoms,
                                SCHEME_RSA_PKCS1_SHA256, signature, signature_length, flight);
    return STATUS_OK;
}

/* Certificate, ServerKeyExchange and ServerHelloDone. */
static enum status rest_build(struct stage *stage, const struct tls_server_choice *choice,
                              const struct tls_client_hello *hello, struct builder *flight,
                              struct error *reterr)
{
    const struct forged *chain = &stage->chain;

    if (!stage_suite_is(choice->suite, SUITES_ANONYMOUS)) {
        wire_tls_certificate_build(choice->version, chain->ders, chain->lengths, chain->count,
                                   flight);
    }
    TRY(key_exchange(stage, choice, hello, flight, reterr));
    wire_tls_server_done_build(choice->version, flight);
    return STATUS_OK;
}

/* An objection to the chain comes from who had none to the ServerHello (RFC 8446 section 6.2). */
static bool is_about_certificates(int alert)
{
    return (alert >= 42 && alert <= 46) || alert == 48 || alert == 49;
}

/* What came in answer, if it says anything. */
static void heard_read(const struct bytes *heard, struct scene *scene, bool *ret_key,
                       int *ret_alert)
{
    *ret_alert = -1;
    *ret_key = wire_tls_is_key_exchange(heard->data, heard->length);
    if (heard->length >= 7 && heard->data[0] == TLS_CONTENT_ALERT && heard->data[4] == 2) {
        *ret_alert = heard->data[6];
        scene->alert = *ret_alert;
    }
}

struct exchange {
    struct stage *stage;
    struct scene *scene;
    struct tcp *tcp;
    struct bytes heard;
    enum tcp_event event;
    bool key;                  /* the client's part of the key exchange */
    int alert;                 /* -1: none */
    struct dtls_speech speech; /* over UDP */
    uint8_t *speech_room;      /* TLS_FLIGHT_LENGTH_MAX bytes */
};

static enum status say_and_hear_datagrams(struct exchange *at, const struct builder *said,
                                          int64_t until_ms, struct error *reterr)
{
    struct dtls_word word = { .alert = -1 };

    wire_dtls_speech_load(&at->speech, said->start, said->length, at->speech_room,
                          TLS_FLIGHT_LENGTH_MAX);
    TRY(stage_say_datagrams(&at->speech, at->tcp, until_ms, &at->event, reterr));
    if (at->event == TCP_OK) {
        TRY(stage_hear_datagrams(at->stage, at->tcp, until_ms, &word, &at->event, reterr));
    }
    at->key = word.key;
    at->alert = word.alert;
    at->scene->alert = word.alert >= 0 ? word.alert : at->scene->alert;
    return STATUS_OK;
}

static enum status say_and_hear(struct exchange *at, const struct builder *said, int64_t wait_ms,
                                struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + wait_ms;

    if (at->stage->datagrams) {
        return say_and_hear_datagrams(at, said, until_ms, reterr);
    }
    TRY(tcp_send(at->tcp, said->start, said->length, until_ms, &at->event, reterr));
    if (at->event == TCP_OK) {
        TRY(stage_hear(at->stage, at->tcp, &at->heard, until_ms, &at->event, reterr));
    }
    heard_read(&at->heard, at->scene, &at->key, &at->alert);
    return STATUS_OK;
}

static const char *exchange_end(const struct exchange *at)
{
    if (at->alert >= 0) {
        return "alert";
    }
    return at->key                    ? "went_on"
           : at->event == TCP_TIMEOUT ? "silent"
           : at->event == TCP_CLOSED  ? "left"
                                      : "reset";
}

static enum status exchange_run(struct exchange *at, const struct tls_client_hello *hello,
                                struct builder *flight, struct error *reterr)
{
    struct stage *stage = at->stage;
    struct tls_server_choice choice = { .renegotiation_info = hello->renegotiation_info };
    const struct presentation *shown = at->scene->shown;
    bool offered = false;

    choice.version = shown->kind == PRESENT_VERSION           ? shown->version
                     : hello->legacy_version < TLS_VERSION_12 ? hello->legacy_version
                                                              : TLS_VERSION_12;
    at->speech.version = choice.version < TLS_VERSION_12 ? DTLS_VERSION_10 : DTLS_VERSION_12;
    choice.suite = suite_pick(shown, hello, &offered);
    web_random_text(&stage->random, (char *) choice.random, sizeof choice.random - 1);
    wire_tls_server_hello_build(&choice, flight);
    TRY(say_and_hear(at, flight, stage->object_ms, reterr));
    if (at->event != TCP_TIMEOUT) {
        at->scene->turned_down += at->alert >= 0 || at->event != TCP_OK;
        return STATUS_OK;
    }
    flight->length = 0;
    TRY(rest_build(stage, &choice, hello, flight, reterr));
    TRY(say_and_hear(at, flight, stage->talk_ms, reterr));
    if (at->key || is_about_certificates(at->alert)) {
        at->scene->went_on++;
    } else if (at->alert >= 0 && at->alert != 10) {
        at->scene->turned_down++; /* late, and about the ServerHello all the same */
    }
    return STATUS_OK;
}

enum status stage_handmade(struct stage *stage, struct scene *scene, struct tcp *tcp,
                           const struct tls_client_hello *hello, struct error *reterr)
{
    struct exchange at = {
        .stage = stage, .scene = scene, .tcp = tcp, .heard = bytes_bounded(HEARD_MAX), .alert = -1
    };
    uint8_t *room = malloc((size_t) 2 * TLS_FLIGHT_LENGTH_MAX);
    struct builder flight = builder_over(room, TLS_FLIGHT_LENGTH_MAX);
    enum status status;

    if (room == NULL) {
        abort();
    }
    at.speech_room = room + TLS_FLIGHT_LENGTH_MAX;
    status = exchange_run(&at, hello, &flight, reterr);
    if (status == STATUS_OK && stage->datagrams) {
        status = stage_give_up(stage, tcp, at.speech.record, reterr);
    }
    scene->end = exchange_end(&at);
    if (status == STATUS_OK) {
        transcript_note(stage->call->transcript, tcp->connection, "%s: %s", scene->shown->name,
                        scene->end);
    }
    free(room);
    bytes_done(&at.heard);
    return status;
}
