/* ftp.h - a client's side of an FTP control connection (RFC 959), one command at a time.
 *
 * Data connections are passive ones, to the device's own address.  What the device does is
 * an event, never a status. */
#pragma once

#include "channel/tcp.h"

struct ftp_link {
    struct tcp tcp;
    struct bytes heard;
    const char *host; /* borrowed */
};

struct ftp_reply {
    enum tcp_event event; /* TCP_OK: code is the device's */
    unsigned code;        /* 0: what came is no reply of FTP */
    char words[160];      /* of its last line, printable */
};

/* Connects and takes the greeting.  Close with DEFER(ftp_done). */
enum status ftp_open(struct ftp_link *link, const char *host, uint16_t port, int64_t deadline_ms,
                     struct transcript *transcript, struct ftp_reply *reply,
                     struct error *reterr) MUST_CHECK;
void ftp_done(struct ftp_link *link);

/* VERB, or VERB and one argument.  BAD_INPUT: the argument would end the line.
 * secret_word: what the transcript says in place of the argument; NULL: it is no secret. */
enum status ftp_ask(struct ftp_link *link, const char *verb, const char *argument,
                    const char *secret_word, int64_t deadline_ms, struct ftp_reply *reply,
                    struct error *reterr) MUST_CHECK;

/* RETR or LIST over a passive data connection: at most `most` octets are taken, and none are
 * kept.  reply: the one that settled it; 226 or 250 (or 426 and 451 after we have taken
 * enough) came after *ret_length octets. */
enum status ftp_fetch(struct ftp_link *link, const char *verb, const char *argument, size_t most,
                      int64_t deadline_ms, size_t *ret_length, struct ftp_reply *reply,
                      struct error *reterr) MUST_CHECK;
