#include "reading/sentence.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 12 };

/* Compiled by the first who asks. */
struct wording {
    const char *words[WORDS_MAX + 1];
    regex_t regexes[WORDS_MAX];
    bool ready;
};

static struct wording denials = {
    .words = {
        "未定|未確定|未決定",
        "(定め|決め|設け|約束し|保証し|確約し)て(い|おり)(ません|ない|ませ)",
        "(約束|保証|確約)(は|を)?(いた)?(し|でき)(ません|ない|かね)",
        "(約束|保証|確約)するものでは",
        "(返信|返答|回答|連絡|通知|お知らせ)(は|を)?(いた)?しません",
        "(返信|返答|回答|連絡|通知|お知らせ)は行(いません|っておりません|っていません|いない)",
        "not (yet )?(been )?(decided|determined|defined|fixed|promised|guaranteed|committed)",
        "(not|cannot|can't|won't|don't|no|never) "
        "(promise|guarantee|commit|acknowledge|confirm|reply|respond|answer)",
        "no (fixed|particular|specific|set|certain) (time|date|period|deadline)",
        "to be (announced|determined|decided|defined)|undecided|(^|[^a-z])tb[ad]([^a-z]|$)",
        NULL,
    },
};

static struct wording written_before = {
    .words = {
        "(発売|発行|公開|更新|作成|掲載|登録|施行)日(時)?[ :(]*$",
        "(最終更新|改訂|改定|制定|施行)(日)?[ :(]*$",
        "(^|[^a-z])(published|updated|revised|issued|issue|released?|printed|dated|modified|"
        "reviewed|effective|launched|introduced|since|from|starting|as of)( date)?( on)?[ :(]*$",
        NULL,
    },
};

static struct wording written_after = {
    .words = {
        "^[ )]*(から|より|現在|時点|発売|発行|公開|制定|改訂|改定|更新|作成|掲載)",
        "^[ )]*(onwards?([^a-z]|$)|and later|(to|until|through|till|~|-) "
        "*([0-9]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|end of))",
        NULL,
    },
};

static bool found(struct wording *wording, const char *text, size_t length, regmatch_t *ret_match)
{
    char *copy = strndup(text, length);
    bool any = false;

    if (copy == NULL) {
        abort();
    }
    for (size_t i = 0; !wording->ready && wording->words[i] != NULL; i++) {
        if (regcomp(&wording->regexes[i], wording->words[i], REG_EXTENDED) != 0) {
            abort(); /* a slip of ours */
        }
    }
    wording->ready = true;
    for (size_t i = 0; !any && wording->words[i] != NULL; i++) {
        any = regexec(&wording->regexes[i], copy, 1, ret_match, 0) == 0;
    }
    free(copy);
    return any;
}

/* Length of what ends a sentence here; 0: nothing does. */
static size_t stop_at(const char *lower, size_t length, size_t at)
{
    static const char ideographic[] = "。";

    if (length - at >= sizeof ideographic - 1 &&
        memcmp(lower + at, ideographic, sizeof ideographic - 1) == 0) {
        return sizeof ideographic - 1;
    }
    /* "10.5", "example.com" */
    return (lower[at] == '.' || lower[at] == '!' || lower[at] == '?') &&
                   (at + 1 == length || lower[at + 1] == ' ')
               ? 1
               : 0;
}

struct span sentence_around(const char *lower, size_t length, size_t from, size_t to)
{
    struct span sentence = { .start = 0, .end = length };

    for (size_t at = 0; at < length; at++) {
        size_t stop = stop_at(lower, length, at);

        if (stop > 0 && at + stop <= from) {
            sentence.start = at + stop;
        }
        if (stop > 0 && at >= to) {
            sentence.end = at + stop;
            break;
        }
    }
    return sentence;
}

bool sentence_denies(const char *lower, struct span sentence)
{
    regmatch_t match;

    return found(&denials, lower + sentence.start, sentence.end - sentence.start, &match);
}

bool sentence_dates_otherwise(const char *lower, size_t length, struct span anchor,
                              struct span date)
{
    struct span sentence = sentence_around(lower, length, date.start, date.start);
    regmatch_t match;

    if (found(&written_after, lower + date.end, length - date.end, &match)) {
        return true;
    }
    if (!found(&written_before, lower + sentence.start, date.start - sentence.start, &match)) {
        return false;
    }
    return anchor.end <= sentence.start + (size_t) match.rm_so || anchor.end > date.start;
}
