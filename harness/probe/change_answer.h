/* change_answer.h - what the answer to a request to change a password says of itself.  Whether the
 * password is another one afterwards is for log-ins to show. */
#pragma once

#include "channel/http.h"

enum change_word {
    CHANGE_ACCEPTED, /* it says that the change was made */
    CHANGE_REFUSED,
    CHANGE_UNCLEAR /* no answer, or a page whose words nobody here reads */
};

const char *change_word_text(enum change_word word);

/* success_status 0: not declared. */
enum change_word change_answer(const struct http_answer *answer, unsigned success_status);
