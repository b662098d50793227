/* tls_survey.h - asks a TLS or DTLS server for everything that it accepts. */
#pragma once

#include "probe/tls_picker.h"
#include "wire/ocsp.h"

enum { SURVEY_VERSIONS = 6, SURVEY_CHAINS_MAX = 8, SURVEY_DER_MAX = 1 << 16, SURVEY_WHY_MAX = 24 };

enum version_state { VERSION_UNKNOWN, VERSION_ACCEPTED, VERSION_REFUSED };

/* Whose order decides: the server's, the client's, neither consistently; or there is
 * nothing to choose. */
enum preference {
    PREFERENCE_UNKNOWN,
    PREFERENCE_SERVER,
    PREFERENCE_CLIENT,
    PREFERENCE_MIXED,
    PREFERENCE_ONE_SUITE
};

const char *tls_server_preference_word(enum preference preference);

struct version_survey {
    uint16_t version;
    enum version_state state;
    bool in_chunks;  /* it fails on long hellos */
    bool key_shares; /* TLS 1.3: it does not ask for a key share */
    struct picker suites;
    enum preference preference;
    uint8_t ssl2_kinds[7][3];
    size_t ssl2_kind_count;
};

/* A chain of certificates as the server sent it, the DER of each one after another. */
struct chain {
    struct bytes der;
    size_t lengths[EXCHANGE_CHAIN_MAX];
    size_t count;
    bool with_name; /* it came for a hello with a server name */
    bool without_name;
    bool in_ssl2;
    bool in_tls; /* SSL 3.0 and later */
    bool staple_asked;
    bool stapled;
    enum ocsp_says staple; /* what the first staple says */
};

enum known { KNOWN_NOT, KNOWN_FALSE, KNOWN_TRUE };

/* What only a DTLS server shows. */
struct dtls_seen {
    unsigned with_cookie; /* answers of an accepted hello, after a cookie was asked for */
    unsigned without_cookie;
    enum known cookie_verified;
    enum known connection_id; /* answers of DTLS 1.2: any agreed to one */
    /* The hello that was answered by the most bytes before a cookie was shown, and the worst
     * ratio of any. */
    size_t answered_most;
    uint16_t version;
    uint16_t suite;
    uint16_t group;
    uint16_t scheme;
    unsigned amplification_percent;
    char hint[128]; /* of pre-shared keys; "": none seen */
    size_t hint_length;
};

/* What a server has to bear (tls_tolerance.c). */
enum tolerance_question {
    TOLERANCE_GREASE,
    TOLERANCE_UNKNOWN_EXTENSION,
    TOLERANCE_LEGACY_VERSION,
    TOLERANCE_SESSION_ID,
    TOLERANCE_OVER_256,
    TOLERANCE_OVER_511,
    TOLERANCE_OVER_4096,
    TOLERANCE_OVER_16384,
    TOLERANCE_COUNT
};

struct tolerance {
    bool known;
    enum exchange_end met; /* not END_NOT_CONNECTED and not END_NOT_UPGRADED */
};

/* A prime of DHE, by its bytes' SHA-256. */
struct survey_prime {
    char sha256[65];
    unsigned bits;
};

struct survey {
    const char *server_name; /* for SNI; NULL: none */
    struct asker asker;
    bool datagram; /* DTLS */
    struct dtls_seen dtls;
    struct version_survey versions[SURVEY_VERSIONS]; /* from TLS 1.3 down to SSL 2.0 */
    size_t version_count;
    uint16_t groups_12[64];
    size_t group_12_count;
    uint16_t groups_13[64];
    size_t group_13_count;
    uint16_t schemes[64];
    size_t scheme_count;

    struct picker group_pickers[2]; /* TLS 1.3, then before */
    bool group_used[2];
    struct picker scheme_picker;
    bool scheme_used;
    uint16_t share_group; /* TLS 1.3: with it the server's answer can be opened; 0: none known */
    struct picker scheme_13_picker;
    bool scheme_13_used;
    struct chain chains[SURVEY_CHAINS_MAX];
    size_t chain_count;
    unsigned chains_unknown;   /* questions for one more chain that stayed open */
    unsigned dh_bits_smallest; /* 0: no DHE seen */
    struct survey_prime prime; /* that one */
    struct tolerance tolerance[TOLERANCE_COUNT];
    bool deflate;
    bool lzs;
    unsigned hellos_10_to_12; /* answered, TLS 1.0 to 1.2 */
    unsigned without_renegotiation_info;
    unsigned without_extended_master_secret;
    enum known fallback_scsv;
    enum known tickets_to_12; /* any answer of TLS 1.0 to 1.2 agreed to one (RFC 5077) */
    char alpn[16][256];
    size_t alpn_count;
    bool alpn_complete;
    bool answers_at_end;
    char why[SURVEY_WHY_MAX][160]; /* what could not be found out, and why */
    size_t why_count;
};

/* Large: allocate it.  survey_done frees the chains. */
void tls_server_survey_start(struct survey *survey, struct dialer *dialer, const char *server_name);
void dtls_server_survey_start(struct survey *survey, struct dialer *dialer,
                              const char *server_name);
void tls_server_survey_done(struct survey *survey);

/* "TLSv1.2", "DTLSv1.2". */
const char *tls_server_survey_version_name(const struct survey *survey, uint16_t version);

/* The survey proper; fails only when we could not do our part, or with UNREACHABLE
 * when not a single connection came about. */
enum status tls_server_survey_run(struct survey *survey, const char *const *alpn, size_t alpn_count,
                                  struct error *reterr) MUST_CHECK;

/* NULL when the version is not accepted. */
const struct version_survey *tls_server_survey_version(const struct survey *survey,
                                                       uint16_t version);

void tls_server_survey_why(struct survey *survey, const char *format, ...) PRINTF_LIKE(2, 3);

/* Does every version have a known state, and every accepted one all its suites? */
bool tls_server_survey_versions_known(const struct survey *survey);
bool tls_server_survey_suites_known(const struct survey *survey);

/* Keeps the chain unless its leaf is already there. */
enum status tls_server_survey_chain(struct survey *survey, const struct span *spans, size_t count,
                                    struct error *reterr) MUST_CHECK;

/* A hello of this version with every group and scheme, and these suites. */
struct tls_hello tls_server_survey_hello(const struct survey *survey, uint16_t version,
                                         const uint16_t *suites, size_t suite_count);

/* tls_chains.c: the kind of key that signs by this scheme, or for this suite; CLASS_COUNT: the
 * suite's answers bring no certificate. */
enum key_class { CLASS_RSA, CLASS_ECDSA, CLASS_EDDSA, CLASS_DSS, CLASS_COUNT };
enum key_class tls_server_class_of_scheme(uint16_t scheme);
enum key_class tls_server_class_of_suite(uint16_t code);

/* tls_chains.c: takes note of the chain and the staple that came with an answer. */
void tls_server_chains_witness(struct survey *survey, const struct exchange *exchange);

/* Prepares the picker of signature schemes of TLS 1.3; false: there is nothing to ask with. */
bool tls_server_chains_schemes(struct survey *survey);

/* Asks once for each kind of key, with the server's name and without, for a staple too. */
enum status tls_server_chains(struct survey *survey, struct error *reterr) MUST_CHECK;

/* A hello of TLS 1.3 whose answer can be opened; only if share_group is known. */
struct tls_hello tls_server_chains_hello(const struct survey *survey);

/* tls_tolerance.c: the hello that is known to be accepted, with one thing more that a server has to
 * bear; and what its answer says, asked again where there was none. */
struct tls_hello tls_server_tolerance_hello(const struct asker *asker,
                                            enum tolerance_question question);
enum status tls_server_tolerance_settle(struct survey *survey, enum tolerance_question question,
                                        struct exchange *exchange, struct error *reterr) MUST_CHECK;
const char *tls_server_tolerance_word(enum tolerance_question question);

/* tls_details.c: what else the accepted versions tell: preference, groups, signature
 * schemes, fallback protection, ALPN. */
enum status tls_server_details(struct survey *survey, const char *const *alpn, size_t alpn_count,
                               struct error *reterr) MUST_CHECK;

/* dtls_survey.c: what an accepted hello tells, and what is asked beside it. */
void dtls_server_witness(struct survey *survey, const struct exchange *exchange);
enum status dtls_server_details(struct survey *survey, struct error *reterr) MUST_CHECK;
