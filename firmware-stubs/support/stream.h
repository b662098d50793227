/* stream.h - one accepted connection, in clear or inside TLS, never blocking.
 *
 * TLS is OpenSSL's, on purpose: the harness's own stack is another one, so a mistake in one of
 * them cannot hide in both. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum stream_result { STREAM_MOVED, STREAM_WAIT, STREAM_ENDED };

struct stream {
    int fd;
    SSL *tls; /* NULL: in clear */
    bool wants_write;
};

struct tls_policy {
    const char *certificate_path;
    const char *key_path;
    bool old_versions; /* also TLS 1.0 and 1.1, which RFC 8996 forbids */
    bool null_suites;  /* also a suite without encryption, which RFC 9325 section 4.1 forbids */
};

/* NULL after saying why.  Ends with SSL_CTX_free. */
SSL_CTX *tls_server_new(const struct tls_policy *policy);

/* Takes `fd` over, even when it fails. */
bool stream_open(struct stream *stream, int fd, SSL_CTX *tls);
enum stream_result stream_handshake(struct stream *stream);
enum stream_result stream_read(struct stream *stream, void *data, size_t size, size_t *ret_length);
enum stream_result stream_write(struct stream *stream, const void *data, size_t length,
                                size_t *ret_length);

/* Says goodbye (close_notify, FIN) but still lets the peer's last bytes come. */
void stream_finish(struct stream *stream);

/* Throws away what still comes; STREAM_ENDED once the peer has closed too. */
enum stream_result stream_drain(struct stream *stream);
void stream_close(struct stream *stream);
