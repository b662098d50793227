#include "name.h"

#include <ctype.h>
#include <stdio.h>

void name_join(const char *first, const char *second, char room[NAME_SIZE])
{
    (void) snprintf(room, NAME_SIZE, "%.60s%s%.60s", first, second != NULL ? "-" : "",
                    second != NULL ? second : "");
    for (char *at = room; *at != '\0'; at++) {
        *at = (char) tolower((unsigned char) *at);
    }
}
