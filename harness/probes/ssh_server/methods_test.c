/* A server over the server half of libssh: what it says of log-ins. */
#include "support/mock_ssh.h"
#include "support/peer.h"
#include "support/probe_run.h"

#include <criterion/criterion.h>

extern const struct probe probe_ssh_server;

#define LOOK "{\"look_at\": [\"authentication\"]}"

static void password_and_key(int fd)
{
    mock_ssh_serve(
        fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY });
}

static void blank_root(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_INTERACTIVE, .blank = true });
}

static void blank_without_session(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD,
                                           .blank = true,
                                           .sessions_refused = true });
}

static void expect(const json_t *facts, const char *name, const char *wanted)
{
    const json_t *value = json_object_get(facts, name);
    char *text =
        value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

    cr_expect_str_eq(text == NULL ? "(none)" : text, wanted, "%s is %s, not %s", name,
                     text == NULL ? "(none)" : text, wanted);
    free(text);
}

static json_t *facts_of(void (*serve)(int fd))
{
    uint16_t port = 0;
    pid_t peer = peer_start(serve, &port);
    struct probe_run run = probe_run(&probe_ssh_server, NULL, "127.0.0.1", port, LOOK, 30000);
    json_t *facts = json_incref(run.facts);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    probe_run_done(&run);
    peer_stop(peer);
    return facts;
}

TestSuite(ssh_methods, .timeout = 60);

Test(ssh_methods, what_is_offered_to_whom)
{
    json_t *facts = facts_of(password_and_key);

    expect(facts, "auth_methods",
           "{\"ordinary\":[\"publickey\",\"password\"],\"root\":[\"publickey\",\"password\"]}");
    expect(facts, "auth_without_credentials", "[]");
    expect(facts, "auth_complete", "true");
    expect(facts, "auth_attempts", "2");
    expect(facts, "connections", "3");
    expect(facts, "host_keys", "(none)");
    json_decref(facts);
}

Test(ssh_methods, somebody_who_needs_no_password)
{
    json_t *facts = facts_of(blank_root);

    expect(facts, "auth_methods", "{\"ordinary\":[\"keyboard-interactive\"]}");
    expect(facts, "auth_without_credentials", "[\"root\"]");
    expect(facts, "auth_complete", "true");
    json_decref(facts);
}

/* An account without a shell may still forward ports. */
Test(ssh_methods, a_session_that_is_refused_was_looked_at)
{
    json_t *facts = facts_of(blank_without_session);

    expect(facts, "auth_without_credentials", "[\"root\"]");
    expect(facts, "auth_complete", "true");
    json_decref(facts);
}
