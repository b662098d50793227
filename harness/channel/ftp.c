#include "channel/ftp.h"

#include "base/secret.h"
#include "base/text.h"
#include "wire/ftp.h"

#include <stdio.h>
#include <string.h>

enum { HEARD_MAX = 16 * 1024, LINE_MAX_LENGTH = 512 };

static void words_take(struct ftp_reply *reply, const uint8_t *text, size_t length)
{
    while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == '\n')) {
        length--;
    }
    text_printable(text, length, reply->words, sizeof reply->words);
}

/* Takes one whole reply; what comes after it stays. */
static enum status reply_await(struct ftp_link *link, int64_t deadline_ms, struct ftp_reply *reply,
                               struct error *reterr)
{
    struct bytes *heard = &link->heard;

    *reply = (struct ftp_reply){ .event = TCP_OK };
    for (;;) {
        struct wire_ftp_reply whole = { 0 };
        enum wire_ftp_word word = wire_ftp_reply_read(heard->data, heard->length, &whole);

        if (word == WIRE_FTP_FOREIGN || heard->length >= HEARD_MAX / 2) {
            words_take(reply, heard->data, heard->length);
            return STATUS_OK;
        }
        if (word == WIRE_FTP_WHOLE) {
            reply->code = whole.code;
            words_take(reply, heard->data + whole.text, whole.length - whole.text);
            memmove(heard->data, heard->data + whole.length, heard->length - whole.length);
            heard->length -= whole.length;
            return STATUS_OK;
        }
        TRY(tcp_receive(&link->tcp, heard, deadline_ms, &reply->event, reterr));
        if (reply->event != TCP_OK) {
            return STATUS_OK;
        }
    }
}

enum status ftp_open(struct ftp_link *link, const char *host, uint16_t port, int64_t deadline_ms,
                     struct transcript *transcript, struct ftp_reply *reply, struct error *reterr)
{
    *link =
        (struct ftp_link){ .tcp = { .fd = -1 }, .heard = bytes_bounded(HEARD_MAX), .host = host };
    *reply = (struct ftp_reply){ .event = TCP_OK };
    TRY(tcp_open(&link->tcp, host, port, deadline_ms, transcript, &reply->event, reterr));
    if (reply->event == TCP_OK) {
        TRY(reply_await(link, deadline_ms, reply, reterr));
    }
    return STATUS_OK;
}

void ftp_done(struct ftp_link *link)
{
    tcp_done(&link->tcp);
    bytes_done(&link->heard);
}

enum status ftp_ask(struct ftp_link *link, const char *verb, const char *argument,
                    const char *secret_word, int64_t deadline_ms, struct ftp_reply *reply,
                    struct error *reterr)
{
    char line[LINE_MAX_LENGTH];
    int length = argument != NULL ? snprintf(line, sizeof line, "%s %s\r\n", verb, argument)
                                  : snprintf(line, sizeof line, "%s\r\n", verb);
    enum status status;

    *reply = (struct ftp_reply){ .event = TCP_OK };
    if (length < 0 || (size_t) length >= sizeof line ||
        (argument != NULL && strpbrk(argument, "\r\n") != NULL)) {
        secret_wipe(line, sizeof line);
        return fail(reterr, STATUS_BAD_INPUT, "what %s is asked with does not fit a line of FTP",
                    verb);
    }
    if (secret_word != NULL) {
        status = tcp_send_secret(&link->tcp, line, (size_t) length, secret_word, deadline_ms,
                                 &reply->event, reterr);
    } else {
        status = tcp_send(&link->tcp, line, (size_t) length, deadline_ms, &reply->event, reterr);
    }
    secret_wipe(line, sizeof line);
    if (status == STATUS_OK && reply->event == TCP_OK) {
        status = reply_await(link, deadline_ms, reply, reterr);
    }
    return status;
}

/* EPSV first (RFC 2428): it works over IPv6 too.  0: the device opens no port. */
static enum status data_port(struct ftp_link *link, int64_t deadline_ms, uint16_t *ret_port,
                             struct ftp_reply *reply, struct error *reterr)
{
    static const char *const verbs[] = { "EPSV", "PASV" };

    *ret_port = 0;
    for (size_t i = 0; i < 2 && *ret_port == 0; i++) {
        TRY(ftp_ask(link, verbs[i], NULL, NULL, deadline_ms, reply, reterr));
        if (reply->event != TCP_OK || reply->code == 530) {
            return STATUS_OK;
        }
        *ret_port = wire_ftp_data_port(
            reply->words,
            &(struct wire_ftp_reply){ .code = reply->code, .length = strlen(reply->words) });
    }
    return STATUS_OK;
}

/* The content stays out of the transcript: it may be what is protected. */
static enum status data_take(struct tcp *tcp, size_t most, int64_t deadline_ms, size_t *ret_length,
                             struct error *reterr)
{
    DEFER(bytes_done) struct bytes room = bytes_bounded(HEARD_MAX);
    enum tcp_event event = TCP_OK;

    while (event == TCP_OK && *ret_length < most) {
        bytes_clear(&room);
        TRY(tcp_receive(tcp, &room, deadline_ms, &event, reterr));
        *ret_length += room.length;
    }
    return STATUS_OK;
}

enum status ftp_fetch(struct ftp_link *link, const char *verb, const char *argument, size_t most,
                      int64_t deadline_ms, size_t *ret_length, struct ftp_reply *reply,
                      struct error *reterr)
{
    DEFER(tcp_done) struct tcp data = { .fd = -1 };
    enum tcp_event event = TCP_OK;
    uint16_t port = 0;

    *ret_length = 0;
    TRY(data_port(link, deadline_ms, &port, reply, reterr));
    if (port == 0 || reply->event != TCP_OK) {
        return STATUS_OK;
    }
    TRY(tcp_open(&data, link->host, port, deadline_ms, NULL, &event, reterr));
    if (event != TCP_OK) {
        *reply = (struct ftp_reply){ .event = event };
        return STATUS_OK;
    }
    TRY(ftp_ask(link, verb, argument, NULL, deadline_ms, reply, reterr));
    if (reply->event != TCP_OK || reply->code < 100 || reply->code > 199) {
        return STATUS_OK;
    }
    TRY(data_take(&data, most, deadline_ms, ret_length, reterr));
    transcript_note(link->tcp.transcript, link->tcp.connection, "%zu octets of data came",
                    *ret_length);
    tcp_done(&data);
    return reply_await(link, deadline_ms, reply, reterr);
}
