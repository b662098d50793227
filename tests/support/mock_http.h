/* mock_http.h - a small HTTP server in a forked child, for tests: one connection after
 * the other, one request each, answered by a handler of the test. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct mock_request {
    char method[16];
    char path[512];
    char head[16384]; /* the whole head */
    char body[16384];
};

/* Seen by the test and by the server. */
struct mock_shared {
    int requests;
    int counters[8];
    struct mock_request last;
};

typedef void (*mock_handler)(const struct mock_request *request, int fd,
                             struct mock_shared *shared);

struct mock {
    pid_t pid;
    uint16_t port;
    struct mock_shared *shared;
};

__attribute__((unused)) static void mock_send(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);

        if (sent <= 0) {
            return;
        }
        at += sent;
        length -= (size_t) sent;
    }
}

/* headers: lines that end in CR LF, or "". */
__attribute__((unused)) static void mock_reply(int fd, int status, const char *headers,
                                               const char *body)
{
    char head[8192];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %d Mock\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n",
                          status, strlen(body), headers);

    mock_send(fd, head, (size_t) length);
    mock_send(fd, body, strlen(body));
}

__attribute__((unused)) static void mock_page(int fd, int status, const char *body)
{
    mock_reply(fd, status, "Content-Type: text/html\r\n", body);
}

/* The header's value, or NULL; good until the next call. */
__attribute__((unused)) static const char *mock_header(const struct mock_request *request,
                                                       const char *name)
{
    static char value[4096];
    char wanted[128];
    const char *at;

    (void) snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
    at = strcasestr(request->head, wanted);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(wanted);
    (void) snprintf(value, sizeof value, "%.*s", (int) strcspn(at, "\r"), at);
    return value;
}

__attribute__((unused)) static bool mock_read(int fd, struct mock_request *request)
{
    size_t length = 0;
    char *end = NULL;
    const char *wanted;
    size_t body;

    memset(request, 0, sizeof *request);
    while (end == NULL && length < sizeof request->head - 1) {
        ssize_t got = recv(fd, request->head + length, sizeof request->head - 1 - length, 0);

        if (got <= 0) {
            return false;
        }
        length += (size_t) got;
        request->head[length] = '\0';
        end = strstr(request->head, "\r\n\r\n");
    }
    if (end == NULL || sscanf(request->head, "%15s %511s", request->method, request->path) != 2) {
        return false;
    }
    body = length - (size_t) (end + 4 - request->head);
    memcpy(request->body, end + 4, body);
    end[4] = '\0';
    wanted = mock_header(request, "Content-Length");
    while (wanted != NULL && body < strtoul(wanted, NULL, 10) && body < sizeof request->body - 1) {
        ssize_t got = recv(fd, request->body + body, sizeof request->body - 1 - body, 0);

        if (got <= 0) {
            return false;
        }
        body += (size_t) got;
    }
    return true;
}

__attribute__((unused, noreturn)) static void mock_serve(int listener, mock_handler handler,
                                                         struct mock_shared *shared)
{
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        static struct mock_request request;
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            _exit(1);
        }
        if (mock_read(fd, &request)) {
            shared->last = request;
            shared->requests++;
            handler(&request, fd, shared);
        }
        (void) shutdown(fd, SHUT_WR);
        (void) close(fd);
    }
}

__attribute__((unused)) static int mock_listener(int family, uint16_t *ret_port)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    bool v6 = family == AF_INET6;
    struct sockaddr *address = v6 ? (struct sockaddr *) &six : (struct sockaddr *) &four;
    socklen_t size = v6 ? sizeof six : sizeof four;
    int fd = socket(family, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, address, size) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, address, &size) != 0) {
        abort();
    }
    *ret_port = ntohs(v6 ? six.sin6_port : four.sin_port);
    return fd;
}

__attribute__((unused)) static struct mock mock_start_on(int family, mock_handler handler)
{
    struct mock mock = { 0 };
    int listener = mock_listener(family, &mock.port);

    mock.shared =
        mmap(NULL, sizeof *mock.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mock.shared == MAP_FAILED) {
        abort();
    }
    mock.pid = fork();
    if (mock.pid == 0) {
        mock_serve(listener, handler, mock.shared);
    }
    (void) close(listener);
    return mock;
}

__attribute__((unused)) static struct mock mock_start(mock_handler handler)
{
    return mock_start_on(AF_INET, handler);
}

__attribute__((unused)) static void mock_stop(struct mock *mock)
{
    (void) kill(mock->pid, SIGKILL);
    (void) waitpid(mock->pid, NULL, 0);
    (void) munmap(mock->shared, sizeof *mock->shared);
}
