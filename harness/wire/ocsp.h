/* ocsp.h - what an OCSP response says about the first certificate that it speaks of (RFC 6960
 * section 4.2).  Nothing is verified: neither who signed it, nor for which certificate, nor when.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum ocsp_says {
    OCSP_MALFORMED,
    OCSP_NO_ANSWER, /* a responseStatus other than successful, such as tryLater */
    OCSP_UNKNOWN,
    OCSP_REVOKED,
    OCSP_GOOD
};

enum ocsp_says wire_ocsp_read(const void *der, size_t length);

/* "malformed", "no answer", "unknown", "revoked", "good"; static. */
const char *wire_ocsp_word(enum ocsp_says says);
