#include "talk.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define OUR_IDENT "SSH-2.0-hoshitori\r\n"

/* SplitMix64 (Steele, Lea, Flood 2014): cookies and public values of which nobody keeps a
 * private half need variety that can be repeated, and no secrecy. */
static void noise_fill(uint64_t *seed, uint8_t *room, size_t length)
{
    for (size_t at = 0; at < length; at += 8) {
        uint64_t value = *seed += 0x9e3779b97f4a7c15u;

        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
        value = (value ^ value >> 27) * 0x94d049bb133111ebu;
        value ^= value >> 31;
        memcpy(room + at, &value, length - at < 8 ? length - at : 8);
    }
}

struct talk ssh_server_talk(const struct dialer *dialer, uint64_t *seed)
{
    return (struct talk){ .dialer = dialer,
                          .seed = seed,
                          .heard = bytes_bounded(TALK_HEARD_MAX),
                          .kexinit_bytes = bytes_bounded(SSH_PACKET_MAX) };
}

void ssh_server_talk_done(struct talk *talk)
{
    if (talk->dialer != NULL) {
        talk->dialer->close(talk->dialer->context);
    }
    bytes_done(&talk->heard);
    bytes_done(&talk->kexinit_bytes);
    talk->dialer = NULL;
}

static void talk_end(struct talk *talk, enum talk_end end, const char *why)
{
    talk->end = end;
    (void) snprintf(talk->why, sizeof talk->why, "%s", why);
}

/* What came in place of SSH is the best explanation there is. */
static void talk_end_event(struct talk *talk, enum tcp_event event)
{
    size_t left = talk->heard.length - talk->used;

    talk_end(talk, event == TCP_TIMEOUT ? TALK_SILENT : TALK_CLOSED, tcp_event_word(event));
    if (!talk->has_ident && left > 0) {
        char said[96];

        text_printable(talk->heard.data + talk->used, left, said, sizeof said);
        (void) snprintf(talk->why, sizeof talk->why, "%s after: %s", tcp_event_word(event), said);
    }
}

/* More of what the server says; *ret_event TCP_TIMEOUT when wait_ms is over, else the talk has
 * ended unless TCP_OK. */
static enum status talk_hear(struct talk *talk, unsigned wait_ms, enum tcp_event *ret_event,
                             struct error *reterr)
{
    *ret_event = TCP_CLOSED;
    if (talk->heard.length >= TALK_HEARD_MAX) {
        talk_end(talk, TALK_MALFORMED, "more than 128 KiB came");
        return STATUS_OK;
    }
    TRY(talk->dialer->receive(talk->dialer->context, &talk->heard, wait_ms, ret_event, reterr));
    if (*ret_event != TCP_OK && (*ret_event != TCP_TIMEOUT || wait_ms == 0)) {
        talk_end_event(talk, *ret_event);
    }
    return STATUS_OK;
}

static enum status talk_say(struct talk *talk, const void *data, size_t length,
                            struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    TRY(talk->dialer->send(talk->dialer->context, data, length, &event, reterr));
    if (event != TCP_OK) {
        talk_end_event(talk, event);
    }
    return STATUS_OK;
}

static enum status talk_say_packet(struct talk *talk, const void *payload, size_t length,
                                   struct error *reterr)
{
    uint8_t packet[SSH_KEX_ROOM + 64];
    size_t whole = length > 0 ? wire_ssh_packet_build(payload, length, packet, sizeof packet) : 0;

    if (whole == 0) {
        talk_end(talk, TALK_MALFORMED, "what is to be asked fits into no packet of ours");
        return STATUS_OK;
    }
    return talk_say(talk, packet, whole, reterr);
}

static enum status talk_ident(struct talk *talk, struct error *reterr)
{
    while (talk->end == TALK_OPEN) {
        const char *why = "";
        enum tcp_event event;
        enum ssh_parse parse =
            wire_ssh_ident_read(talk->heard.data, talk->heard.length, &talk->ident, &why);

        if (parse == SSH_PARSE_BAD) {
            talk_end(talk, TALK_MALFORMED, why);
        } else if (parse == SSH_PARSE_OK) {
            size_t length = talk->ident.line.length;

            memcpy(talk->ident_bytes, talk->ident.line.data, length);
            talk->used = talk->ident.used;
            (void) wire_ssh_ident_read(talk->heard.data, talk->used, &talk->ident, &why);
            talk->ident.protocol.data = talk->ident_bytes + 4;
            talk->ident.software.data = talk->ident.protocol.data + talk->ident.protocol.length + 1;
            talk->ident.comments.data = talk->ident_bytes + length - talk->ident.comments.length;
            talk->ident.line.data = talk->ident_bytes;
            talk->has_ident = true;
            return STATUS_OK;
        } else {
            TRY(talk_hear(talk, 0, &event, reterr));
        }
    }
    return STATUS_OK;
}

/* The next message that is none of those that may come at any time (RFC 4253 section 11).
 * wait_ms: as of talk_hear, with *ret_packet without a message when it is over. */
static enum status talk_packet(struct talk *talk, unsigned wait_ms, struct ssh_packet *ret_packet,
                               struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    while (talk->end == TALK_OPEN) {
        const char *why = "";
        enum ssh_parse parse = wire_ssh_packet_read(
            talk->heard.data + talk->used, talk->heard.length - talk->used, ret_packet, &why);

        if (parse == SSH_PARSE_BAD) {
            talk_end(talk, TALK_MALFORMED, why);
        } else if (parse == SSH_PARSE_MORE) {
            TRY(talk_hear(talk, wait_ms, &event, reterr));
            if (talk->end == TALK_OPEN && event == TCP_TIMEOUT) {
                return STATUS_OK;
            }
        } else {
            talk->used += ret_packet->used;
            if (ret_packet->message == SSH_MSG_DISCONNECT) {
                talk->end = TALK_DISCONNECTED;
                wire_ssh_disconnect_text(ret_packet->body, talk->why, sizeof talk->why);
            } else if (ret_packet->message != SSH_MSG_IGNORE &&
                       ret_packet->message != SSH_MSG_DEBUG &&
                       ret_packet->message != SSH_MSG_UNIMPLEMENTED) {
                return STATUS_OK;
            } else if (++talk->asides > TALK_ASIDES_MAX) {
                talk_end(talk, TALK_MALFORMED, "nothing but messages to be ignored");
            }
        }
    }
    return STATUS_OK;
}

/* A server may wait for the client's KEXINIT: it gets one that every server understands. */
static enum status talk_coax(struct talk *talk, struct error *reterr)
{
    static const struct ssh_kexinit usual = { .lists = {
#define LIST(text) { (const uint8_t *) (text), sizeof(text) - 1 }
                                                  [SSH_LIST_CIPHER_TO_SERVER] = LIST("aes128-ctr"),
                                                  [SSH_LIST_CIPHER_TO_CLIENT] = LIST("aes128-ctr"),
                                                  [SSH_LIST_MAC_TO_SERVER] = LIST("hmac-sha2-256"),
                                                  [SSH_LIST_MAC_TO_CLIENT] = LIST("hmac-sha2-256"),
                                                  [SSH_LIST_COMPRESSION_TO_SERVER] = LIST("none"),
                                                  [SSH_LIST_COMPRESSION_TO_CLIENT] = LIST("none"),
                                              } };
    static const struct ssh_span kex = LIST("curve25519-sha256,diffie-hellman-group14-sha1");
    static const struct ssh_span host_key = LIST("ssh-ed25519,ecdsa-sha2-nistp256,ssh-rsa");
#undef LIST
    uint8_t cookie[SSH_COOKIE_LENGTH];
    uint8_t payload[512];
    size_t length;

    noise_fill(talk->seed, cookie, sizeof cookie);
    length = wire_ssh_kexinit_build(&usual, kex, host_key, cookie, payload, sizeof payload);
    return talk_say_packet(talk, payload, length, reterr);
}

static enum status talk_kexinit(struct talk *talk, struct error *reterr)
{
    struct ssh_packet packet = { 0 };
    const char *why = "";

    TRY(talk_packet(talk, TALK_SHY_MS, &packet, reterr));
    if (talk->end == TALK_OPEN && packet.message == 0) {
        TRY(talk_coax(talk, reterr));
        TRY(talk_packet(talk, 0, &packet, reterr));
        if (talk->end == TALK_OPEN && packet.message == SSH_MSG_KEXINIT) {
            /* No question can follow: our KEXINIT has been sent. */
            talk_end(talk, TALK_SILENT, "it waits for the client's KEXINIT");
        }
    }
    if (packet.message != SSH_MSG_KEXINIT) {
        if (talk->end == TALK_OPEN) {
            talk_end(talk, TALK_MALFORMED, "another message in place of KEXINIT");
        }
        return STATUS_OK;
    }
    TRY(bytes_append(&talk->kexinit_bytes, packet.body.data, packet.body.length, reterr));
    talk->has_kexinit = wire_ssh_kexinit_read(
        (struct ssh_span){ talk->kexinit_bytes.data, talk->kexinit_bytes.length }, &talk->kexinit,
        &why);
    if (!talk->has_kexinit) {
        talk_end(talk, TALK_MALFORMED, why);
    }
    return STATUS_OK;
}

enum status ssh_server_talk_begin(struct talk *talk, struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    TRY(talk->dialer->open(talk->dialer->context, &event, reterr));
    if (event != TCP_OK) {
        talk_end(talk, TALK_NOT_CONNECTED, tcp_event_word(event));
        return STATUS_OK;
    }
    TRY(talk_say(talk, OUR_IDENT, sizeof OUR_IDENT - 1, reterr));
    TRY(talk_ident(talk, reterr));
    return talk->end == TALK_OPEN ? talk_kexinit(talk, reterr) : STATUS_OK;
}

static struct ssh_span first_name(struct ssh_span list)
{
    struct ssh_span name = { 0 };

    (void) wire_ssh_name_next(&list, &name);
    return name;
}

static bool same(struct ssh_span a, struct ssh_span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Our KEXINIT; then a guess of the server's that was wrong is passed over (RFC 4253 section 7). */
static enum status talk_agree(struct talk *talk, struct ssh_span kex, struct ssh_span host_key,
                              struct error *reterr)
{
    const struct ssh_span *lists = talk->kexinit.lists;
    uint8_t cookie[SSH_COOKIE_LENGTH];
    uint8_t payload[SSH_KEX_ROOM];
    struct ssh_packet guess;
    size_t length;

    noise_fill(talk->seed, cookie, sizeof cookie);
    length = wire_ssh_kexinit_build(&talk->kexinit, kex, host_key, cookie, payload, sizeof payload);
    TRY(talk_say_packet(talk, payload, length, reterr));
    if (talk->end == TALK_OPEN && talk->kexinit.first_kex_packet_follows &&
        !(same(kex, first_name(lists[SSH_LIST_KEX])) &&
          same(host_key, first_name(lists[SSH_LIST_HOST_KEY])))) {
        TRY(talk_packet(talk, 0, &guess, reterr));
    }
    return STATUS_OK;
}

static enum status talk_expect(struct talk *talk, uint8_t message, struct ssh_packet *ret_packet,
                               struct error *reterr)
{
    *ret_packet = (struct ssh_packet){ 0 };
    TRY(talk_packet(talk, 0, ret_packet, reterr));
    if (talk->end == TALK_OPEN && ret_packet->message != message) {
        talk_end(talk, TALK_MALFORMED, "another message in place of the answer");
    }
    return STATUS_OK;
}

static enum status talk_ask_group(struct talk *talk, const unsigned sizes[3],
                                  struct ssh_span *ret_prime, struct error *reterr)
{
    uint8_t payload[16];
    struct ssh_packet packet;

    if (talk->end != TALK_OPEN) {
        return STATUS_OK;
    }
    TRY(talk_say_packet(
        talk, payload,
        wire_ssh_group_request(sizes[0], sizes[1], sizes[2], payload, sizeof payload), reterr));
    TRY(talk_expect(talk, SSH_MSG_KEX_REPLY, &packet, reterr));
    if (talk->end == TALK_OPEN && !wire_ssh_group_read(packet.body, ret_prime)) {
        talk_end(talk, TALK_MALFORMED, "a group that is none");
    }
    return STATUS_OK;
}

enum status ssh_server_talk_group(struct talk *talk, struct ssh_span method,
                                  const unsigned sizes[3], unsigned *ret_bits, struct error *reterr)
{
    struct ssh_span prime = { 0 };

    TRY(talk_agree(talk, method, first_name(talk->kexinit.lists[SSH_LIST_HOST_KEY]), reterr));
    TRY(talk_ask_group(talk, sizes, &prime, reterr));
    *ret_bits = wire_ssh_bits(prime);
    return STATUS_OK;
}

enum status ssh_server_talk_host_key(struct talk *talk, struct ssh_span host_key,
                                     struct ssh_kex_reply *ret_reply, struct error *reterr)
{
    static const unsigned usual[3] = { 2048, 2048, 8192 };
    const struct ssh_kex_method *method = wire_ssh_kex_best(talk->kexinit.lists[SSH_LIST_KEX]);
    uint8_t noise[SSH_KEX_ROOM];
    uint8_t payload[SSH_KEX_ROOM];
    struct ssh_span prime = { 0 };
    struct ssh_packet packet;

    if (method == NULL) {
        talk_end(talk, TALK_MALFORMED, "no key exchange that is known here");
        return STATUS_OK;
    }
    TRY(talk_agree(talk, (struct ssh_span){ (const uint8_t *) method->name, strlen(method->name) },
                   host_key, reterr));
    if (method->way == SSH_KEX_GROUP) {
        TRY(talk_ask_group(talk, usual, &prime, reterr));
    }
    if (talk->end != TALK_OPEN) {
        return STATUS_OK;
    }
    noise_fill(talk->seed, noise, sizeof noise);
    TRY(talk_say_packet(talk, payload,
                        wire_ssh_kex_begin(method, prime, noise, payload, sizeof payload), reterr));
    TRY(talk_expect(talk, method->way == SSH_KEX_GROUP ? SSH_MSG_GEX_REPLY : SSH_MSG_KEX_REPLY,
                    &packet, reterr));
    if (talk->end == TALK_OPEN && !wire_ssh_kex_reply_read(packet.body, ret_reply)) {
        talk_end(talk, TALK_MALFORMED, "an answer to the key exchange that is none");
    }
    return STATUS_OK;
}
