/* stage.h - what the harness shows to a device that calls, one presentation after the other, and
 * what the device did. */
#pragma once

#include "channel/door.h"
#include "channel/tls_callee.h"
#include "channel/tls_forge.h"
#include "probe/probe.h"
#include "wire/client_talk.h"
#include "wire/dtls_server_flight.h"
#include "wire/tls_client_hello.h"
#include "wire/tls_suites.h"

enum { PRESENTATIONS_MAX = 24, HELLO_BYTES_MAX = 32768 };

enum presentation_kind { PRESENT_CHAIN, PRESENT_VERSION, PRESENT_SUITES, PRESENT_PLAIN };

enum presentation_over { OVER_BOTH, OVER_TCP, OVER_UDP };

/* What goes with a chain where the device must insist on a staple, and what is shown there alone.
 */
enum presentation_staple { STAPLE_GOOD, STAPLE_NONE, STAPLE_REVOKED };

enum suite_class { SUITES_NULL, SUITES_EXPORT, SUITES_ANONYMOUS };

struct presentation {
    const char *name;
    enum presentation_kind kind;
    enum forge_flaw flaw; /* CHAIN */
    enum presentation_over over;
    uint16_t version;                /* VERSION; of DTLS, that of TLS whose complement it writes */
    enum suite_class suites;         /* SUITES */
    enum presentation_staple staple; /* CHAIN */
};

/* Ended by a NULL name; the first is the valid chain. */
extern const struct presentation presentations[];
extern const char *const presentation_names[];
const struct presentation *presentation_find(const char *name);

/* What one presentation brought about, over all connections in its time. */
struct scene {
    const struct presentation *shown;
    unsigned connections; /* on the TLS port */
    unsigned hellos;      /* of those, with a ClientHello */
    unsigned completed;
    unsigned kept_open; /* completed, silent, and not left by the client */
    unsigned went_on;   /* hand-made answers: the client gave its part of the key exchange */
    unsigned turned_down;
    size_t data_length;
    char data[CLIENT_TALK_SIZE];
    uint16_t version;
    int alert; /* the last; -1: none */
    const char *end;
    size_t clear_length; /* bytes without TLS, on either port */
    unsigned clear_calls;
    char clear[CLIENT_TALK_SIZE];
};

struct stage {
    struct probe_call *call;
    const struct client *client;
    bool datagrams; /* it calls over UDP */
    bool staples;   /* it must insist on a staple, and we can make one */
    struct door door;
    struct forge *forge;
    struct forged chain; /* of the presentation under way, made before anybody calls */
    uint64_t random;
    int64_t hello_ms;  /* how long a client may take to say hello */
    int64_t talk_ms;   /* and to say something then */
    int64_t object_ms; /* and to object to a ServerHello */
    int64_t watch_ms;  /* how long the same is shown to those who come again */
    bool has_hello;
    struct tls_client_hello hello; /* the first that came */
    struct scene scenes[PRESENTATIONS_MAX];
    size_t scene_count;
};

/* Takes one connection on the TLS port; the scene says what came of it. */
enum status stage_take(struct stage *stage, struct scene *scene, struct tcp *tcp,
                       struct error *reterr) MUST_CHECK;

/* The same for a connection on the port for attempts in clear. */
enum status stage_take_clear(struct stage *stage, struct scene *scene, struct tcp *tcp,
                             struct error *reterr) MUST_CHECK;

/* A ClientHello came: the rest of a hand-made answer (handmade.c). */
enum status stage_handmade(struct stage *stage, struct scene *scene, struct tcp *tcp,
                           const struct tls_client_hello *hello, struct error *reterr) MUST_CHECK;

/* A ClientHello came from a device that insists on a staple: the chain with one (stapled.c). */
enum status stage_stapled(struct stage *stage, struct tcp *tcp, const struct bytes *begun,
                          const struct tls_client_hello *hello, bool revoked,
                          struct tls_callee_answer *ret_answer, struct error *reterr) MUST_CHECK;

/* Whether a suite gives no confidentiality or no authentication to speak of. */
bool stage_suite_is(uint16_t suite, enum suite_class wanted);

/* Receives until a byte came, an end or the deadline; never for the transcript. */
enum status stage_hear(struct stage *stage, struct tcp *tcp, struct bytes *into,
                       int64_t deadline_ms, enum tcp_event *ret_event,
                       struct error *reterr) MUST_CHECK;

/* What the client said first, over UDP: the rest of its ClientHello, if that came in pieces.
 * *ret_whole: it can be read. */
enum status stage_hello_datagrams(struct stage *stage, struct tcp *tcp, struct bytes *begun,
                                  struct tls_client_hello *hello, bool *ret_whole,
                                  struct error *reterr) MUST_CHECK;

/* Says all that is loaded. */
enum status stage_say_datagrams(struct dtls_speech *speech, struct tcp *tcp, int64_t deadline_ms,
                                enum tcp_event *ret_event, struct error *reterr) MUST_CHECK;

/* A fatal alert, so that the client begins anew: over UDP no end of a connection tells it to. */
enum status stage_give_up(struct stage *stage, struct tcp *tcp, uint32_t record,
                          struct error *reterr) MUST_CHECK;

/* Until the client has said something in clear that is no hello again, or has gone. */
enum status stage_hear_datagrams(struct stage *stage, struct tcp *tcp, int64_t deadline_ms,
                                 struct dtls_word *ret_word, enum tcp_event *ret_event,
                                 struct error *reterr) MUST_CHECK;

/* What it would be in clear, in words; and whether it could be part of the protected protocol. */
void stage_talk(const struct stage *stage, const void *data, size_t length,
                char room[CLIENT_TALK_SIZE]);
bool stage_is_protected(const struct stage *stage, const void *data, size_t length);

void stage_report(struct stage *stage);
extern const struct fact stage_scene_columns[];
