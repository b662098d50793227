#include "engine/worker_child.h"

#include "base/clock.h"
#include "control/bench.h"
#include "engine/child.h"
#include "engine/tally.h"
#include "evidence/published.h"
#include "probe/liveness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { TRANSCRIPT_MAX = 256 * 1024, PROGRESS_STEP_MS = 200 };

struct child {
    const struct worker_order *order;
    int fd;
    struct transcript transcript;
    struct veil *veil;
    struct attempts attempts;
    struct capture *capture;
    char capture_refused[160];
    struct bench bench;
    int64_t progress_said_ms;
    bool owes;
};

/* Takes over the reference.  Without a pipe there is nobody left to tell. */
static void say(const struct child *child, json_t *line)
{
    if (!child_say(child->fd, line)) {
        child_exit(1);
    }
}

static void say_transcript(const struct child *child)
{
    const struct transcript *seen = &child->transcript;

    say(child,
        json_pack("{s:s, s:O, s:I, s:I, s:I, s:b}", "kind", "transcript", "events", seen->events,
                  "connections", (json_int_t) seen->connections, "sent", (json_int_t) seen->sent,
                  "received", (json_int_t) seen->received, "cut", (int) seen->cut));
}

/* What was said to the device until then is evidence too. */
static _Noreturn void say_fault_and_exit(const struct child *child, const struct error *error)
{
    char words[256];

    child_words(child->veil, error->message, words);
    say(child, json_pack("{s:s, s:s, s:s}", "kind", "fault", "status", status_name(error->status),
                         "message", words));
    say_transcript(child);
    child_exit(0);
}

static void say_progress(void *context, unsigned done, unsigned total, unsigned waiting_s)
{
    struct child *child = context;
    int64_t now_ms = clock_monotonic_ms();

    if (waiting_s > 0 || now_ms - child->progress_said_ms >= PROGRESS_STEP_MS) {
        child->progress_said_ms = now_ms;
        say(child, json_pack("{s:s, s:I, s:I, s:I}", "kind", "progress", "done", (json_int_t) done,
                             "total", (json_int_t) total, "waiting_s", (json_int_t) waiting_s));
    }
}

/* Short enough to be one write, also from a process that the probe has forked. */
static void say_attempt(void *context)
{
    const struct child *child = context;

    tally_add(child->order->tally, child->order->place);
    say(child, json_pack("{s:s}", "kind", "login-attempt"));
}

static void say_short(void *context, unsigned wanted, unsigned granted)
{
    say(context, json_pack("{s:s, s:I, s:I}", "kind", "attempts-short", "wanted",
                           (json_int_t) wanted, "granted", (json_int_t) granted));
}

/* Takes over the reference.  A lever's own words may repeat what it was told. */
static void say_lever(void *context, json_t *event)
{
    struct child *child = context;
    const char *said = json_string_value(json_object_get(event, "words"));
    char words[256];

    child_words(child->veil, said != NULL ? said : "", words);
    (void) json_object_set_new(event, "words", json_string(words));
    (void) json_object_set_new(event, "kind", json_string("lever"));
    say(child, event);
}

static void say_asking(void *context, bool begins)
{
    say(context, json_pack("{s:s, s:b}", "kind", "asking", "begins", (int) begins));
}

static bool say_liveness(struct child *child, const char *when)
{
    struct liveness_answer answer = { 0 };
    struct error error = { 0 };
    char words[256];

    if (child->order->without_liveness) {
        return true;
    }
    if (liveness_ask(child->order->item->subject.profile, child->order->item->subject.service,
                     WORKER_LIVENESS_TRIES, WORKER_LIVENESS_WAIT_MS, &child->transcript, &answer,
                     &error) != STATUS_OK) {
        say_fault_and_exit(child, &error);
    }
    child_words(child->veil, answer.detail, words);
    say(child, json_pack("{s:s, s:s, s:s, s:s, s:I}", "kind", "liveness", "when", when, "state",
                         liveness_word(answer.state), "detail", words, "tries",
                         (json_int_t) answer.tries));
    return answer.state == LIVENESS_ALIVE;
}

/* The facts of one run, checked against what the probe declares. */
static json_t *observe(struct child *child, const json_t *params, uint64_t seed)
{
    const struct worker_order *order = child->order;
    const struct subject *subject = &order->item->subject;
    json_t *facts = json_object();
    struct error error = { 0 };
    struct probe_call call = { .subject = subject,
                               .host = subject->address,
                               .port = subject->service == NULL ? 0 : subject->service->port,
                               .params = params,
                               .deadline_ms = clock_monotonic_ms() +
                                              order->probe->decl.deadline_ms +
                                              broker_allowance_ms(order->probe, subject->profile),
                               .seed = seed,
                               .run_seed = order->run_seed,
                               .check = order->item->id,
                               .transcript = &child->transcript,
                               .veil = child->veil,
                               .facts = facts,
                               .attempts = order->counts_attempts ? &child->attempts : NULL,
                               .levers = order->probe->moves != 0 || order->probe->wants_person
                                             ? &child->bench.levers
                                             : NULL,
                               .answers = order->answers,
                               .capture = child->capture,
                               .papers = order->papers,
                               .capture_refused = child->capture_refused,
                               .progress = say_progress,
                               .progress_context = child };
    enum status status = order->probe->run(&call, &error);

    child->owes = child->owes || call.owes;
    if (status == STATUS_OK) {
        status = facts_check(order->probe->decl.facts, facts, &error);
    }
    if (status != STATUS_OK) {
        error.status = status;
        json_decref(facts);
        say_fault_and_exit(child, &error);
    }
    veil_json(child->veil, facts);
    published_json(facts);
    return facts;
}

/* Before the sandbox takes the right to it. */
static void capture_begin(struct child *child)
{
    const struct worker_order *order = child->order;
    struct error error = { 0 };

    if (order->probe != NULL && order->probe->wants_capture &&
        capture_open(order->item->subject.address, &child->capture, &error) != STATUS_OK) {
        (void) snprintf(child->capture_refused, sizeof child->capture_refused, "%.*s",
                        (int) sizeof child->capture_refused - 1, error.message);
    }
}

static void child_setup(struct child *child)
{
    struct sandbox_state state = { 0 };
    struct error error = { 0 };

    /* Ctrl-C reaches the whole group; the parent decides what becomes of us. */
    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGTERM, SIG_DFL);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != child->order->parent) {
        child_exit(1);
    }
    capture_begin(child);
    if (child_sandbox(&state, &error) != STATUS_OK) {
        say_fault_and_exit(child, &error);
    }
    say(child, json_pack("{s:s, s:b, s:b}", "kind", "sandbox", "limits", (int) state.limits,
                         "seccomp", (int) state.seccomp));
}

_Noreturn void worker_child(const struct worker_order *order, int fd)
{
    struct child child = { .order = order,
                           .fd = fd,
                           .transcript = transcript_start(TRANSCRIPT_MAX),
                           .attempts = { .left = order->attempts_left,
                                         .spent = say_attempt,
                                         .short_of = say_short,
                                         .context = &child } };
    const struct plan_item *item = order->item;

    child.bench = bench_over(order->broker_ask_fd, order->broker_answer_fd);
    child.bench.levers.said = say_lever;
    child.bench.levers.asking = say_asking;
    child.bench.levers.context = &child;
    child_setup(&child);
    child.veil = child_veil(item->subject.profile);
    child.transcript.veil = child.veil;
    if (order->probe == NULL) { /* asked for liveness alone */
        (void) say_liveness(&child, "before");
    } else if (say_liveness(&child, "before")) {
        for (size_t i = 0; i < item->check->control_count; i++) {
            if (item->controls[i].params != NULL) {
                json_t *facts = observe(&child, item->controls[i].params, order->seed + 1 + i);

                say(&child, json_pack("{s:s, s:I, s:o}", "kind", "control", "index", (json_int_t) i,
                                      "facts", facts));
            }
        }
        say(&child, json_pack("{s:s, s:o}", "kind", "observation", "facts",
                              observe(&child, item->params, order->seed)));
        (void) say_liveness(&child, "after");
    }
    say_transcript(&child);
    say(&child, json_pack("{s:s, s:b}", "kind", "end", "owes", (int) child.owes));
    transcript_done(&child.transcript);
    capture_free(child.capture);
    bench_done(&child.bench);
    veil_free(child.veil);
    child_exit(0);
}
