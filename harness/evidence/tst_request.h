/* tst_request.h - asks for a token: a TimeStampReq (RFC 3161 section 2.4.1) over a SHA-256 digest,
 * with a nonce, and asking for the certificate to come along. */
#pragma once

#include "evidence/digest.h"

enum { TST_NONCE_SIZE = 8, TST_REQUEST_SIZE = 69 };

/* A fresh nonce from the kernel's random numbers, as the content of a positive INTEGER. */
enum status tst_nonce(uint8_t room[TST_NONCE_SIZE], struct error *reterr) MUST_CHECK;

void tst_request(const struct digest *imprint, const uint8_t nonce[TST_NONCE_SIZE],
                 uint8_t room[TST_REQUEST_SIZE]);
