#include "cli/target.h"

#include "base/text.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Takes a transport off the end. */
static bool split_udp(char *text)
{
    char *slash = strrchr(text, '/');

    if (slash == NULL || (!text_equal(slash, "/udp") && !text_equal(slash, "/tcp"))) {
        return false;
    }
    *slash = '\0';
    return text_equal(slash + 1, "udp");
}

/* Splits off the port; a bare IPv6 address has more than one colon and no port. */
static enum status split(const char *text, char *host, size_t size, uint16_t *ret_port,
                         struct error *reterr)
{
    const char *end = text + strlen(text);
    const char *port = NULL;
    unsigned long long number = 0;

    if (text[0] == '[') {
        const char *close = strchr(text, ']');

        if (close == NULL || (close[1] != '\0' && close[1] != ':')) {
            return fail(reterr, STATUS_USAGE, "'%s': a ']' is missing or misplaced", text);
        }
        port = close[1] == ':' ? close + 2 : NULL;
        end = close;
        text++;
    } else if (strchr(text, ':') != NULL && strchr(text, ':') == strrchr(text, ':')) {
        end = strchr(text, ':');
        port = end + 1;
    }
    if (end == text || (size_t) (end - text) >= size) {
        return fail(reterr, STATUS_USAGE, "'%s' is not HOST or HOST:PORT", text);
    }
    memcpy(host, text, (size_t) (end - text));
    host[end - text] = '\0';
    if (port != NULL && (text_to_unsigned(port, 65535, &number) != STATUS_OK || number == 0)) {
        return fail(reterr, STATUS_USAGE, "'%s' is not a port from 1 to 65535", port);
    }
    *ret_port = (uint16_t) number;
    return STATUS_OK;
}

enum status target_parse(const char *text, struct target *ret_target, struct error *reterr)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char whole[300];
    char name[256];
    int code;

    if ((size_t) snprintf(whole, sizeof whole, "%s", text) >= sizeof whole) {
        return fail(reterr, STATUS_USAGE, "'%.60s...' is too long for a target", text);
    }
    ret_target->udp = split_udp(whole);
    TRY(split(whole, name, sizeof name, &ret_target->port, reterr));
    code = getaddrinfo(name, NULL, &hints, &found);
    if (code != 0) {
        return fail(reterr, STATUS_UNREACHABLE, "%s: %s", name, gai_strerror(code));
    }
    code = getnameinfo(found->ai_addr, found->ai_addrlen, ret_target->host, sizeof ret_target->host,
                       NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    if (code != 0) {
        return fail(reterr, STATUS_UNREACHABLE, "%s: %s", name, gai_strerror(code));
    }
    return STATUS_OK;
}

enum status target_authorized(const char *address, const struct profile *profile,
                              struct error *reterr)
{
    if (address_is_private(address)) {
        return STATUS_OK;
    }
    if (profile != NULL && profile->authorization.by != NULL) {
        return STATUS_OK;
    }
    return fail(reterr, STATUS_BAD_INPUT,
                "%s is neither loopback, link-local nor private: the profile must say who "
                "authorised the test (authorization: {by, date, scope})",
                address);
}
