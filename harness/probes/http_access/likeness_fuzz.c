#include "probe/likeness.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = { "", "text/html", "application/json", "image/jpeg",
                                     "text/xml" };

static void answer_read(struct reader *reader, struct http_answer *answer)
{
    const char *type = types[reader_u8(reader) % (sizeof types / sizeof types[0])];
    size_t length = reader_u16(reader);

    *answer = (struct http_answer){ .event = HTTP_ANSWERED,
                                    .status = 200,
                                    .body = bytes_bounded(1 << 17) };
    memcpy(answer->content_type, type, strlen(type) + 1);
    length = length < reader_left(reader) ? length : reader_left(reader);
    if (length > 0 &&
        bytes_append(&answer->body, reader_take(reader, length), length, NULL) != STATUS_OK) {
        abort();
    }
}

/* Three answers, each a type, two octets of length and a body: the role's, a stranger's, and
 * that of a path which nobody made. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(http_answer_done) struct http_answer thing = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(http_answer_done) struct http_answer nothing = { 0 };
    struct reader reader = reader_over(data, size);

    answer_read(&reader, &thing);
    answer_read(&reader, &answer);
    answer_read(&reader, &nothing);
    if (likeness_disowns(&thing, &thing, &nothing) != NULL ||
        (likeness_of(&thing, &answer) == LIKENESS_SAME &&
         likeness_disowns(&thing, &answer, &nothing) != NULL)) {
        abort(); /* what is the thing is never disowned */
    }
    (void) likeness_disowns(&thing, &answer, &nothing);
    return 0;
}
