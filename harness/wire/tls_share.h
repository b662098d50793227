/* tls_share.h - key shares whose private value is 1 (RFC 8446 section 4.2.8): the group's base
 * point, or its generator.  What both sides then share is the other side's own share, so that a
 * server's encrypted answer can be read without any public-key operation of ours.  Nothing that is
 * sent under such keys is secret. */
#pragma once

#include "base/bytes.h"

enum { TLS_SHARE_MAX = 1024 };

/* X25519, X448, the NIST curves and the finite fields of RFC 7919. */
bool wire_tls_share_known(uint16_t group);

/* Appends the share; nothing for a group that is not known. */
void wire_tls_share_put(struct builder *builder, uint16_t group);

/* What is shared with the server's share: a span of it; false when that is malformed. */
bool wire_tls_share_secret(uint16_t group, const uint8_t *share, size_t length,
                           const uint8_t **ret_secret, size_t *ret_length);
