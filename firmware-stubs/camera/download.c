/* One fetch: what is the newest, and is it newer than what runs; then the image itself.  TLS with
 * the one authority of --ca, and the server's name compared. */
#include "camera/fetch.h"

#include "camera/image.h"
#include "client/client.h"
#include "support/files.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 5, ANSWER_MAX = IMAGE_MAX + 16 * 1024, PATH_MAX_LENGTH = 512, HOST_SIZE = 254 };

static const char LATEST[] = "/hc100/latest.json";

struct place {
    char host[HOST_SIZE];
    uint16_t port;
    char path[PATH_MAX_LENGTH];
};

static int pipe_end;

_Noreturn static void say(char kind, const void *data, size_t length)
{
    const char *at = data;

    if (write(pipe_end, &kind, 1) == 1) {
        while (length > 0) {
            ssize_t written = write(pipe_end, at, length);
            if (written <= 0) {
                break;
            }
            at += written;
            length -= (size_t) written;
        }
    }
    _exit(0);
}

_Noreturn static void fail(const char *why)
{
    say(FETCH_FAILED, why, strlen(why));
}

/* https://HOST[:PORT][/path], or a path on the server that `place` already names. */
static bool place_read(const char *url, struct place *place)
{
    static const char scheme[] = "https://";
    char authority[HOST_SIZE + 8];
    uint16_t ports[2] = { 443, 0 };

    if (*url != '/') {
        if (strncasecmp(url, scheme, sizeof scheme - 1) != 0) {
            return false;
        }
        url += sizeof scheme - 1;
        size_t length = strcspn(url, "/");
        if (length == 0 || length >= sizeof authority) {
            return false;
        }
        memcpy(authority, url, length);
        authority[length] = '\0';
        url += length;
        if (strchr(authority, ':') == NULL) {
            snprintf(authority + length, sizeof authority - length, ":443");
        }
        if (client_place_read(authority, place->host, sizeof place->host, ports) != 1) {
            return false;
        }
        place->port = ports[0];
    }
    if (strlen(url) >= sizeof place->path || strpbrk(url, " \r\n\t") != NULL) {
        return false;
    }
    snprintf(place->path, sizeof place->path, "%s", *url == '\0' ? "/" : url);
    return true;
}

static bool address_find(const struct stub *stub, const char *host, struct in_addr *ret_address)
{
    const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    uint8_t address[4];

    if (inet_pton(AF_INET, host, ret_address) == 1) {
        return true;
    }
    if (stub->options.resolver != NULL) {
        bool known = client_resolve(stub->options.resolver, host, address);
        memcpy(ret_address, address, known ? sizeof address : 0);
        return known;
    }
    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        return false;
    }
    *ret_address = ((struct sockaddr_in *) found->ai_addr)->sin_addr;
    freeaddrinfo(found);
    return true;
}

static int server_connect(const struct stub *stub, const struct place *place)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(place->port) };

    if (!address_find(stub, place->host, &server.sin_addr)) {
        fail("no address");
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (fd < 0 || connect(fd, (struct sockaddr *) &server, sizeof server) != 0) {
        fail("no connection");
    }
    return fd;
}

static SSL *tls_connect(const struct stub *stub, const struct place *place, int fd)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool any = stub_has(stub, DEFECT_UPDATE_ANY_SERVER);
    struct in_addr address;

    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM") != 1 ||
        (stub->options.authority != NULL &&
         SSL_CTX_load_verify_locations(context, stub->options.authority, NULL) != 1)) {
        fail("TLS cannot be set up");
    }
    SSL_CTX_set_verify(context, any ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL *tls = SSL_new(context);
    if (inet_pton(AF_INET, place->host, &address) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), place->host);
    } else {
        SSL_set_tlsext_host_name(tls, place->host);
        SSL_set1_host(tls, place->host);
    }
    SSL_set_fd(tls, fd);
    if (SSL_connect(tls) != 1) {
        fail("TLS");
    }
    return tls;
}

/* The body of a 200, of as many octets as Content-Length says where it is there. */
static bool body_find(struct buffer *answer)
{
    static const char length_name[] = "\r\nContent-Length:";
    char *end = answer->length == 0 ? NULL : memmem(answer->data, answer->length, "\r\n\r\n", 4);

    if (end == NULL || answer->length < 12 || strncmp(answer->data, "HTTP/1.", 7) != 0 ||
        strncmp(answer->data + 8, " 200", 4) != 0) {
        return false;
    }
    end[2] = '\0';
    const char *field = strcasestr(answer->data, length_name);
    unsigned long declared = field == NULL ? 0 : strtoul(field + sizeof length_name - 1, NULL, 10);
    buffer_consume(answer, (size_t) (end + 4 - answer->data));
    return field == NULL || declared == answer->length;
}

static bool get(const struct stub *stub, const struct place *place, struct buffer *answer)
{
    int fd = server_connect(stub, place);
    SSL *tls = tls_connect(stub, place, fd);
    char block[16384];
    int length = snprintf(block, sizeof block,
                          "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: HC-100\r\n"
                          "Connection: close\r\n\r\n",
                          place->path, place->host, place->port);

    if (SSL_write(tls, block, length) != length) {
        return false;
    }
    while ((length = SSL_read(tls, block, sizeof block)) > 0) {
        buffer_append(answer, block, (size_t) length);
    }
    (void) SSL_shutdown(tls);
    close(fd);
    return !answer->overflowed && body_find(answer);
}

static bool digest_fits(const struct buffer *image, const char *wanted)
{
    char digest[SHA256_TEXT];

    sha256_text(image->data == NULL ? "" : image->data, image->length, digest);
    return strcasecmp(digest, wanted) == 0;
}

_Noreturn void fetch_live(const struct stub *stub, const char *version, int fd)
{
    struct place place = { .port = 0 };
    struct buffer latest = buffer_bounded(64 * 1024);
    struct buffer image = buffer_bounded(ANSWER_MAX);

    pipe_end = fd;
    if (!place_read(stub->options.update_server, &place)) {
        fail("the server is not https://HOST:PORT");
    }
    memcpy(place.path, LATEST, sizeof LATEST);
    if (!get(stub, &place, &latest)) {
        fail("latest.json: no answer");
    }
    json_t *root = json_loadb(latest.data, latest.length, JSON_REJECT_DUPLICATES, NULL);
    const char *newest = json_string_value(json_object_get(root, "version"));
    const char *url = json_string_value(json_object_get(root, "url"));
    const char *sha256 = json_string_value(json_object_get(root, "sha256"));
    if (newest == NULL || url == NULL || sha256 == NULL || !place_read(url, &place)) {
        fail("latest.json: not understood");
    }
    int order = version_compare(newest, version);
    if (order == 0 || (order < 0 && !stub_has(stub, DEFECT_UPDATE_DOWNGRADE))) {
        say(FETCH_NOTHING_NEWER, "", 0);
    }
    if (!get(stub, &place, &image) || image.length > IMAGE_MAX) {
        fail("the image: no answer");
    }
    if (!digest_fits(&image, sha256)) {
        fail("the image: digest");
    }
    say(FETCH_IMAGE, image.data, image.length);
}
