#include "remains.h"

#include "probe/web.h"

#include <string.h>

bool remains_known(const struct http_answer *answer, const char *path)
{
    return answer->event == HTTP_ANSWERED && (answer->status == 404 || answer->status == 410 ||
                                              web_view(answer, path, false).word == WEB_GRANTED);
}

bool remains_in(const struct http_answer *answer, const char *marker)
{
    return answer->body.length > 0 &&
           memmem(answer->body.data, answer->body.length, marker, strlen(marker)) != NULL;
}
