#include "wire/tls_suites.h"

#define S(code_, name_, kx_, auth_, cipher_, bits_, mac_, tier_, registered_)                      \
    { code_, name_, TLS_KX_##kx_,     TLS_AUTH_##auth_, cipher_,                                   \
      bits_, mac_,  TLS_TIER_##tier_, registered_ },

#define Y true
#define N false

const struct tls_suite wire_tls_suites[] = {
#include "wire/tls_suites.def"
};

const size_t wire_tls_suites_count = sizeof wire_tls_suites / sizeof wire_tls_suites[0];

const struct tls_suite *wire_tls_suites_find(uint16_t code)
{
    size_t low = 0;
    size_t high = wire_tls_suites_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (wire_tls_suites[middle].code == code) {
            return &wire_tls_suites[middle];
        }
        if (wire_tls_suites[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool wire_tls_suites_is_13(const struct tls_suite *suite)
{
    return suite->kx == TLS_KX_TLS13;
}

const char *wire_tls_tier_word(enum tls_tier tier)
{
    static const char *const words[] = { "high", "recommended", "exception", "unknown", "none" };

    return words[tier];
}
