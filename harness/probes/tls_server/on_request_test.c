/* What 'starttls: auto' begins on request, and what suites call tls_on_request, is the same. */
#include "model/selector.h"
#include "wire/starttls.h"

#include <criterion/criterion.h>

Test(tls_server, the_selector_and_the_probe_know_the_same_protocols)
{
    static const char *const others[] = { "https", "ftps",  "smtps", "imaps", "pop3s",  "ssh",
                                          "http",  "mqtts", "tls",   "mqtt",  "telnet", "none" };
    const struct selector_field *field = selector_field_find("tls_on_request", SUBJECT_SERVICE);

    cr_assert_not_null(field);
    for (size_t i = 0; i < STARTTLS_COUNT + sizeof others / sizeof others[0]; i++) {
        const char *protocol = i < STARTTLS_COUNT ? wire_starttls_word((enum starttls_protocol) i)
                                                  : others[i - STARTTLS_COUNT];
        struct service service = { .protocol = protocol };
        struct subject subject = { .service = &service };
        json_t *value = field->value(&subject);

        cr_expect_eq(json_is_true(value), wire_starttls_find(protocol) != STARTTLS_NONE, "%s",
                     protocol);
        json_decref(value);
    }
}
