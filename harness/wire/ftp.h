/* ftp.h - replies of an FTP server (RFC 959 section 4.2, RFC 2428).
 *
 * Accepts any bytes; no I/O, no allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_ftp_reply {
    unsigned code; /* 100 to 599 */
    size_t length; /* octets of the whole reply, all its lines and the last line's end */
    size_t text;   /* where the last line's words begin */
};

enum wire_ftp_word {
    WIRE_FTP_WHOLE,
    WIRE_FTP_MORE,   /* the end has not come yet */
    WIRE_FTP_FOREIGN /* no reply of this protocol */
};

/* The first reply in data. */
enum wire_ftp_word wire_ftp_reply_read(const void *data, size_t length,
                                       struct wire_ftp_reply *ret_reply);

/* The port of a reply to EPSV (229) or PASV (227); 0: none.  The address of a 227 is left
 * alone: it could send us to somebody else. */
uint16_t wire_ftp_data_port(const void *data, const struct wire_ftp_reply *reply);
