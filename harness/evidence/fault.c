#include "evidence/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool code_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

void fault_code(const struct error *error, char room[FAULT_CODE_SIZE])
{
    size_t length = 0;
    bool dotted = false;

    room[0] = '\0';
    while (length < FAULT_CODE_SIZE - 1 && code_char(error->message[length])) {
        dotted = dotted || error->message[length] == '.';
        length++;
    }
    if (!dotted || error->message[length] != ':') {
        return;
    }
    memcpy(room, error->message, length);
    room[length] = '\0';
}
