#include "wire/login_prompt.h"

#include <ctype.h>
#include <string.h>

enum { LINE_MAX_LENGTH = 120, TEXT_WINDOW = 4096 };

static bool holds_any(const char *line, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strstr(line, *words) != NULL) {
            return true;
        }
    }
    return false;
}

/* Lower case, escape sequences (ECMA-48) and control characters removed; line ends kept
 * as '\n'.  Returns the length; room is `size` long and ends in NUL. */
static size_t plain(const unsigned char *text, size_t length, char *room, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        unsigned char octet = text[i];

        if (octet == 0x1b && i + 1 < length && text[i + 1] == '[') {
            i += 2;
            while (i < length && (text[i] < 0x40 || text[i] > 0x7e)) {
                i++;
            }
        } else if (octet == 0x1b) {
            i++;
        } else if (octet == '\n' || octet == '\r') {
            room[used++] = '\n';
        } else if (octet == '\t') {
            room[used++] = ' ';
        } else if (octet >= 0x20 && octet != 0x7f) {
            room[used++] = (char) tolower(octet);
        }
    }
    room[used] = '\0';
    return used;
}

/* The last line with something on it, trimmed at its end. */
static const char *last_line(char *text, size_t length)
{
    char *start;

    while (length > 0 && isspace((unsigned char) text[length - 1])) {
        length--;
    }
    text[length] = '\0';
    start = strrchr(text, '\n');
    return start == NULL ? text : start + 1;
}

static enum wire_prompt prompt_of(const char *line, bool line_ended)
{
    static const char *const new_words[] = { "new password", "new unix password",
                                             "current password", "(current)", NULL };
    static const char *const password_words[] = { "password", "passwd", "passcode", "パスワード",
                                                  NULL };
    static const char *const user_words[] = { "login", "user", "account", "logon", "ユーザ", NULL };
    size_t length = strlen(line);
    char last = length > 0 ? line[length - 1] : '\0';

    if (length == 0 || length > LINE_MAX_LENGTH) {
        return WIRE_PROMPT_NONE;
    }
    if (last == ':' || last == '>' || last == '?') {
        if (holds_any(line, new_words)) {
            return WIRE_PROMPT_NEW_PASSWORD;
        }
        if (holds_any(line, password_words)) {
            return WIRE_PROMPT_PASSWORD;
        }
        /* "Last login: ..." comes after a right password, and may come in pieces. */
        if (strncmp(line, "last ", 5) != 0 && last != '?' && holds_any(line, user_words)) {
            /* "user@host>" asks for a command. */
            return last == '>' && strchr(line, '@') != NULL ? WIRE_PROMPT_COMMAND
                                                            : WIRE_PROMPT_USER;
        }
    }
    if (!line_ended && (last == '#' || last == '$' || last == '>' || last == '%')) {
        return WIRE_PROMPT_COMMAND;
    }
    return WIRE_PROMPT_NONE;
}

struct wire_dialogue wire_login_read(const void *text, size_t length)
{
    static const char *const refused_words[] = {
        "incorrect",    "failed",     "failure",          "invalid",   "denied",
        "bad password", "wrong",      "not allowed",      "bad login", "illegal",
        "unknown user", "認証に失敗", "正しくありません", NULL,
    };
    static const char *const locked_words[] = {
        "too many",       "is locked",       "been locked", "locked out",
        "account locked", "try again later", "ロックされ",  NULL,
    };
    char room[TEXT_WINDOW + 1];
    const unsigned char *from = text;
    struct wire_dialogue dialogue = { .prompt = WIRE_PROMPT_NONE };
    bool line_ended;
    size_t used;

    if (length > TEXT_WINDOW) {
        from += length - TEXT_WINDOW;
        length = TEXT_WINDOW;
    }
    used = plain(from, length, room, sizeof room);
    dialogue.refused = holds_any(room, refused_words);
    dialogue.locked = holds_any(room, locked_words);
    line_ended = used > 0 && room[used - 1] == '\n';
    dialogue.prompt = prompt_of(last_line(room, used), line_ended);
    return dialogue;
}
