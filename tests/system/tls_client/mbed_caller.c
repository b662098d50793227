/* mbed-caller PORT NAME CA [unsound]: one HTTPS request to 127.0.0.1 by an Mbed TLS client that
 * checks the server's certificate against CA and NAME, or does not check it at all. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <string.h>

struct caller {
    mbedtls_net_context net;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_x509_crt authority;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
};

static int caller_set_up(struct caller *caller, const char *name, const char *authority,
                         int strictness)
{
    int code = psa_crypto_init() == PSA_SUCCESS ? 0 : -1;

    mbedtls_net_init(&caller->net);
    mbedtls_entropy_init(&caller->entropy);
    mbedtls_ctr_drbg_init(&caller->drbg);
    mbedtls_x509_crt_init(&caller->authority);
    mbedtls_ssl_config_init(&caller->config);
    mbedtls_ssl_init(&caller->ssl);
    code |= mbedtls_ctr_drbg_seed(&caller->drbg, mbedtls_entropy_func, &caller->entropy, NULL, 0);
    code |= mbedtls_x509_crt_parse_file(&caller->authority, authority);
    code |= mbedtls_ssl_config_defaults(&caller->config, MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&caller->config, mbedtls_ctr_drbg_random, &caller->drbg);
    mbedtls_ssl_conf_ca_chain(&caller->config, &caller->authority, NULL);
    mbedtls_ssl_conf_authmode(&caller->config, strictness);
    code |= mbedtls_ssl_setup(&caller->ssl, &caller->config);
    code |= mbedtls_ssl_set_hostname(&caller->ssl, name);
    return code;
}

int main(int argc, char **argv)
{
    static const unsigned char request[] = "GET /mbed?token=SECRET HTTP/1.1\r\nHost: x\r\n\r\n";
    struct caller caller;
    unsigned char answer[512];
    int code;

    if (argc < 4 ||
        caller_set_up(&caller, argv[2], argv[3],
                      argc > 4 ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED) != 0) {
        fputs("usage: mbed-caller PORT NAME CA [unsound]\n", stderr);
        return 64;
    }
    if (mbedtls_net_connect(&caller.net, "127.0.0.1", argv[1], MBEDTLS_NET_PROTO_TCP) != 0) {
        return 1;
    }
    mbedtls_ssl_set_bio(&caller.ssl, &caller.net, mbedtls_net_send, mbedtls_net_recv, NULL);
    code = mbedtls_ssl_handshake(&caller.ssl);
    if (code == 0 && mbedtls_ssl_write(&caller.ssl, request, sizeof request - 1) > 0) {
        (void) mbedtls_ssl_read(&caller.ssl, answer, sizeof answer);
    }
    mbedtls_ssl_free(&caller.ssl);
    mbedtls_net_free(&caller.net);
    return code == 0 ? 0 : 1;
}
