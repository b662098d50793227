#include "cases.h"
#include "damage.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first bytes throw the dice, the rest is damaged; the room is exactly what is allowed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dice dice = { 0 };
    struct damaged message;

    if (size < 10) {
        return 0;
    }
    memcpy(&dice.state, data, 8);
    message.length = size - 10;
    message.capacity = message.length + (size_t) (data[8] << 4 | data[9]);
    message.room = malloc(message.capacity + 1);
    if (message.room == NULL) {
        abort();
    }
    memcpy(message.room, data + 10, message.length);
    for (int i = 0; i < 8; i++) {
        damage(&dice, &message);
        if (message.length > message.capacity) {
            abort();
        }
    }
    (void) cases_is_harmless("coap", message.room, message.length);
    (void) cases_is_harmless("tftp", message.room, message.length);
    (void) cases_is_harmless("http", message.room, message.length);
    free(message.room);
    return 0;
}
