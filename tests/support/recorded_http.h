/* recorded_http.h - a recorded answer as http_client_ask would have given it. */
#pragma once

#include "fixture.h"

#include "channel/http.h"

#include <stdlib.h>

/* "Name: value" of the head, or "". */
__attribute__((unused)) static void recorded_value(const char *head, const char *name, char *room,
                                                   size_t size)
{
    const char *at = strcasestr(head, name);

    room[0] = '\0';
    if (at != NULL) {
        at += strlen(name) + 2;
        (void) snprintf(room, size, "%.*s", (int) strcspn(at, "\r\n"), at);
    }
}

/* http_answer_done(answer). */
__attribute__((unused)) static void recorded_http(const char *name, struct http_answer *answer)
{
    char text[8192];
    const char *body;

    cr_assert_gt(fixture_text(name, text, sizeof text), 12);
    body = strstr(text, "\r\n\r\n");
    cr_assert_not_null(body);
    *answer = (struct http_answer){ .event = HTTP_ANSWERED,
                                    .status = (int) strtol(text + strlen("HTTP/1.1 "), NULL, 10),
                                    .body = bytes_bounded(sizeof text),
                                    .headers = json_object() };
    cr_assert_eq(bytes_append_text(&answer->body, body + 4, NULL), STATUS_OK);
    recorded_value(text, "Location", answer->location, sizeof answer->location);
    recorded_value(text, "Content-Type", answer->content_type, sizeof answer->content_type);
}
