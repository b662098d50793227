/* status.h - what a function can say about itself.
 *
 * A status speaks about the harness.  What the device did, however odd, is an
 * observation and never a status. */
#pragma once

#define STATUS_LIST(X)                                                                             \
    X(OK, "ok")                                                                                    \
    X(USAGE, "the command line is not understood")                                                 \
    X(BAD_INPUT, "the input does not match its schema")                                            \
    X(LIMIT, "a declared limit was reached")                                                       \
    X(IO, "the operating system refused an operation")                                             \
    X(TIMEOUT, "the deadline passed")                                                              \
    X(UNREACHABLE, "the device could not be reached")                                              \
    X(CRYPTO, "a cryptographic operation failed")                                                  \
    X(UNSUPPORTED, "not supported by this build or version")                                       \
    X(INTERRUPTED, "interrupted")                                                                  \
    X(INTERNAL, "a fault of the harness")

enum status {
#define X(name, text) STATUS_##name,
    STATUS_LIST(X)
#undef X
};

struct error {
    enum status status;
    char message[512];
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define DEFER(free_fn) __attribute__((cleanup(free_fn)))

/* Returns from the calling function when expr is not STATUS_OK.  The only macro
 * in the house that hides a return. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum status try_status_ = (expr);                                                          \
        if (try_status_ != STATUS_OK) {                                                            \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* One sentence for people; static. */
const char *status_text(enum status status);

/* The enumerator without its prefix, such as "BAD_INPUT"; static. */
const char *status_name(enum status status);

/* Fills *reterr (may be NULL) and returns status, so that a failure is one line. */
enum status fail(struct error *reterr, enum status status, const char *format, ...) MUST_CHECK
    PRINTF_LIKE(3, 4);

#ifdef __clang_analyzer__
/* The analyzer does not look into another file: this tells it that a failure is one. */
#define fail(reterr, status, ...) ((void) (fail) (reterr, status, __VA_ARGS__), (status))
#endif
