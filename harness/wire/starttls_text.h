/* starttls_text.h - the pieces of which a talk in clear before TLS is read: lines, replies, BER
 * lengths and XML elements.  For starttls.c, starttls_clear.c and starttls_clear_ldap.c alone. */
#pragma once

#include "base/bytes.h"
#include "wire/starttls_clear.h"

/* A piece of the stream. */
struct starttls_text {
    const char *at;
    size_t length;
};

/* The next whole line without its end; false: not there yet, or *ret_step says that it never
 * will be.  Kept in talk->answer. */
bool wire_starttls_line(struct starttls *talk, struct starttls_text stream,
                        struct starttls_text *ret_line, enum starttls_step *ret_step);

/* The code of the next whole reply of SMTP or FTP; 0: see *ret_step. */
unsigned wire_starttls_reply(struct starttls *talk, struct starttls_text stream,
                             enum starttls_step *ret_step);

bool wire_starttls_begins(struct starttls_text text, const char *prefix);

/* BER in definite form, as RFC 4511 section 5.1 demands; *ret_possible: false for anything else. */
uint32_t wire_starttls_ber_length(struct reader *reader, bool *ret_possible);

/* Where the needle, looked for from `from` on, ends; 0: it is not there. */
size_t wire_starttls_after(struct starttls_text stream, size_t from, const char *needle);

/* The end of the element that this start tag begins, itself included; 0: not whole yet. */
size_t wire_starttls_after_element(struct starttls_text stream, size_t from, const char *start,
                                   const char *end);

/* starttls_clear_ldap.c: the step of LDAP. */
enum starttls_clear_step wire_starttls_clear_ldap(struct starttls_clear *clear,
                                                  struct starttls_text stream);
