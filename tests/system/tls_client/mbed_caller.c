/* mbed-caller tls|dtls PORT NAME CA [unsound]: one request over HTTPS or CoAPS to 127.0.0.1 by an
 * Mbed TLS client that checks the server's certificate against CA and NAME, or does not check it at
 * all. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/timing.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 3000 };

struct caller {
    bool datagrams;
    mbedtls_timing_delay_context timer;
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
                                        caller->datagrams ? MBEDTLS_SSL_TRANSPORT_DATAGRAM
                                                          : MBEDTLS_SSL_TRANSPORT_STREAM,
                                        MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&caller->config, mbedtls_ctr_drbg_random, &caller->drbg);
    mbedtls_ssl_conf_ca_chain(&caller->config, &caller->authority, NULL);
    mbedtls_ssl_conf_read_timeout(&caller->config, PATIENCE_MS);
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
    static const char http[] = "GET /mbed?token=SECRET HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char coap[] = "\x40\x03\x12\x34\xb4mbed\xffSECRET"; /* PUT (RFC 7252) */
    const char *request = caller->datagrams ? coap : http;
    const size_t length = caller->datagrams ? sizeof coap - 1 : sizeof http - 1;
    unsigned char answer[512];

    if (mbedtls_net_connect(&caller->net, "127.0.0.1", port,
                            caller->datagrams ? MBEDTLS_NET_PROTO_UDP : MBEDTLS_NET_PROTO_TCP) !=
        0) {
        return 0;
    }
    mbedtls_ssl_set_bio(&caller->ssl, &caller->net, mbedtls_net_send,
                        caller->datagrams ? NULL : mbedtls_net_recv,
                        caller->datagrams ? mbedtls_net_recv_timeout : NULL);
    mbedtls_ssl_set_timer_cb(&caller->ssl, &caller->timer, mbedtls_timing_set_delay,
                             mbedtls_timing_get_delay);
    if (mbedtls_ssl_handshake(&caller->ssl) != 0 ||
        mbedtls_ssl_write(&caller->ssl, (const unsigned char *) request, length) <= 0) {
        return 0;
    }
    (void) mbedtls_ssl_read(&caller->ssl, answer, sizeof answer);
    return 1;
}

int main(int argc, char **argv)
{
    const int strictness = argc > 5 ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED;
    struct caller caller = { .datagrams = argc > 1 && strcmp(argv[1], "dtls") == 0 };
    int sent;

    if (argc < 5) {
        fputs("usage: mbed-caller tls|dtls PORT NAME CA [unsound]\n", stderr);
        return 64;
    }
    if (caller_set_up(&caller, argv[3], argv[4], strictness) != 0) {
        fputs("mbed-caller: the client cannot be set up\n", stderr);
        caller_free(&caller);
        return 70;
    }
    sent = caller_ask(&caller, argv[2]);
    caller_free(&caller);
    return sent ? 0 : 1;
}
