/* tst_private.h - what tst_judge.c and tst_chain.c share: libcrypto's X.509 and signatures, in a
 * library context of our own, to which the machine's configuration does not apply. */
#pragma once

#include "evidence/tst.h"

#include <openssl/x509.h>

OSSL_LIB_CTX *tst_crypto(void); /* made once; NULL when libcrypto cannot serve */

/* For DEFER. */
void tst_x509_done(X509 **certificate);

/* NULL when it is not one certificate and nothing else. */
X509 *tst_x509_read(const uint8_t *data, size_t length);

void tst_say(struct tst_verdict *verdict, enum tst_outcome outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Does this certificate lead to an authority, all judged at the token's time? */
enum status tst_chain(const struct tst *tst, X509 *signer, const struct tst_context *context,
                      struct tst_verdict *verdict, struct error *reterr) MUST_CHECK;
