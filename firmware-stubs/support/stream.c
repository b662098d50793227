#include "support/stream.h"

#include "support/files.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#define AEAD_SUITES                                                                                \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"
static const char SUITES_12[] = AEAD_SUITES;
static const char SUITES_12_AND_NULL[] = AEAD_SUITES ":ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0";
static const char SUITES_13[] =
    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
static const char SUITES_OLD[] = "ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA";

/* RFC 8446 section 4.2.1: supported_versions, if there, is the whole truth; else the hello's own
 * version is the newest that the client speaks. */
static bool hello_offers_new_version(SSL *tls)
{
    const unsigned char *list = NULL;
    size_t length = 0;

    if (SSL_client_hello_get0_ext(tls, TLSEXT_TYPE_supported_versions, &list, &length) != 1) {
        return SSL_client_hello_get0_legacy_version(tls) >= TLS1_2_VERSION;
    }
    for (size_t i = 1; i + 1 < length; i += 2) {
        unsigned version = (unsigned) (list[i] << 8 | list[i + 1]);
        if (version == TLS1_2_VERSION || version == TLS1_3_VERSION) {
            return true;
        }
    }
    return false;
}

/* Old versions get the old suites; a client of TLS 1.2 must not notice that they exist, or the
 * defect would be two defects. */
static int hello_seen(SSL *tls, int *alert, void *unused)
{
    (void) unused;
    if (hello_offers_new_version(tls)) {
        SSL_set_min_proto_version(tls, TLS1_2_VERSION);
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    SSL_set_security_level(tls, 0);
    if (SSL_set_cipher_list(tls, SUITES_OLD) != 1) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

SSL_CTX *tls_server_new(const struct tls_policy *policy)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL ||
        SSL_CTX_set_min_proto_version(context,
                                      policy->old_versions ? TLS1_VERSION : TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, policy->null_suites ? SUITES_12_AND_NULL : SUITES_12) !=
            1 ||
        SSL_CTX_set_ciphersuites(context, SUITES_13) != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1 ||
        SSL_CTX_use_certificate_file(context, policy->certificate_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, policy->key_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        SSL_CTX_free(context);
        complain("TLS cannot be set up with %s", policy->certificate_path);
        return NULL;
    }
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (policy->old_versions) {
        SSL_CTX_set_client_hello_cb(context, hello_seen, NULL);
    }
    return context;
}

bool stream_open(struct stream *stream, int fd, SSL_CTX *tls)
{
    *stream = (struct stream){ .fd = fd };
    if (tls == NULL) {
        return true;
    }
    stream->tls = SSL_new(tls);
    if (stream->tls == NULL || SSL_set_fd(stream->tls, fd) != 1) {
        stream_close(stream);
        return false;
    }
    SSL_set_accept_state(stream->tls);
    return true;
}

static enum stream_result tls_result(struct stream *stream, int returned)
{
    if (returned == 1) {
        stream->wants_write = false;
        return STREAM_MOVED;
    }
    int reason = SSL_get_error(stream->tls, returned);
    stream->wants_write = reason == SSL_ERROR_WANT_WRITE;
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
        return STREAM_WAIT;
    }
    if (reason == SSL_ERROR_SSL || reason == SSL_ERROR_SYSCALL) {
        /* OpenSSL: no further call on a connection that failed so, not even SSL_shutdown. */
        SSL_set_quiet_shutdown(stream->tls, 1);
    }
    ERR_clear_error();
    return STREAM_ENDED;
}

static enum stream_result clear_result(ssize_t moved, size_t *ret_length)
{
    if (moved > 0) {
        *ret_length = (size_t) moved;
        return STREAM_MOVED;
    }
    if (moved < 0 && (errno == EAGAIN || errno == EINTR)) {
        return STREAM_WAIT;
    }
    return STREAM_ENDED;
}

enum stream_result stream_handshake(struct stream *stream)
{
    if (stream->tls == NULL) {
        return STREAM_MOVED;
    }
    ERR_clear_error();
    return tls_result(stream, SSL_do_handshake(stream->tls));
}

enum stream_result stream_read(struct stream *stream, void *data, size_t size, size_t *ret_length)
{
    *ret_length = 0;
    if (stream->tls == NULL) {
        return clear_result(recv(stream->fd, data, size, 0), ret_length);
    }
    ERR_clear_error();
    return tls_result(stream, SSL_read_ex(stream->tls, data, size, ret_length));
}

enum stream_result stream_write(struct stream *stream, const void *data, size_t length,
                                size_t *ret_length)
{
    *ret_length = 0;
    if (stream->tls == NULL) {
        return clear_result(send(stream->fd, data, length, MSG_NOSIGNAL), ret_length);
    }
    ERR_clear_error();
    return tls_result(stream, SSL_write_ex(stream->tls, data, length, ret_length));
}

void stream_finish(struct stream *stream)
{
    if (stream->tls != NULL) {
        ERR_clear_error();
        SSL_shutdown(stream->tls);
        ERR_clear_error();
    }
    shutdown(stream->fd, SHUT_WR);
}

enum stream_result stream_drain(struct stream *stream)
{
    char nowhere[4096];
    size_t length = 0;

    return clear_result(recv(stream->fd, nowhere, sizeof nowhere, 0), &length);
}

void stream_close(struct stream *stream)
{
    SSL_free(stream->tls);
    stream->tls = NULL;
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    stream->fd = -1;
}
