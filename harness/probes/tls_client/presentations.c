#include "stage.h"

#include "base/text.h"

#include <string.h>

const struct presentation presentations[] = {
    { .name = "valid", .kind = PRESENT_CHAIN, .flaw = FORGE_VALID },
    { .name = "self_signed", .kind = PRESENT_CHAIN, .flaw = FORGE_SELF_SIGNED },
    { .name = "wrong_host", .kind = PRESENT_CHAIN, .flaw = FORGE_WRONG_HOST },
    { .name = "expired", .kind = PRESENT_CHAIN, .flaw = FORGE_EXPIRED },
    { .name = "not_yet_valid", .kind = PRESENT_CHAIN, .flaw = FORGE_NOT_YET_VALID },
    { .name = "unknown_ca", .kind = PRESENT_CHAIN, .flaw = FORGE_UNKNOWN_CA },
    { .name = "leaf_as_ca", .kind = PRESENT_CHAIN, .flaw = FORGE_LEAF_AS_CA },
    { .name = "sha1", .kind = PRESENT_CHAIN, .flaw = FORGE_SHA1 },
    { .name = "rsa1024", .kind = PRESENT_CHAIN, .flaw = FORGE_RSA1024 },
    { .name = "no_staple", .kind = PRESENT_CHAIN, .flaw = FORGE_VALID, .staple = STAPLE_NONE },
    { .name = "revoked", .kind = PRESENT_CHAIN, .flaw = FORGE_VALID, .staple = STAPLE_REVOKED },
    { .name = "tls10", .kind = PRESENT_VERSION, .over = OVER_TCP, .version = TLS_VERSION_10 },
    { .name = "tls11", .kind = PRESENT_VERSION, .over = OVER_TCP, .version = TLS_VERSION_11 },
    { .name = "dtls10", .kind = PRESENT_VERSION, .over = OVER_UDP, .version = TLS_VERSION_11 },
    { .name = "null", .kind = PRESENT_SUITES, .suites = SUITES_NULL },
    { .name = "export", .kind = PRESENT_SUITES, .suites = SUITES_EXPORT },
    { .name = "anonymous", .kind = PRESENT_SUITES, .suites = SUITES_ANONYMOUS },
    { .name = "plain", .kind = PRESENT_PLAIN },
    { .name = NULL },
};

const char *const presentation_names[] = {
    "valid",      "self_signed", "wrong_host", "expired", "not_yet_valid",
    "unknown_ca", "leaf_as_ca",  "sha1",       "rsa1024", "no_staple",
    "revoked",    "tls10",       "tls11",      "dtls10",  "null",
    "export",     "anonymous",   "plain",      NULL,
};

const struct presentation *presentation_find(const char *name)
{
    for (const struct presentation *at = presentations; at->name != NULL; at++) {
        if (text_equal(at->name, name)) {
            return at;
        }
    }
    return NULL;
}

bool stage_suite_is(uint16_t code, enum suite_class wanted)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);

    if (suite == NULL) {
        return false;
    }
    switch (wanted) {
    case SUITES_NULL:
        return strcmp(suite->cipher, "NULL") == 0;
    case SUITES_EXPORT:
        return strstr(suite->name, "EXPORT") != NULL;
    case SUITES_ANONYMOUS:
        return suite->auth == TLS_AUTH_ANON || suite->auth == TLS_AUTH_NULL;
    }
    return false;
}
