/* nist_points.h - the base points of P-256, P-384 and P-521 (SP 800-186 section 3.2.1),
 * uncompressed: public keys whose private key is 1. */
#pragma once

#include <stdint.h>

extern const uint8_t wire_point_p256[65];
extern const uint8_t wire_point_p384[97];
extern const uint8_t wire_point_p521[133];
