#include "model/answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct source_file source = { .path = "answers.yaml", .data = data, .length = size };
    struct error error = { .status = STATUS_OK };
    struct answers *answers = NULL;

    if (answers_from_source(&source, arena, &answers, &error) == STATUS_OK && answers->count > 0 &&
        answers_to(answers, answers->items[0].to) == NULL) {
        __builtin_trap();
    }
    return 0;
}
