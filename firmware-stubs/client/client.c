#include "client/client.h"

#include "support/files.h"
#include "support/http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROFILE_MAX = 4096 };

static struct http_answer status_answer(struct connection *connection,
                                        const struct message *request, const char *path)
{
    static const char page[] = "HT-20 thermometer\n";

    (void) connection;
    (void) request;
    (void) path;
    return (struct http_answer){
        .status = 200, .type = "text/plain", .body = page, .body_length = sizeof page - 1
    };
}

static enum next_step status_input(struct connection *connection)
{
    return http_input(connection, status_answer);
}

static const struct protocol status_page = { .name = "http",
                                             .idle_ms = 10000,
                                             .input = status_input };

static const struct service_row SERVICES[] = {
    { "status", 0, DEFECT_NONE, false, &status_page },
};

size_t client_place_read(const char *text, char *ret_host, size_t size, uint16_t ret_ports[2])
{
    size_t length = strcspn(text, ":");
    const char *at = text + length;
    size_t count = 0;

    if (length == 0 || length >= size) {
        return 0;
    }
    memcpy(ret_host, text, length);
    ret_host[length] = '\0';
    while (*at == ':' && count < 2) {
        char *end = NULL;
        unsigned long port = strtoul(at + 1, &end, 10);
        if (at[1] < '0' || at[1] > '9' || port == 0 || port > 65535) {
            return 0;
        }
        ret_ports[count++] = (uint16_t) port;
        at = end;
    }
    return *at == '\0' ? count : 0;
}

static bool home_read(struct client *client, const char *text)
{
    static const char coaps[] = "coaps://";
    uint16_t ports[2] = { 0, 0 };

    if (text == NULL) {
        return complain("the client needs --calls-home");
    }
    if (strncmp(text, coaps, sizeof coaps - 1) == 0) {
        client->datagrams = true;
        text += sizeof coaps - 1;
    }
    if (client_place_read(text, client->host, sizeof client->host, ports) == 0) {
        return complain("'%s' is not [coaps://]HOST:PORT[:CLEAR-PORT]", text);
    }
    client->port = ports[0];
    client->clear_port = ports[1];
    return true;
}

static void caller_stop(struct client *client)
{
    if (client->caller > 0) {
        kill(client->caller, SIGKILL);
        waitpid(client->caller, NULL, 0);
        client->caller = 0;
    }
}

static void client_free(void *device)
{
    caller_stop(device);
    free(device);
}

static bool client_make(struct stub *stub, void **ret_device)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        abort();
    }
    client->stub = stub;
    if (!home_read(client, stub->options.calls_home)) {
        client_free(client);
        return false;
    }
    *ret_device = client;
    return true;
}

static bool client_start(struct stub *stub, void *device)
{
    struct client *client = device;
    pid_t parent = getpid();
    bool silent = stub->client_word != NULL && strcmp(stub->client_word, "client-stop") == 0;

    if (stub->network_down || silent || client->caller > 0) {
        return true;
    }
    client->caller = fork();
    if (client->caller == 0) {
        sigset_t none;
        sigemptyset(&none);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (getppid() != parent) {
            _exit(0);
        }
        close_range(3, ~0U, 0);
        client_call_home(client);
    }
    return client->caller > 0 || complain("the caller cannot be started");
}

static bool client_lever(struct stub *stub, void *device, const char *word)
{
    if (strcmp(word, "client-stop") == 0 || strcmp(word, "network-down") == 0) {
        caller_stop(device);
        return true;
    }
    if (strcmp(word, "client-start") == 0 || strcmp(word, "network-up") == 0) {
        return client_start(stub, device);
    }
    return false;
}

static char *client_profile_write(const struct stub *stub, const void *device)
{
    const struct client *client = device;
    const char *out = stub->options.profile_out;
    DEFER(text_free) char *inside = path_join(stub->state, "profile.yaml");
    char text[PROFILE_MAX];
    char clear[64] = "";

    if (client->clear_port != 0) {
        snprintf(clear, sizeof clear, "    clear_port: %u\n", client->clear_port);
    }
    snprintf(text, sizeof text,
             "hoshitori: profile/1\n"
             "product: {vendor: {name: Example Electric}, model: HT-20, type: other}\n"
             "reach:\n"
             "  addresses: [\"%s\"]\n"
             "  liveness: {service: status, path: /, contains: HT-20}\n"
             "services:\n"
             "  - {id: status, transport: tcp, port: %u, protocol: http, purpose: status, reason: "
             "status, carries_assets: false}\n"
             "clients:\n"
             "  - id: home\n"
             "    host: %s\n"
             "    port: %u\n"
             "    protocol: %s\n"
             "    purpose: {ja: 温度の報告, en: reports of the temperature}\n"
             "%s",
             stub->options.bind, stub->ports[0], client->host, client->port,
             client->datagrams ? "coaps" : "https", clear);
    const char *path = out == NULL ? inside : out;
    return file_write(path, 0600, text, strlen(text)) ? realpath(path, NULL) : NULL;
}

const struct product product_client = {
    .name = "client",
    .summary = "HT-20, a thermometer that reports home over HTTPS or CoAPS ten times a second.",
    .services = SERVICES,
    .service_count = sizeof SERVICES / sizeof *SERVICES,
    .make = client_make,
    .profile_write = client_profile_write,
    .start = client_start,
    .lever = client_lever,
    .free = client_free,
};
