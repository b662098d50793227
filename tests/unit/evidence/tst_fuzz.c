#include "evidence/tst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tst_context context = { .at_ms = 1800000000000, .as_of_ms = 1800000000000 };
    struct tst_verdict verdict;
    struct tst tst;

    if (tst_read(data, size, &tst, NULL) != STATUS_OK) {
        return 0;
    }
    if (tst_judge(&tst, "", 0, &context, &verdict, NULL) != STATUS_OK ||
        verdict.outcome == TST_GOOD) {
        __builtin_trap(); /* nobody is trusted */
    }
    return 0;
}
