#include "report/qr.h"

#include <qrencode.h>
#include <stdio.h>

static void code_done(QRcode **code)
{
    QRcode_free(*code);
}

/* Modules that stand side by side are one bar. */
static enum status put_row(const unsigned char *row, unsigned width, unsigned y, struct bytes *out,
                           struct error *reterr)
{
    unsigned x = 0;

    while (x < width) {
        unsigned from = x;
        char bar[64];

        while (x < width && (row[x] & 1) != 0) {
            x++;
        }
        if (x > from) {
            (void) snprintf(bar, sizeof bar, "M%u %uh%uv1h-%uz", from, y, x - from, x - from);
            TRY(bytes_append_text(out, bar, reterr));
        } else {
            x++;
        }
    }
    return STATUS_OK;
}

enum status qr_path(const char *text, struct bytes *out, unsigned *ret_side, struct error *reterr)
{
    DEFER(code_done) QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (code == NULL) {
        return fail(reterr, STATUS_LIMIT, "this text does not fit a QR code");
    }
    *ret_side = (unsigned) code->width;
    for (unsigned y = 0; y < *ret_side; y++) {
        TRY(put_row(code->data + (size_t) y * *ret_side, *ret_side, y, out, reterr));
    }
    return STATUS_OK;
}
