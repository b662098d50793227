/* mock_ssh.h - an SSH server for tests, over the server half of libssh.  That the harness's
 * client uses the same library is made up for by tests/system/daemons. */
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the device does when "root" with "xc3511" comes, and otherwise. */
struct mock_ssh {
    int methods;
    unsigned tries;        /* failures after which it hangs up without a word; 0: never */
    bool looks_at_last;    /* at the try that makes it hang up */
    bool says_goodbye;     /* when it hangs up, by SSH_MSG_DISCONNECT */
    bool blank;            /* "none" is enough for root */
    bool sessions_refused; /* after a right log-in */
    bool hangs_up_after;   /* after a right log-in */
};

struct mock_ssh_visit {
    const struct mock_ssh *device;
    ssh_session session;
    ssh_event event;
    unsigned failures;
    bool over;
    char user[64]; /* of the questions that are on their way */
    bool asked;
};

static bool mock_ssh_is_right(const char *user, const char *password)
{
    return strcmp(user, "root") == 0 && strcmp(password, "xc3511") == 0;
}

static int mock_ssh_verdict(struct mock_ssh_visit *visit, const char *user, const char *password)
{
    bool last = visit->device->tries > 0 && visit->failures + 1 >= visit->device->tries;

    if ((!last || visit->device->looks_at_last) && mock_ssh_is_right(user, password)) {
        visit->over = visit->device->hangs_up_after;
        return SSH_AUTH_SUCCESS;
    }
    visit->failures++;
    if (last) {
        if (visit->device->says_goodbye) {
            ssh_disconnect(visit->session);
        } else {
            ssh_silent_disconnect(visit->session);
        }
        _exit(0);
    }
    return SSH_AUTH_DENIED;
}

static int mock_ssh_on_none(ssh_session session, const char *user, void *context)
{
    const struct mock_ssh_visit *visit = context;

    (void) session;
    return visit->device->blank && strcmp(user, "root") == 0 ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int mock_ssh_on_password(ssh_session session, const char *user, const char *password,
                                void *context)
{
    struct mock_ssh_visit *visit = context;

    (void) session;
    return (visit->device->methods & (int) SSH_AUTH_METHOD_PASSWORD) != 0
               ? mock_ssh_verdict(visit, user, password)
               : SSH_AUTH_DENIED;
}

static ssh_channel mock_ssh_on_channel(ssh_session session, void *context)
{
    const struct mock_ssh_visit *visit = context;

    return visit->device->sessions_refused ? NULL : ssh_channel_new(session);
}

static int mock_ssh_on_message(ssh_session session, ssh_message message, void *context)
{
    static const char *prompts[] = { "Password: " };
    static char echo[] = { 0 };
    struct mock_ssh_visit *visit = context;

    (void) session;
    if (ssh_message_type(message) != SSH_REQUEST_AUTH ||
        ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE) {
        return 1;
    }
    if (!visit->asked) {
        visit->asked = true;
        (void) snprintf(visit->user, sizeof visit->user, "%s", ssh_message_auth_user(message));
        ssh_message_auth_interactive_request(message, "", "", 1, prompts, echo);
        return 0;
    }
    visit->asked = false;
    if (mock_ssh_verdict(visit, visit->user, ssh_userauth_kbdint_getanswer(session, 0)) ==
        SSH_AUTH_SUCCESS) {
        ssh_message_auth_reply_success(message, 0);
        return 0;
    }
    return 1;
}

/* Serves one connection; the process ends with it. */
__attribute__((unused)) static void mock_ssh_serve(int fd, const struct mock_ssh *device)
{
    struct mock_ssh_visit visit = { .device = device,
                                    .session = ssh_new(),
                                    .event = ssh_event_new() };
    ssh_bind bind = ssh_bind_new();
    ssh_key key = NULL;
    const bool off = false;
    struct ssh_server_callbacks_struct callbacks = {
        .userdata = &visit,
        .auth_none_function = mock_ssh_on_none,
        .auth_password_function = mock_ssh_on_password,
        .channel_open_request_session_function = mock_ssh_on_channel,
    };

    ssh_callbacks_init(&callbacks);
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK) {
        return;
    }
    (void) ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &off);
    (void) ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key);
    ssh_set_message_callback(visit.session, mock_ssh_on_message, &visit);
    if (ssh_bind_accept_fd(bind, visit.session, fd) != SSH_OK ||
        ssh_set_server_callbacks(visit.session, &callbacks) != SSH_OK ||
        ssh_handle_key_exchange(visit.session) != SSH_OK) {
        return;
    }
    ssh_set_auth_methods(visit.session, device->methods);
    (void) ssh_event_add_session(visit.event, visit.session);
    while (!visit.over && ssh_event_dopoll(visit.event, 20000) == SSH_OK) {
    }
}
