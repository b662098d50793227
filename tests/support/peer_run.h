/* peer_run.h - runs a probe against a server of peer.h that lives as long as the run. */
#pragma once

#include "peer.h"
#include "probe_run.h"

/* subject NULL: as by hand. */
__attribute__((unused)) static struct probe_run peer_run(const struct probe *probe,
                                                         const struct subject *subject,
                                                         void (*serve)(int fd), const char *params,
                                                         int deadline_ms)
{
    static const struct subject nothing = { 0 };
    uint16_t port = 0;
    pid_t child = peer_start(serve, &port);
    struct probe_run run = probe_run(probe, subject != NULL ? subject : &nothing, "127.0.0.1", port,
                                     params, deadline_ms);

    peer_stop(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}
