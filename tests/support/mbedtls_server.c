/* A TLS server of Mbed TLS's making for the scanners to look at: one client after another, each is
 * answered and closed.
 *
 * usage: mbedtls_server PORT 1.2|1.3 1.2|1.3 CERTIFICATE|- KEY|- PSK|- SUITE[,SUITE]...|-
 * (the oldest and the newest version; a pre-shared key in ASCII; suites by IANA's names with "-")
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/dhm.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { SUITES_MAX = 64, SECONDS = 5 };

static void must(int result, const char *what)
{
    if (result != 0) {
        (void) fprintf(stderr, "%s: -0x%04x\n", what, (unsigned) -result);
        exit(1);
    }
}

static bool given(const char *word)
{
    return strcmp(word, "-") != 0;
}

static mbedtls_ssl_protocol_version version_of(const char *word)
{
    return strcmp(word, "1.3") == 0 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2;
}

static void set_suites(mbedtls_ssl_config *config, char *list)
{
    static int suites[SUITES_MAX + 1];
    char *rest = NULL;
    size_t count = 0;

    for (char *name = strtok_r(list, ",", &rest); name != NULL && count < SUITES_MAX;
         name = strtok_r(NULL, ",", &rest)) {
        suites[count] = mbedtls_ssl_get_ciphersuite_id(name);
        must(suites[count] == 0 ? -1 : 0, name);
        count++;
    }
    mbedtls_ssl_conf_ciphersuites(config, suites);
}

static void set_up(mbedtls_ssl_config *config, mbedtls_ctr_drbg_context *random, char **words)
{
    static mbedtls_x509_crt certificate;
    static mbedtls_pk_context key;

    must(mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                     MBEDTLS_SSL_PRESET_DEFAULT),
         "configuration");
    mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, random);
    mbedtls_ssl_conf_min_tls_version(config, version_of(words[2]));
    mbedtls_ssl_conf_max_tls_version(config, version_of(words[3]));
    mbedtls_ssl_conf_read_timeout(config, SECONDS * 1000);
    if (given(words[4])) {
        mbedtls_x509_crt_init(&certificate);
        mbedtls_pk_init(&key);
        must(mbedtls_x509_crt_parse_file(&certificate, words[4]), words[4]);
        must(mbedtls_pk_parse_keyfile(&key, words[5], NULL, mbedtls_ctr_drbg_random, random),
             words[5]);
        must(mbedtls_ssl_conf_own_cert(config, &certificate, &key), "certificate and key");
    }
    if (given(words[6])) {
        must(mbedtls_ssl_conf_psk(config, (const unsigned char *) words[6], strlen(words[6]),
                                  (const unsigned char *) "device", 6),
             "pre-shared key");
    }
    if (given(words[7])) {
        set_suites(config, words[7]);
    }
}

static void serve(const mbedtls_ssl_config *config, mbedtls_net_context *client)
{
    mbedtls_ssl_context ssl;
    int result;

    mbedtls_ssl_init(&ssl);
    must(mbedtls_ssl_setup(&ssl, config), "connection");
    mbedtls_ssl_set_bio(&ssl, client, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
    do {
        result = mbedtls_ssl_handshake(&ssl);
    } while (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
    if (result == 0) {
        (void) mbedtls_ssl_close_notify(&ssl);
    }
    mbedtls_ssl_free(&ssl);
}

int main(int count, char **words)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_net_context listener;

    if (count != 8) {
        (void) fprintf(stderr,
                       "usage: mbedtls_server PORT OLDEST NEWEST CERTIFICATE KEY PSK SUITES\n");
        return 2;
    }
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_ssl_config_init(&config);
    mbedtls_net_init(&listener);
    must((int) psa_crypto_init(), "psa");
    must(mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0), "random numbers");
    set_up(&config, &random, words);
    must(mbedtls_net_bind(&listener, "127.0.0.1", words[1], MBEDTLS_NET_PROTO_TCP), "port");
    (void) listen(listener.fd, SOMAXCONN);
    for (;;) {
        mbedtls_net_context client;

        mbedtls_net_init(&client);
        if (mbedtls_net_accept(&listener, &client, NULL, 0, NULL) == 0) {
            serve(&config, &client);
        }
        mbedtls_net_free(&client);
    }
}
