/* control.h - moving the bench: power, network, reset, erasure, updates, settings, by whatever
 * way the profile declares.
 *
 * A lever that does not move is our fault, or the bench's, and never the device's: a status other
 * than OK makes the check an error.  What the device answers, a refusal too, is data.  A lever that
 * says it moved proves nothing either: whoever needs to know that the power is off asks the device
 * (control_wait_gone).  Every use is an event `lever` of the log. */
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "model/lever.h"
#include "probe/probe.h"

enum {
    LEVER_TEXT_MAX = 64 * 1024,  /* of what a lever prints or answers; the rest is dropped */
    LEVER_IMAGE_MAX = 256 << 20, /* octets of an image */
    CONTROL_LIVENESS_MS = 1000,  /* one asking */
    CONTROL_PAUSE_MS = 100       /* between two */
};

/* What a lever is told; members that do not matter are zero. */
struct lever_input {
    const char *way; /* id of a way to erase or of a setting; NULL: the first */
    const struct bytes *image;
    const char *value;
    const struct secret *secret; /* a password to set; old_secret: the one before */
    const struct secret *old_secret;
    const char *user;
};

enum lever_word {
    LEVER_DONE,
    LEVER_REFUSED, /* the device said no */
    LEVER_CUT      /* it broke off, ran out of time or failed: after control_end alone */
};

/* "done", "refused", "cut" */
const char *lever_word_text(enum lever_word word);

/* Owned by the caller; lever_output_done. */
struct lever_output {
    enum lever_word word;
    struct bytes text; /* as it was printed or answered, without line ends behind; not printable */
    char detail[160];  /* of REFUSED and CUT: in words, printable */
    int64_t elapsed_ms;
};

struct lever_output lever_output_empty(void);
void lever_output_done(struct lever_output *output);

/* The text as a C text, printable; "" when there is none. */
void lever_output_text(const struct lever_output *output, char *room, size_t size);

/* Whether the profile declares it and this process can move it; way NULL: any. */
bool control_has(const struct probe_call *call, enum lever lever, const char *way);

/* Moves a lever and waits.  output may be NULL: then a refusal is a failure too. */
enum status control_pull(struct probe_call *call, enum lever lever, const struct lever_input *input,
                         struct lever_output *output, struct error *reterr) MUST_CHECK;

/* The same while the caller goes on, to cut power in the middle.  Whatever input points to stays
 * until control_end, which has to be called, and waits. */
struct control_task;
enum status control_begin(struct probe_call *call, enum lever lever,
                          const struct lever_input *input, struct control_task **ret_task,
                          struct error *reterr) MUST_CHECK;
/* The device is gone, and will not answer: a request that is under way ends at once, where it would
 * wait its whole time.  What a command or a person does goes on. */
void control_give_up(struct probe_call *call, struct control_task *task);
enum status control_end(struct probe_call *call, struct control_task **task,
                        struct lever_output *output, struct error *reterr) MUST_CHECK;

/* What a person is asked at the terminal; texts are borrowed. */
struct person_question {
    const char *about; /* the check */
    struct words words;
    const char *choices; /* "yes / no"; NULL: any text */
    unsigned within_s;
};

/* DONE: output->text is the answer, one line of UTF-8, and output->detail the SHA-256 of the file
 * that it names as "@PATH", or "".  CUT: nobody answered, and output->detail says why. */
enum status control_ask(struct probe_call *call, const struct person_question *question,
                        struct lever_output *output, struct error *reterr) MUST_CHECK;

/* Until the declared device answers, or within_ms have passed. */
enum status control_wait_alive(struct probe_call *call, int64_t within_ms, bool *ret_alive,
                               int64_t *ret_took_ms, struct error *reterr) MUST_CHECK;

/* Until it does not: the proof that a lever moved. */
enum status control_wait_gone(struct probe_call *call, int64_t within_ms, bool *ret_gone,
                              struct error *reterr) MUST_CHECK;

/* How long to look while a lever moves that was begun: otherwise_ms, or as long as a person may
 * take. */
int64_t control_meanwhile_ms(const struct probe_call *call, enum lever lever, int64_t otherwise_ms);

#define CONTROL_BACK_MOVES                                                                         \
    (LEVER_BIT(LEVER_POWER_ON) | LEVER_BIT(LEVER_NETWORK_UP) | LEVER_BIT(LEVER_POWER_CYCLE) |      \
     LEVER_BIT(LEVER_CLIENT_STOP))

/* For restore(): its own connections stopped, power on, network up, and alive within settle_s.
 * May be repeated.  A person is asked only when the device does not answer. */
enum status control_bring_back(struct probe_call *call, struct error *reterr) MUST_CHECK;

/* What moves levers; one for the real bench (control/bench.h), others for tests. */
struct levers {
    bool (*can)(const struct levers *levers, const struct lever_way *way);
    enum status (*begin)(struct levers *levers, struct probe_call *call,
                         const struct lever_way *way, const struct lever_input *input,
                         void **ret_task, struct error *reterr);
    /* May be NULL. */
    void (*give_up)(struct levers *levers, void *task);
    /* LEVER_CUT with a detail where the way failed; a status where nobody can know. */
    enum status (*end)(struct levers *levers, struct probe_call *call, void **task,
                       struct lever_output *output, struct error *reterr);
    /* NULL: there is nobody to ask. */
    enum status (*ask)(struct levers *levers, const struct person_question *question,
                       struct lever_output *output, struct error *reterr);
    /* NULL: the profile's liveness service is asked. */
    enum status (*alive)(struct levers *levers, struct probe_call *call, bool *ret_alive,
                         struct error *reterr);
    /* {"lever", "way"?, "by", "word", "elapsed_ms", "words"}; takes over the reference.  May be
     * NULL. */
    void (*said)(void *context, json_t *event);
    /* A person is being asked: whoever draws on the terminal stops.  May be NULL. */
    void (*asking)(void *context, bool begins);
    void *context;
};
