/* Stands in the static verifier for the few functions through which libcrypto's archive would pull
 * in its sockets, its HTTP client, its loader of plug-ins and (from 3.2) compression and threads:
 * whoever asks for a token's signature gets X509_load_http along, because both lie in one object
 * file.
 *
 * Weak, so that an OpenSSL that names its parts otherwise still links; the test of the symbol table
 * then says what came in.  None is ever called on the way of a verification; each would fail. */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/http.h>
#include <openssl/stack.h>
#include <pthread.h>

#define STANDS_IN __attribute__((weak))

/* libcrypto's own, in none of its headers. */
extern void *bio_lookup_lock;
void bio_sock_cleanup_int(void);
void engine_load_afalg_int(void);
void *DSO_METHOD_openssl(void);
void ossl_comp_brotli_cleanup(void);
void ossl_comp_zlib_cleanup(void);
void ossl_comp_zstd_cleanup(void);
OPENSSL_STACK *ossl_load_builtin_compressions(void);
void ossl_free_compression_methods_int(OPENSSL_STACK *methods);

STANDS_IN void *bio_lookup_lock;

STANDS_IN void bio_sock_cleanup_int(void)
{
}

/* Keys inside the kernel are reached through a socket. */
STANDS_IN void engine_load_afalg_int(void)
{
}

/* A plug-in loaded at run time would not be the code that was checked. */
STANDS_IN void *DSO_METHOD_openssl(void)
{
    return NULL;
}

STANDS_IN void ossl_comp_brotli_cleanup(void)
{
}

STANDS_IN void ossl_comp_zlib_cleanup(void)
{
}

STANDS_IN void ossl_comp_zstd_cleanup(void)
{
}

/* Of TLS; none are needed. */
STANDS_IN OPENSSL_STACK *ossl_load_builtin_compressions(void)
{
    return OPENSSL_sk_new_null();
}

STANDS_IN void ossl_free_compression_methods_int(OPENSSL_STACK *methods)
{
    OPENSSL_sk_free(methods);
}

/* The C library's brings its resolver along.  Nothing here begins a thread. */
STANDS_IN int pthread_create(pthread_t *restrict newthread, const pthread_attr_t *restrict attr,
                             void *(*start_routine)(void *), void *restrict arg)
{
    *newthread = 0;
    (void) attr;
    (void) start_routine;
    (void) arg;
    return EAGAIN;
}

STANDS_IN int BIO_socket_wait(int fd, int for_read, time_t max_time)
{
    (void) fd;
    (void) for_read;
    (void) max_time;
    return -1;
}

STANDS_IN int BIO_sock_should_retry(int i)
{
    (void) i;
    return 0;
}

STANDS_IN int BIO_sock_error(int sock)
{
    (void) sock;
    return 1;
}

STANDS_IN int BIO_sock_init(void)
{
    return -1;
}

STANDS_IN int BIO_sock_non_fatal_error(int error)
{
    (void) error;
    return 0;
}

STANDS_IN int BIO_closesocket(int sock)
{
    (void) sock;
    return 0;
}

STANDS_IN const BIO_METHOD *BIO_s_socket(void)
{
    return NULL;
}

STANDS_IN const BIO_METHOD *BIO_s_datagram(void)
{
    return NULL;
}

STANDS_IN BIO *BIO_new_connect(const char *host_port)
{
    (void) host_port;
    return NULL;
}

STANDS_IN void BIO_ADDR_free(BIO_ADDR *address)
{
    (void) address;
}

STANDS_IN BIO *OSSL_HTTP_get(const char *url, const char *proxy, const char *no_proxy, BIO *bio,
                             BIO *rbio, OSSL_HTTP_bio_cb_t bio_update_fn, void *arg, int buf_size,
                             const STACK_OF(CONF_VALUE) * headers,
                             const char *expected_content_type, int expect_asn1,
                             size_t max_resp_len, int timeout)
{
    (void) url;
    (void) proxy;
    (void) no_proxy;
    (void) bio;
    (void) rbio;
    (void) bio_update_fn;
    (void) arg;
    (void) buf_size;
    (void) headers;
    (void) expected_content_type;
    (void) expect_asn1;
    (void) max_resp_len;
    (void) timeout;
    return NULL;
}
