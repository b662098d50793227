#include "probe/change_answer.h"

#include "probe/recipe.h"
#include "probe/web.h"

#include <string.h>

enum { WORDS_MAX = 4096 };

const char *change_word_text(enum change_word word)
{
    static const char *const words[] = {
        [CHANGE_ACCEPTED] = "accepted",
        [CHANGE_REFUSED] = "refused",
        [CHANGE_UNCLEAR] = "unclear",
    };

    return words[word];
}

/* Pages for people say in words what went wrong and answer 200 all the same. */
static bool is_for_people(const struct http_answer *answer)
{
    return strstr(answer->content_type, "html") != NULL || answer->body.length > WORDS_MAX;
}

static enum change_word success_word(const struct http_answer *answer, bool as_declared)
{
    if (recipe_is_login_page(answer)) {
        return CHANGE_REFUSED;
    }
    if (web_says_failure(answer)) {
        return CHANGE_UNCLEAR;
    }
    return as_declared || !is_for_people(answer) ? CHANGE_ACCEPTED : CHANGE_UNCLEAR;
}

enum change_word change_answer(const struct http_answer *answer, unsigned success_status)
{
    unsigned status = (unsigned) answer->status;

    if (answer->event != HTTP_ANSWERED) {
        return CHANGE_UNCLEAR;
    }
    if (success_status != 0 && status == success_status) {
        return status >= 200 && status < 300 ? success_word(answer, true) : CHANGE_ACCEPTED;
    }
    if (status >= 400 && status < 500) {
        return CHANGE_REFUSED;
    }
    if (success_status != 0) {
        return CHANGE_UNCLEAR;
    }
    if (status >= 300 && status < 400) {
        return recipe_redirects_to_login(answer) ? CHANGE_UNCLEAR : CHANGE_ACCEPTED;
    }
    return status >= 200 && status < 300 ? success_word(answer, false) : CHANGE_UNCLEAR;
}
