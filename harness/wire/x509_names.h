/* x509_names.h - distinguished names as text, and the OIDs we can name. */
#pragma once

#include "wire/x509_der.h"

/* RFC 4514 of the content of a Name; false when it is malformed. */
bool wire_x509_name_text(const struct der *name, char *room, size_t size);

/* A short name of an algorithm or curve, such as "sha256WithRSAEncryption" or
 * "secp256r1"; the dotted number when it has none here. */
void wire_x509_oid_name(const struct der *oid, char *room, size_t size);
