#include "evidence/sigstore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct public_key nobody;
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    DEFER(bytes_done) struct bytes plain = bytes_bounded(size + 1);
    enum signature_outcome outcome;

    if (sigstore_read(data, size, &envelope, NULL) == STATUS_OK &&
        dsse_verify(&nobody, DSSE_TYPE_STATEMENT, envelope.payload.data, envelope.payload.length,
                    &envelope.signature, &outcome, NULL) == STATUS_OK &&
        outcome == SIGNATURE_GOOD) {
        __builtin_trap();
    }
    return dsse_base64((const char *) data, size, &plain, NULL) == STATUS_INTERNAL;
}
