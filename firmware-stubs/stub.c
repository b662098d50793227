#include "stub.h"

#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

/* The directory that is the unit's flash memory; absolute, from malloc. */
static char *state_provide(const struct stub_options *options)
{
    DEFER(text_free) char *fresh = NULL;
    const char *wanted = options->state;

    if (wanted == NULL) {
        const char *temporary = getenv("TMPDIR");
        fresh = path_join(temporary == NULL ? "/tmp" : temporary, "hoshitori-stub-XXXXXX");
        wanted = mkdtemp(fresh);
        if (wanted == NULL) {
            complain("%s: %s", fresh, strerror(errno));
            return NULL;
        }
    } else if (!directory_make(wanted)) {
        return NULL;
    }
    char *absolute = realpath(wanted, NULL);
    if (absolute == NULL) {
        complain("%s: %s", wanted, strerror(errno));
    }
    return absolute;
}

/* Two devices cannot be the same unit.  The lock ends with the process. */
static bool state_lock(const char *state)
{
    DEFER(text_free) char *path = path_join(state, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return complain("%s: %s", state,
                        errno == EWOULDBLOCK ? "another stub runs on it" : strerror(errno));
    }
    return true;
}

static bool services_open(struct stub *stub, void *device)
{
    const struct product *product = stub->product;

    for (size_t i = 0; i < product->service_count; i++) {
        const struct service_row *row = &product->services[i];
        if (row->only_with != DEFECT_NONE && !stub_has(stub, row->only_with)) {
            continue;
        }
        unsigned base = stub->options.port_base;
        struct listening listening = {
            .protocol = row->protocol,
            .device = device,
            .tls = row->tls ? stub->tls : NULL,
            .address = stub->options.bind,
            .port = stub->ports[i],
        };
        if (listening.port == 0 && base != 0) {
            listening.port = (uint16_t) (base + row->offset);
        }
        if (!server_listen(stub->server, &listening, &stub->ports[i])) {
            return false;
        }
    }
    return true;
}

static bool ready_print(const struct stub *stub, const char *profile)
{
    json_t *declared = json_array();
    json_t *undeclared = json_array();

    for (size_t i = 0; i < stub->product->service_count; i++) {
        const struct service_row *row = &stub->product->services[i];
        if (stub->ports[i] != 0) {
            json_array_append_new(row->only_with == DEFECT_NONE ? declared : undeclared,
                                  json_pack("{s:s, s:i, s:s}", "name", row->name, "port",
                                            (int) stub->ports[i], "transport",
                                            row->protocol->datagram != NULL ? "udp" : "tcp"));
        }
    }
    json_t *ready =
        json_pack("{s:b, s:s, s:s, s:o, s:o}", "ready", 1, "product", stub->product->name,
                  "profile", profile, "services", declared, "undeclared", undeclared);
    bool printed =
        json_dumpf(ready, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF && fflush(stdout) == 0;
    json_decref(ready);
    return printed || complain("standard output: %s", strerror(errno));
}

static void bench_said(void *device, const struct buffer *in, struct buffer *out)
{
    struct stub *stub = device;
    DEFER(text_free) char *word = calloc(1, in->length + 1); /* no NUL ends what came */
    bool network;
    bool right = false;

    if (word == NULL) {
        abort();
    }
    memcpy(word, in->data != NULL ? in->data : "", in->length);
    network = strncmp(word, "network-", 8) == 0;

    if (network) {
        stub->network_down = strcmp(word, "network-down") == 0;
        right = server_network(stub->server, !stub->network_down);
    }
    if (strncmp(word, "client-", 7) == 0) {
        stub->client_word = strcmp(word, "client-start") == 0 ? "client-start" : "client-stop";
    }
    if (stub->product->lever != NULL) {
        bool known = stub->product->lever(stub, stub->device, word);
        right = right || (known && !network);
    }
    buffer_text(out, right ? "ok" : "no");
}

static bool bench_joined(struct stub *stub)
{
    static const struct protocol levers = { .name = "bench", .datagram = bench_said };

    if (stub->control < 0) {
        return true;
    }
    if (stub->network_down) {
        server_network(stub->server, false);
    }
    if (stub->client_word != NULL && stub->product->lever != NULL) {
        stub->product->lever(stub, stub->device, stub->client_word);
    }
    int control = fcntl(stub->control, F_DUPFD_CLOEXEC, 0);
    return control >= 0 && server_adopt(stub->server, control, &levers, stub) &&
           (!stub->woken || send(stub->control, "ready", 5, MSG_NOSIGNAL) == 5);
}

/* Once for each stub: a restart changes nothing that a tester has been told. */
static bool announce(struct stub *stub)
{
    if (stub->announced) {
        return true;
    }
    DEFER(text_free) char *profile = stub->product->profile_write(stub, stub->device);
    stub->announced = profile != NULL && ready_print(stub, profile);
    return stub->announced;
}

static bool serve(struct stub *stub)
{
    const struct product *product = stub->product;
    bool served = false;

    if (!product->make(stub, &stub->device)) {
        return false;
    }
    if (services_open(stub, stub->device) && server_signals(stub->server) &&
        (product->start == NULL || product->start(stub, stub->device)) && announce(stub) &&
        bench_joined(stub)) {
        if (product->tick != NULL) {
            server_ticks(stub->server, product->tick, stub->device);
        }
        served = server_run(stub->server);
    }
    product->free(stub->device);
    stub->device = NULL;
    return served;
}

int unit_run(struct stub *stub)
{
    bool served = true;

    stub->woken = true;
    do {
        stub->restart = false;
        stub->server = server_new();
        served = serve(stub);
        server_free(stub->server);
        SSL_CTX_free(stub->tls);
        stub->tls = NULL;
        stub->woken = false;
    } while (served && stub->restart);
    return served ? EXIT_SUCCESS : EXIT_TROUBLE;
}

int stub_run(const struct product *product, const struct stub_options *options)
{
    DEFER(text_free) char *state = state_provide(options);

    if (state == NULL || !state_lock(state)) {
        return EXIT_TROUBLE;
    }
    struct stub stub = { .product = product, .options = *options, .state = state, .control = -1 };
    return options->bench ? bench_run(&stub) : unit_run(&stub);
}
