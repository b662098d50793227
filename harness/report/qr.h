/* qr.h - a QR code as the path of an SVG drawing.
 * ISO/IEC 18004 by libqrencode, byte mode, correction level M. */
#pragma once

#include "base/bytes.h"

/* Appends a path's data, one unit a module, with its origin at the first module and without the
 * quiet zone of four modules, which the caller leaves.  *ret_side: modules a side. */
enum status qr_path(const char *text, struct bytes *out, unsigned *ret_side,
                    struct error *reterr) MUST_CHECK;
