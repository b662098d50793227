/* The calls: a connection, a certificate to look at, a report, and the same again. */
#include "client/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MS = 100, PATIENCE_S = 5, SUITES_LEVEL = 2 };

static const char SUITES[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                             "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

/* What a defect overlooks.  The callback has nothing else to know the client by. */
static const struct stub *looking;

static bool overlooks(int error)
{
    static const struct {
        enum defect defect;
        int error;
    } oversights[] = {
        { DEFECT_ACCEPTS_SELF_SIGNED, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
        { DEFECT_IGNORES_DATES, X509_V_ERR_CERT_HAS_EXPIRED },
        { DEFECT_IGNORES_DATES, X509_V_ERR_CERT_NOT_YET_VALID },
        { DEFECT_ANY_CA, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        { DEFECT_ANY_CA, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE },
        { DEFECT_LEAF_AS_CA, X509_V_ERR_INVALID_CA },
        { DEFECT_LEAF_AS_CA, X509_V_ERR_INVALID_PURPOSE },
        { DEFECT_LEAF_AS_CA, X509_V_ERR_KEYUSAGE_NO_CERTSIGN },
        { DEFECT_ACCEPTS_SHA1, X509_V_ERR_CA_MD_TOO_WEAK },
        { DEFECT_ACCEPTS_RSA1024, X509_V_ERR_EE_KEY_TOO_SMALL },
    };

    for (size_t i = 0; i < sizeof oversights / sizeof *oversights; i++) {
        if (oversights[i].error == error && stub_has(looking, oversights[i].defect)) {
            return true;
        }
    }
    return false;
}

static int certificate_looked_at(int right, X509_STORE_CTX *store)
{
    if (right == 0 && overlooks(X509_STORE_CTX_get_error(store))) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    return right;
}

static SSL_CTX *context_new(const struct client *client)
{
    const struct stub *stub = client->stub;
    SSL_CTX *context = SSL_CTX_new(client->datagrams ? DTLS_client_method() : TLS_client_method());
    bool old = stub_has(stub, DEFECT_OLD_VERSIONS);
    bool bare = stub_has(stub, DEFECT_BARE_SUITES);
    int lowest = client->datagrams ? (old ? DTLS1_VERSION : DTLS1_2_VERSION)
                                   : (old ? TLS1_VERSION : TLS1_2_VERSION);
    char suites[512];

    /* The level decides on suites and versions; certificates have their own below. */
    snprintf(suites, sizeof suites, "%s%s%s%s", SUITES,
             old ? ":ECDHE-RSA-AES128-SHA:AES128-SHA" : "",
             bare ? ":NULL-SHA256:AECDH-AES128-SHA" : "", old || bare ? ":@SECLEVEL=0" : "");
    if (context == NULL || SSL_CTX_set_cipher_list(context, suites) != 1 ||
        SSL_CTX_set_min_proto_version(context, lowest) != 1 ||
        (stub->options.authority != NULL &&
         SSL_CTX_load_verify_locations(context, stub->options.authority, NULL) != 1)) {
        fputs("TLS cannot be set up for calls\n", stderr);
        _exit(70);
    }
    X509_VERIFY_PARAM_set_auth_level(SSL_CTX_get0_param(context), SUITES_LEVEL);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, certificate_looked_at);
    return context;
}

static bool address_find(const struct client *client, struct in_addr *ret_address)
{
    const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    const char *resolver = client->stub->options.resolver;
    struct addrinfo *found = NULL;
    uint8_t address[4];

    if (inet_pton(AF_INET, client->host, ret_address) == 1) {
        return true;
    }
    if (resolver != NULL) {
        if (!client_resolve(resolver, client->host, address)) {
            return false;
        }
        memcpy(ret_address, address, sizeof address);
        return true;
    }
    if (getaddrinfo(client->host, NULL, &hints, &found) != 0) {
        return false;
    }
    *ret_address = ((struct sockaddr_in *) found->ai_addr)->sin_addr;
    freeaddrinfo(found);
    return true;
}

static int home_connect(const struct client *client, uint16_t port)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct sockaddr_in home = { .sin_family = AF_INET, .sin_port = htons(port) };

    if (!address_find(client, &home.sin_addr)) {
        return -1;
    }
    int fd = socket(AF_INET, (client->datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (fd >= 0 && connect(fd, (struct sockaddr *) &home, sizeof home) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int report_write(const struct client *client, char *room, size_t size)
{
    static const char body[] = "{\"serial\":\"HT20-000117\",\"celsius\":21}";
    /* RFC 7252 section 3: confirmable POST, no token, Uri-Path report, Uri-Query unit=... */
    static const char head[] = "\x40\x02\x48\x54\xb6report\x4d\x03unit=HT20-000117\xff";

    if (client->datagrams) {
        memcpy(room, head, sizeof head - 1);
        memcpy(room + sizeof head - 1, body, sizeof body - 1);
        return (int) (sizeof head - 1 + sizeof body - 1);
    }
    return snprintf(room, size,
                    "POST /report?unit=HT20-000117 HTTP/1.1\r\nHost: %s\r\n"
                    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                    client->host, sizeof body - 1, body);
}

/* Over UDP the record layer has to know that the socket has its peer. */
static void line_set(const struct client *client, SSL *tls, int fd)
{
    struct sockaddr_storage home = { 0 };
    socklen_t length = sizeof home;
    BIO *line;

    if (!client->datagrams) {
        SSL_set_fd(tls, fd);
        return;
    }
    line = BIO_new_dgram(fd, BIO_NOCLOSE);
    if (line == NULL || getpeername(fd, (struct sockaddr *) &home, &length) != 0) {
        fputs("DTLS cannot be set up for calls\n", stderr);
        _exit(70);
    }
    BIO_ctrl(line, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &home);
    SSL_set_bio(tls, line, line);
}

static bool report_by_tls(const struct client *client, SSL_CTX *context, int fd)
{
    char room[1024];
    int length = report_write(client, room, sizeof room);
    SSL *tls = SSL_new(context);
    bool sent = false;

    SSL_set_tlsext_host_name(tls, client->host);
    if (!stub_has(client->stub, DEFECT_IGNORES_HOSTNAME)) {
        SSL_set1_host(tls, client->host);
    }
    line_set(client, tls, fd);
    if (SSL_connect(tls) == 1 && SSL_write(tls, room, length) == length) {
        sent = true;
        (void) SSL_read(tls, room, sizeof room);
        (void) SSL_shutdown(tls);
    }
    SSL_free(tls);
    return sent;
}

static void report_in_clear(const struct client *client)
{
    char room[1024];
    int length = report_write(client, room, sizeof room);
    int fd = home_connect(client, client->clear_port);

    if (fd >= 0) {
        if (send(fd, room, (size_t) length, MSG_NOSIGNAL) == length) {
            (void) !recv(fd, room, sizeof room, 0);
        }
        close(fd);
    }
}

static void report_by_export(const struct client *client)
{
    int fd = home_connect(client, client->port);

    if (fd >= 0) {
        client_export_call(fd);
        close(fd);
    }
}

_Noreturn void client_call_home(const struct client *client)
{
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    SSL_CTX *context;

    signal(SIGPIPE, SIG_IGN);
    looking = client->stub;
    context = context_new(client);
    for (;;) {
        int fd = home_connect(client, client->port);
        if (fd >= 0) {
            bool sent = report_by_tls(client, context, fd);
            close(fd);
            if (!sent && !client->datagrams && stub_has(client->stub, DEFECT_EXPORT_SUITES)) {
                report_by_export(client);
            }
            if (!sent && client->clear_port != 0 &&
                stub_has(client->stub, DEFECT_FALLS_BACK_TO_CLEAR)) {
                report_in_clear(client);
            }
        }
        nanosleep(&pause, NULL);
    }
}
