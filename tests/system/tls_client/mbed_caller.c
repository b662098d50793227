/* mbed-caller PORT NAME CA [unsound]: one HTTPS request to 127.0.0.1 by an Mbed TLS client that
 * checks the server's certificate against CA and NAME, or does not check it at all. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <stdio.h>

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

static void caller_free(struct caller *caller)
{
    mbedtls_ssl_free(&caller->ssl);
    mbedtls_ssl_config_free(&caller->config);
    mbedtls_x509_crt_free(&caller->authority);
    mbedtls_ctr_drbg_free(&caller->drbg);
    mbedtls_entropy_free(&caller->entropy);
    mbedtls_net_free(&caller->net);
    mbedtls_psa_crypto_free();
}

/* Whether the request was sent. */
static int caller_ask(struct caller *caller, const char *port)
{
    static const unsigned char request[] = "GET /mbed?token=SECRET HTTP/1.1\r\nHost: x\r\n\r\n";
    unsigned char answer[512];

    if (mbedtls_net_connect(&caller->net, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP) != 0) {
        return 0;
    }
    mbedtls_ssl_set_bio(&caller->ssl, &caller->net, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (mbedtls_ssl_handshake(&caller->ssl) != 0 ||
        mbedtls_ssl_write(&caller->ssl, request, sizeof request - 1) <= 0) {
        return 0;
    }
    (void) mbedtls_ssl_read(&caller->ssl, answer, sizeof answer);
    return 1;
}

int main(int argc, char **argv)
{
    const int strictness = argc > 4 ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED;
    struct caller caller;
    int sent;

    if (argc < 4) {
        fputs("usage: mbed-caller PORT NAME CA [unsound]\n", stderr);
        return 64;
    }
    if (caller_set_up(&caller, argv[2], argv[3], strictness) != 0) {
        fputs("mbed-caller: the client cannot be set up\n", stderr);
        caller_free(&caller);
        return 70;
    }
    sent = caller_ask(&caller, argv[1]);
    caller_free(&caller);
    return sent ? 0 : 1;
}
