#include "wire/tls_names.h"

const struct tls_name wire_tls_groups[] = {
    { 0x001d, "x25519" },
    { 0x0017, "secp256r1" },
    { 0x001e, "x448" },
    { 0x0018, "secp384r1" },
    { 0x0019, "secp521r1" },
    { 0x001a, "brainpoolP256r1" },
    { 0x001b, "brainpoolP384r1" },
    { 0x001c, "brainpoolP512r1" },
    { 0x001f, "brainpoolP256r1tls13" },
    { 0x0020, "brainpoolP384r1tls13" },
    { 0x0021, "brainpoolP512r1tls13" },
    { 0x0029, "curveSM2" },
    { 0x0016, "secp256k1" },
    { 0x000e, "sect571r1" },
    { 0x000d, "sect571k1" },
    { 0x000b, "sect409k1" },
    { 0x000c, "sect409r1" },
    { 0x0009, "sect283k1" },
    { 0x000a, "sect283r1" },
    { 0x0014, "secp224k1" },
    { 0x0015, "secp224r1" },
    { 0x0008, "sect239k1" },
    { 0x0006, "sect233k1" },
    { 0x0007, "sect233r1" },
    { 0x0012, "secp192k1" },
    { 0x0013, "secp192r1" },
    { 0x0004, "sect193r1" },
    { 0x0005, "sect193r2" },
    { 0x0001, "sect163k1" },
    { 0x0002, "sect163r1" },
    { 0x0003, "sect163r2" },
    { 0x000f, "secp160k1" },
    { 0x0010, "secp160r1" },
    { 0x0011, "secp160r2" },
    { 0x0100, "ffdhe2048" },
    { 0x0101, "ffdhe3072" },
    { 0x0102, "ffdhe4096" },
    { 0x0103, "ffdhe6144" },
    { 0x0104, "ffdhe8192" },
    { 0x11ec, "X25519MLKEM768" },
    { 0x11eb, "SecP256r1MLKEM768" },
    { 0x11ed, "SecP384r1MLKEM1024" },
    { 0x0200, "MLKEM512" },
    { 0x0201, "MLKEM768" },
    { 0x0202, "MLKEM1024" },
};
const size_t wire_tls_groups_count = sizeof wire_tls_groups / sizeof wire_tls_groups[0];

const struct tls_name wire_tls_schemes[] = {
    { 0x0403, "ecdsa_secp256r1_sha256" },
    { 0x0503, "ecdsa_secp384r1_sha384" },
    { 0x0603, "ecdsa_secp521r1_sha512" },
    { 0x0807, "ed25519" },
    { 0x0808, "ed448" },
    { 0x0809, "rsa_pss_pss_sha256" },
    { 0x080a, "rsa_pss_pss_sha384" },
    { 0x080b, "rsa_pss_pss_sha512" },
    { 0x0804, "rsa_pss_rsae_sha256" },
    { 0x0805, "rsa_pss_rsae_sha384" },
    { 0x0806, "rsa_pss_rsae_sha512" },
    { 0x0401, "rsa_pkcs1_sha256" },
    { 0x0501, "rsa_pkcs1_sha384" },
    { 0x0601, "rsa_pkcs1_sha512" },
    { 0x081a, "ecdsa_brainpoolP256r1tls13_sha256" },
    { 0x081b, "ecdsa_brainpoolP384r1tls13_sha384" },
    { 0x081c, "ecdsa_brainpoolP512r1tls13_sha512" },
    { 0x0303, "ecdsa_sha224" },
    { 0x0301, "rsa_pkcs1_sha224" },
    { 0x0203, "ecdsa_sha1" },
    { 0x0201, "rsa_pkcs1_sha1" },
    { 0x0402, "dsa_sha256" },
    { 0x0502, "dsa_sha384" },
    { 0x0602, "dsa_sha512" },
    { 0x0302, "dsa_sha224" },
    { 0x0202, "dsa_sha1" },
    { 0x0101, "rsa_pkcs1_md5" },
};
const size_t wire_tls_schemes_count = sizeof wire_tls_schemes / sizeof wire_tls_schemes[0];

static const struct tls_name alerts[] = {
    { 0, "close_notify" },
    { 10, "unexpected_message" },
    { 20, "bad_record_mac" },
    { 21, "decryption_failed" },
    { 22, "record_overflow" },
    { 30, "decompression_failure" },
    { 40, "handshake_failure" },
    { 41, "no_certificate" },
    { 42, "bad_certificate" },
    { 43, "unsupported_certificate" },
    { 44, "certificate_revoked" },
    { 45, "certificate_expired" },
    { 46, "certificate_unknown" },
    { 47, "illegal_parameter" },
    { 48, "unknown_ca" },
    { 49, "access_denied" },
    { 50, "decode_error" },
    { 51, "decrypt_error" },
    { 60, "export_restriction" },
    { 70, "protocol_version" },
    { 71, "insufficient_security" },
    { 80, "internal_error" },
    { 86, "inappropriate_fallback" },
    { 90, "user_canceled" },
    { 100, "no_renegotiation" },
    { 109, "missing_extension" },
    { 110, "unsupported_extension" },
    { 111, "certificate_unobtainable" },
    { 112, "unrecognized_name" },
    { 113, "bad_certificate_status_response" },
    { 115, "unknown_psk_identity" },
    { 116, "certificate_required" },
    { 120, "no_application_protocol" },
};

static const char *tls_name_find(const struct tls_name *names, size_t count, uint16_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].code == code) {
            return names[i].name;
        }
    }
    return NULL;
}

const char *wire_tls_version_name(uint16_t version)
{
    static const struct tls_name versions[] = {
        { TLS_VERSION_SSL2, "SSLv2" }, { TLS_VERSION_SSL3, "SSLv3" }, { TLS_VERSION_10, "TLSv1.0" },
        { TLS_VERSION_11, "TLSv1.1" }, { TLS_VERSION_12, "TLSv1.2" }, { TLS_VERSION_13, "TLSv1.3" },
    };

    return tls_name_find(versions, sizeof versions / sizeof versions[0], version);
}

const char *wire_dtls_version_name(uint16_t version)
{
    switch (version) {
    case TLS_VERSION_11:
        return "DTLSv1.0";
    case TLS_VERSION_12:
        return "DTLSv1.2";
    case TLS_VERSION_13:
        return "DTLSv1.3";
    default:
        return NULL;
    }
}

uint16_t wire_dtls_version(uint16_t written)
{
    switch (written) {
    case DTLS_VERSION_10:
        return TLS_VERSION_11;
    case DTLS_VERSION_12:
        return TLS_VERSION_12;
    case DTLS_VERSION_13:
        return TLS_VERSION_13;
    default:
        return written;
    }
}

const char *wire_tls_group_name(uint16_t group)
{
    if (group == TLS_GROUP_EXPLICIT_PRIME) {
        return "explicit_prime";
    }
    if (group == TLS_GROUP_EXPLICIT_CHAR2) {
        return "explicit_char2";
    }
    return tls_name_find(wire_tls_groups, wire_tls_groups_count, group);
}

bool wire_tls_group_is_finite_field(uint16_t group)
{
    return group >= 0x0100 && group <= 0x01ff;
}

bool wire_tls_group_is_13_only(uint16_t group)
{
    return group >= 0x0200 || (group >= 0x001f && group <= 0x0021) || group == 0x0029;
}

const char *wire_tls_scheme_name(uint16_t scheme)
{
    return tls_name_find(wire_tls_schemes, wire_tls_schemes_count, scheme);
}

const char *wire_tls_alert_name(uint8_t alert)
{
    const char *name = tls_name_find(alerts, sizeof alerts / sizeof alerts[0], alert);

    return name != NULL ? name : "unknown";
}
