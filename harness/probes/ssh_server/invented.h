/* invented.h - a server that says what it is given, connection by connection. */
#pragma once

#include "dial.h"

#include <string.h>

struct script {
    const uint8_t *data;
    size_t length;
    enum tcp_event ends_by; /* when all of it has been heard; TCP_OK: as TCP_TIMEOUT */
};

struct invented {
    const struct script *scripts;
    size_t count;
    size_t piece; /* bytes at a time; 0: all at once */
    size_t connections;
    size_t at;
    bool is_open;
};

__attribute__((unused)) static enum status invented_open(void *context, enum tcp_event *ret_event,
                                                         struct error *reterr)
{
    struct invented *server = context;

    (void) reterr;
    *ret_event = server->connections < server->count ? TCP_OK : TCP_REFUSED;
    server->is_open = *ret_event == TCP_OK;
    server->connections++;
    server->at = 0;
    return STATUS_OK;
}

__attribute__((unused)) static enum status invented_receive(void *context, struct bytes *into,
                                                            unsigned wait_ms,
                                                            enum tcp_event *ret_event,
                                                            struct error *reterr)
{
    struct invented *server = context;
    const struct script *script = &server->scripts[server->connections - 1];
    size_t left = script->length - server->at;
    size_t room = into->limit - into->length;

    (void) wait_ms;
    if (left == 0) {
        *ret_event = script->ends_by == TCP_OK ? TCP_TIMEOUT : script->ends_by;
        return STATUS_OK;
    }
    left = server->piece > 0 && server->piece < left ? server->piece : left;
    left = left < room ? left : room;
    TRY(bytes_append(into, script->data + server->at, left, reterr));
    server->at += left;
    *ret_event = TCP_OK;
    return STATUS_OK;
}

__attribute__((unused)) static enum status invented_send(void *context, const void *data,
                                                         size_t length, enum tcp_event *ret_event,
                                                         struct error *reterr)
{
    (void) context;
    (void) data;
    (void) length;
    (void) reterr;
    *ret_event = TCP_OK;
    return STATUS_OK;
}

__attribute__((unused)) static void invented_close(void *context)
{
    ((struct invented *) context)->is_open = false;
}

__attribute__((unused)) static struct dialer invented_dialer(struct invented *server)
{
    return (struct dialer){ .context = server,
                            .open = invented_open,
                            .receive = invented_receive,
                            .send = invented_send,
                            .close = invented_close };
}
