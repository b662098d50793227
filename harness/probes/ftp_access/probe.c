/* ftp_access - asks for one declared file over FTP, as anybody, with a wrong password or in
 * the declared role, and writes down whether it was handed out.
 *
 * By hand: hoshitori probe ftp_access --target 192.0.2.7:21 --param path=/config.bin */
#include "probe/probe.h"
#include "base/text.h"
#include "channel/ftp.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

enum { WRONG_LENGTH = 20, TAKEN_MAX = 64 * 1024 };

extern const struct probe probe_ftp_access;

struct visit {
    struct probe_call *call;
    struct ftp_link link;
    const char *path;
    const char *user; /* NULL: nobody logs in */
    const char *password;
    char wrong[WRONG_LENGTH + 1];
    bool ended; /* the device hung up or fell silent */
};

static enum status who_choose(struct visit *visit, struct error *reterr)
{
    const struct subject *subject = visit->call->subject;
    const struct access *access = subject->access;
    const char *as = probe_param_text(visit->call, "as");
    const struct credential *credential =
        access == NULL ? NULL : web_credential(subject->profile, access->auth, access->role);
    uint64_t random = visit->call->seed;

    if (text_equal(as, "anonymous")) {
        visit->user = "anonymous";
        visit->password = "anonymous@"; /* RFC 1635 section 2 */
        return STATUS_OK;
    }
    if (credential == NULL && text_equal(as, "role")) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile gives no credentials of the role");
    }
    web_random_text(&random, visit->wrong, WRONG_LENGTH);
    visit->user = credential != NULL ? credential->user : "admin";
    visit->password = text_equal(as, "role") ? secret_reveal(&credential->secret) : visit->wrong;
    return STATUS_OK;
}

static void reason_set(struct visit *visit, const char *when, const struct ftp_reply *reply)
{
    char text[256];

    if (reply->event != TCP_OK) {
        visit->ended = true;
        (void) snprintf(text, sizeof text, "%s: %s", when, tcp_event_word(reply->event));
    } else {
        (void) snprintf(text, sizeof text, "%s: %u %s", when, reply->code, reply->words);
    }
    probe_fact_text(visit->call, "reason", text);
}

/* 226 and 250 close a transfer; whatever came before is what was handed out.  A refusal is
 * one that speaks of log-ins or of the file (RFC 959 section 4.2.1). */
static bool settled(const struct ftp_reply *reply, size_t length, bool *ret_granted)
{
    bool refused = reply->code == 530 || reply->code == 532 || reply->code == 550 ||
                   reply->code == 553 || reply->code == 503;

    *ret_granted = length > 0 || reply->code == 226 || reply->code == 250;
    return *ret_granted || (reply->event == TCP_OK && refused);
}

/* *ret_known: the answer settles it. */
static enum status file_ask(struct visit *visit, const char *when, bool *ret_known,
                            bool *ret_granted, struct error *reterr)
{
    struct ftp_reply reply;
    size_t length = 0;

    TRY(ftp_fetch(&visit->link, "RETR", visit->path, TAKEN_MAX,
                  probe_exchange_deadline(visit->call), &length, &reply, reterr));
    *ret_known = settled(&reply, length, ret_granted);
    reason_set(visit, when, &reply);
    probe_fact_int(visit->call, "octets", (long long) length);
    return STATUS_OK;
}

/* One word on the whole directory; nothing of it is kept. */
static enum status list_ask(struct visit *visit, struct error *reterr)
{
    struct ftp_reply reply;
    size_t length = 0;
    bool granted = false;

    TRY(ftp_fetch(&visit->link, "LIST", NULL, TAKEN_MAX, probe_exchange_deadline(visit->call),
                  &length, &reply, reterr));
    visit->ended |= reply.event != TCP_OK;
    if (settled(&reply, length, &granted)) {
        probe_fact_bool(visit->call, "listed", granted);
    }
    return STATUS_OK;
}

static enum status log_in(struct visit *visit, bool *ret_in, struct error *reterr)
{
    struct ftp_reply reply;

    *ret_in = false;
    TRY(ftp_ask(&visit->link, "USER", visit->user, NULL, probe_exchange_deadline(visit->call),
                &reply, reterr));
    if (reply.event == TCP_OK && reply.code == 331) {
        TRY(ftp_ask(&visit->link, "PASS", visit->password, "password",
                    probe_exchange_deadline(visit->call), &reply, reterr));
    }
    visit->ended |= reply.event != TCP_OK || reply.code == 421;
    *ret_in = reply.event == TCP_OK && (reply.code == 230 || reply.code == 202);
    if (*ret_in || (reply.event == TCP_OK && (reply.code == 530 || reply.code == 430))) {
        probe_fact_bool(visit->call, "logged_in", *ret_in);
    } else {
        reason_set(visit, "log-in", &reply);
    }
    return STATUS_OK;
}

static enum status talk(struct visit *visit, struct error *reterr)
{
    bool as_role = text_equal(probe_param_text(visit->call, "as"), "role");
    bool known_before = as_role;
    bool granted_before = false;
    bool known = false;
    bool granted = false;
    bool in = false;

    if (!as_role) { /* a stranger need not say a name */
        TRY(file_ask(visit, "before any log-in", &known_before, &granted_before, reterr));
    }
    if (!visit->ended && !granted_before) {
        TRY(log_in(visit, &in, reterr));
    }
    if (!visit->ended && !granted_before) {
        TRY(file_ask(visit, in ? "after the log-in" : "after the refused log-in", &known, &granted,
                     reterr));
    }
    if (!visit->ended && in) {
        TRY(list_ask(visit, reterr));
    }
    if (granted || granted_before || (known && known_before)) {
        probe_fact_bool(visit->call, "granted", granted || granted_before);
    }
    return STATUS_OK;
}

static void visit_done(struct visit *visit)
{
    ftp_done(&visit->link);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(visit_done) struct visit visit = { .call = call, .link = { .tcp = { .fd = -1 } } };
    const struct access *access = call->subject->access;
    struct ftp_reply reply;

    visit.path = probe_param_text(call, "path");
    if (visit.path == NULL && access != NULL) {
        visit.path = access->read.path;
    }
    if (visit.path == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "what to ask for: give --param path=/...");
    }
    TRY(who_choose(&visit, reterr));
    TRY(ftp_open(&visit.link, call->host, call->port, probe_exchange_deadline(call),
                 call->transcript, &reply, reterr));
    reason_set(&visit, "greeting", &reply);
    if (reply.event != TCP_OK || reply.code != 220) {
        return STATUS_OK;
    }
    probe_fact_bool(call, "greeted", true);
    return talk(&visit, reterr);
}

static const char *const as_choices[] = { "anonymous", "wrong", "role", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who asks: anybody (without a log-in, then as anonymous), the role's user with a "
              "wrong password, or the role.",
      .fallback = "\"anonymous\"",
      .choices = as_choices },
    { .name = "path", .type = FACT_TEXT, .help = "The file in place of the declared one." },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one command may take.",
      .fallback = "10000",
      .minimum = 100,
      .maximum = 60000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "greeted", .type = FACT_BOOL, .help = "An FTP server said 220 (RFC 959)." },
    { .name = "granted",
      .type = FACT_BOOL,
      .help =
          "The file, or some of it, was handed out; absent when the answers do not settle it." },
    { .name = "logged_in",
      .type = FACT_BOOL,
      .help = "The log-in was accepted (230); absent when it was neither accepted nor refused." },
    { .name = "listed",
      .type = FACT_BOOL,
      .help = "After the log-in the directory was listed; only when it was accepted." },
    { .name = "octets", .type = FACT_INT, .help = "How much of the file came, at most 64 KiB." },
    { .name = "reason", .type = FACT_TEXT, .help = "The answer that the other facts rest on." },
    FACT_END,
};

const struct probe probe_ftp_access = {
    .decl = {
        .name = "ftp_access",
        .summary = { .ja = "宣言されたファイルがFTPで渡されるかを観測する",
                     .en = "Asks for a declared file over FTP and records whether it is handed out" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ACCESS,
        .deadline_ms = 60000,
    },
    .run = run,
};
