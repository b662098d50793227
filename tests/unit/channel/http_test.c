#include "channel/http.h"

#include "base/clock.h"
#include "support/mock_http.h"
#include "support/transcript_text.h"

#include <criterion/criterion.h>
#include <pthread.h>

static struct transcript transcript;

static void begin(void)
{
    transcript = transcript_start(4 << 20);
}

static void end(void)
{
    transcript_done(&transcript);
}

TestSuite(http, .init = begin, .fini = end, .timeout = 60);

static struct http_client *client_to(uint16_t port, const char *host, const char *name)
{
    struct http_client *client = NULL;
    struct error error = { 0 };

    cr_assert_eq(
        http_client_new(&(struct http_target){ .host = host, .port = port, .server_name = name },
                        &transcript, &client, &error),
        STATUS_OK, "%s", error.message);
    return client;
}

static void ask(struct http_client *client, struct http_ask what, int within_ms,
                struct http_answer *answer)
{
    struct error error = { 0 };

    what.method = what.method != NULL ? what.method : "GET";
    what.path = what.path != NULL ? what.path : "/";
    what.deadline_ms = clock_monotonic_ms() + within_ms;
    cr_assert_eq(http_client_ask(client, &what, answer, &error), STATUS_OK, "%s", error.message);
}

static void plain(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    (void) request;
    (void) shared;
    mock_reply(fd, 302,
               "Content-Type: text/html; charset=utf-8\r\nLocation: /login?next=/admin\r\n"
               "Set-Cookie: sid=abcdef; HttpOnly\r\nX-Two: a\r\nX-Two: b\r\n",
               "moved");
}

Test(http, an_answer_is_taken_apart_and_a_redirect_is_not_followed)
{
    struct mock mock = mock_start(plain);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    struct http_answer answer;

    ask(client, (struct http_ask){ .path = "/admin" }, 5000, &answer);
    cr_expect_eq(answer.event, HTTP_ANSWERED);
    cr_expect_eq(answer.status, 302);
    cr_expect_str_eq(answer.location, "/login?next=/admin");
    cr_expect_str_eq(answer.content_type, "text/html; charset=utf-8");
    cr_expect(answer.sets_cookie);
    cr_expect_eq(answer.body.length, 5);
    cr_expect_eq(json_array_size(json_object_get(answer.headers, "x-two")), 2);
    cr_expect_str_eq(
        json_string_value(json_array_get(json_object_get(answer.headers, "set-cookie"), 0)),
        "sid=(withheld); HttpOnly");
    cr_expect_eq(mock.shared->requests, 1);
    cr_expect_eq(transcript.connections, 1);
    cr_expect(transcript_holds(&transcript, "GET /admin HTTP/1.1"));
    cr_expect(transcript_holds(&transcript, "Location: /login"));
    http_answer_done(&answer);
    mock_stop(&mock);
}

static void parrot(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    char headers[4096];

    (void) shared;
    (void) snprintf(headers, sizeof headers,
                    "Set-Cookie: sid=PLANTEDcookie; Path=/; HttpOnly\r\n"
                    "set-COOKIE: PLANTEDnameless\r\n"
                    "X-Auth-Token: PLANTEDtoken\r\nX-Session-Id: PLANTEDsession\r\n"
                    "X-Odd: a\r\n PLANTEDfolded: b\r\n"
                    "Location: /home?sid=PLANTEDquery\r\nX-Echo: %s\r\n",
                    strstr(request->path, "PLANTEDpath") != NULL ? "-" : request->path);
    mock_reply(fd, 200, headers, "{\"token\":\"PLANTEDanswer\",\"echo\":\"PLANTEDpassword\"}");
}

static void plant(struct http_client *client)
{
    struct secret password = { 0 };
    struct secret bearer = { 0 };
    struct http_answer answer;
    const struct http_ask asks[] = {
        { .method = "POST",
          .path = "/login",
          .content_type = "application/json",
          .body = "{\"password\":\"PLANTEDbody\"}",
          .body_is_secret = true },
        { .path = "/login?password=PLANTEDpath", .path_is_secret = true },
        { .path = "/", .scheme = "basic", .user = "admin", .password = &password },
        { .path = "/PLANTEDpassword", .scheme = "basic", .user = "admin", .password = &password },
        { .path = "/",
          .answer_is_secret = true,
          .scheme = "basic",
          .user = "admin",
          .password_text = "PLANTEDguess" },
        { .path = "/", .answer_is_secret = true, .bearer = &bearer },
    };

    cr_assert_eq(secret_set(&password, "PLANTEDpassword", 15, SECRET_FOR_CHILDREN, NULL),
                 STATUS_OK);
    cr_assert_eq(secret_set(&bearer, "PLANTEDbearer", 13, SECRET_FOR_CHILDREN, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        ask(client, asks[i], 5000, &answer);
        cr_assert_eq(answer.status, 200);
        http_answer_done(&answer);
    }
    secret_done(&password);
    secret_done(&bearer);
}

Test(http, no_secret_ever_enters_the_transcript)
{
    struct mock mock = mock_start(parrot);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    /* base64 of "admin:PLANTEDpassword" and "admin:PLANTEDguess" */
    static const char *const encoded[] = { "YWRtaW46UExBTlRFRHBhc3N3b3Jk",
                                           "YWRtaW46UExBTlRFRGd1ZXNz" };

    plant(client);
    cr_assert_not_null(
        strstr(mock.shared->last.head, "\r\nAuthorization: Bearer PLANTEDbearer\r\n"),
        "the request did carry it, as RFC 6750 section 2.1 writes it");
    cr_assert_not_null(strstr(mock.shared->last.head, "sid=PLANTEDcookie"));
    cr_expect_not(transcript_holds(&transcript, "PLANTED"));
    for (size_t i = 0; i < 2; i++) {
        cr_expect_not(transcript_holds(&transcript, encoded[i]));
    }
    cr_expect(transcript_holds(&transcript, "POST /login HTTP/1.1"));
    cr_expect(transcript_holds(&transcript, "Authorization: "));
    cr_expect(transcript_holds(&transcript, "; Path=/; HttpOnly"));
    mock_stop(&mock);
}

static void cookies(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    shared->counters[0] = mock_header(request, "Cookie") != NULL;
    mock_reply(fd, 200, "Set-Cookie: sid=1\r\n", "x");
}

Test(http, cookies_are_kept_until_forgotten)
{
    struct mock mock = mock_start(cookies);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    static const int expected[] = { 0, 1, 1, 0 };

    for (size_t i = 0; i < 4; i++) {
        struct http_answer answer;

        if (i == 3) {
            http_client_forget(client);
        }
        ask(client, (struct http_ask){ 0 }, 5000, &answer);
        cr_expect_eq(mock.shared->counters[0], expected[i], "request %zu", i);
        http_answer_done(&answer);
    }
    mock_stop(&mock);
}

Test(http, nothing_listens)
{
    uint16_t port = 0;
    int fd = mock_listener(AF_INET, &port);
    struct http_answer answer;

    (void) close(fd);
    DEFER(http_client_done) struct http_client *client = client_to(port, "127.0.0.1", NULL);
    ask(client, (struct http_ask){ 0 }, 5000, &answer);
    cr_expect_eq(answer.event, HTTP_NO_CONNECTION);
    cr_expect_eq(answer.status, 0);
    cr_expect_neq(answer.detail[0], '\0');
    http_answer_done(&answer);
}

/* The path says how to misbehave. */
static void odd(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    static char block[4096];
    static const char endless[] = "HTTP/1.1 200 OK\r\nContent-Type: video/x\r\n\r\n";
    static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf";

    (void) shared;
    memset(block, 'x', sizeof block);
    if (strcmp(request->path, "/hang") == 0) {
        (void) usleep(1500 * 1000);
    } else if (strcmp(request->path, "/hang-on") == 0) {
        (void) usleep(5000 * 1000);
    } else if (strcmp(request->path, "/garbage") == 0) {
        mock_send(fd, "\x16\x03\x01 not http at all\r\n\r\n", 24);
    } else if (strcmp(request->path, "/cut") == 0) {
        mock_send(fd, cut, sizeof cut - 1);
    } else if (strcmp(request->path, "/endless") == 0) {
        mock_send(fd, endless, sizeof endless - 1);
        for (int i = 0; i < 600; i++) {
            mock_send(fd, block, sizeof block);
        }
    } else if (strcmp(request->path, "/heads") == 0) {
        mock_send(fd, "HTTP/1.1 200 OK\r\n", 17);
        for (int i = 0; i < 40; i++) {
            mock_send(fd, "X-Big: ", 7);
            mock_send(fd, block, 2000);
            mock_send(fd, "\r\n", 2);
        }
        mock_send(fd, "\r\n", 2);
    } else if (strcmp(request->path, "/drip") == 0) {
        mock_send(fd, endless, sizeof endless - 1);
        mock_send(fd, "frame", 5);
        (void) usleep(1500 * 1000);
    }
}

static struct http_answer odd_ask(const char *path)
{
    struct mock mock = mock_start(odd);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    struct http_answer answer;
    int64_t start = clock_monotonic_ms();

    ask(client, (struct http_ask){ .path = path }, 800, &answer);
    cr_expect_lt(clock_monotonic_ms() - start, 1400);
    mock_stop(&mock);
    return answer;
}

Test(http, a_device_that_misbehaves_is_an_event)
{
    static const struct {
        const char *path;
        enum http_event event;
        bool cut;
        size_t body;
    } cases[] = {
        { "/hang", HTTP_TIMEOUT, false, 0 },
        { "/garbage", HTTP_BROKEN, false, 0 },
        { "/silent", HTTP_BROKEN, false, 0 },
        { "/cut", HTTP_ANSWERED, true, 4 },
        { "/endless", HTTP_ANSWERED, true, 1024 * 1024 },
        { "/heads", HTTP_BROKEN, false, 0 },
        { "/drip", HTTP_ANSWERED, true, 5 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_answer answer = odd_ask(cases[i].path);

        cr_expect_eq(answer.event, cases[i].event, "%s: %s (%s)", cases[i].path,
                     http_event_word(answer.event), answer.detail);
        cr_expect_eq(answer.body_cut, cases[i].cut, "%s", cases[i].path);
        cr_expect_eq(answer.body.length, cases[i].body, "%s: %zu", cases[i].path,
                     answer.body.length);
        http_answer_done(&answer);
    }
}

static void *give_up_soon(void *context)
{
    (void) usleep(200 * 1000);
    atomic_store((atomic_bool *) context, true);
    return NULL;
}

Test(http, an_exchange_that_was_given_up_ends_before_its_time)
{
    struct mock mock = mock_start(odd);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    atomic_bool given_up = false;
    struct http_answer answer;
    int64_t start = clock_monotonic_ms();
    pthread_t beside;

    cr_assert_eq(pthread_create(&beside, NULL, give_up_soon, &given_up), 0);
    ask(client, (struct http_ask){ .path = "/hang-on", .given_up = &given_up }, 20000, &answer);
    cr_expect_eq(answer.event, HTTP_TIMEOUT, "%s", answer.detail);
    cr_expect_lt(clock_monotonic_ms() - start, 4000);
    (void) pthread_join(beside, NULL);
    http_answer_done(&answer);
    ask(client, (struct http_ask){ .path = "/cut" }, 20000, &answer);
    cr_expect_eq(answer.event, HTTP_ANSWERED, "who gives nothing up is not given up");
    http_answer_done(&answer);
    mock_stop(&mock);
}

static void hello(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    (void) request;
    (void) shared;
    mock_reply(fd, 200, "", "hello");
}

Test(http, proxies_of_the_user_are_not_asked)
{
    struct mock mock = mock_start(hello);
    DEFER(http_client_done) struct http_client *client = NULL;
    struct http_answer answer;

    cr_assert_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    cr_assert_eq(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    client = client_to(mock.port, "127.0.0.1", NULL);
    ask(client, (struct http_ask){ 0 }, 5000, &answer);
    cr_expect_eq(answer.status, 200);
    http_answer_done(&answer);
    mock_stop(&mock);
}

Test(http, the_declared_name_is_the_host_and_the_address_is_the_way)
{
    struct mock mock = mock_start(hello);
    DEFER(http_client_done)
    struct http_client *client = client_to(mock.port, "127.0.0.1", "hc-100.example");
    struct http_answer answer;

    ask(client, (struct http_ask){ .path = "/a b#c" }, 5000, &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect_not_null(strstr(mock.shared->last.head, "Host: hc-100.example:"));
    cr_expect_str_eq(mock.shared->last.path, "/a%20b%23c");
    http_answer_done(&answer);
    mock_stop(&mock);
}

Test(http, over_ipv6)
{
    struct mock mock = mock_start_on(AF_INET6, hello);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "::1", NULL);
    struct http_answer answer;

    ask(client, (struct http_ask){ 0 }, 5000, &answer);
    cr_expect_eq(answer.status, 200, "%s", answer.detail);
    http_answer_done(&answer);
    mock_stop(&mock);
}

Test(http, the_empty_user_with_the_empty_password_is_really_sent)
{
    struct mock mock = mock_start(hello);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    struct http_answer answer;

    ask(client, (struct http_ask){ .scheme = "basic", .user = "", .password_text = "" }, 5000,
        &answer);
    cr_expect_not_null(strstr(mock.shared->last.head, "Authorization: Basic Og=="));
    http_answer_done(&answer);
    ask(client, (struct http_ask){ 0 }, 5000, &answer);
    cr_expect_null(strstr(mock.shared->last.head, "Authorization:"), "nobody again");
    http_answer_done(&answer);
    mock_stop(&mock);
}

static void digest(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *value = mock_header(request, "Authorization");

    if (value != NULL && strncmp(value, "Digest ", 7) == 0) {
        shared->counters[0] = strstr(value, "uri=\"/x\"") != NULL;
        mock_reply(fd, 200, "", "in");
    } else {
        mock_reply(fd, 401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
                   "out");
    }
}

Test(http, digest_answers_the_challenge)
{
    struct mock mock = mock_start(digest);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    struct http_answer answer;

    ask(client,
        (struct http_ask){ .path = "/x", .scheme = "digest", .user = "a", .password_text = "b" },
        5000, &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect_eq(answer.body.length, 2, "the body of the first answer is gone");
    cr_expect_eq(mock.shared->counters[0], 1);
    http_answer_done(&answer);
    mock_stop(&mock);
}

/* Refuses every password, and gives the client a cookie to keep. */
static void digest_never(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    shared->counters[0] += mock_header(request, "Authorization") != NULL;
    shared->counters[1] = mock_header(request, "Cookie") != NULL;
    mock_reply(fd, 401,
               "Set-Cookie: a=b\r\n"
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
               "");
}

Test(http, one_guess_by_digest_is_one_guess_on_the_device)
{
    struct mock mock = mock_start(digest_never);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);

    for (int i = 1; i <= 3; i++) {
        struct http_answer answer;

        ask(client, (struct http_ask){ .scheme = "digest", .user = "a", .password_text = "guess" },
            5000, &answer);
        cr_expect_eq(answer.status, 401);
        cr_expect_eq(mock.shared->counters[0], i);
        cr_expect_eq(mock.shared->counters[1], 1, "cookies are kept");
        http_answer_done(&answer);
    }
    mock_stop(&mock);
}

Test(http, methods_and_bodies_go_out_as_asked)
{
    struct mock mock = mock_start(hello);
    DEFER(http_client_done) struct http_client *client = client_to(mock.port, "127.0.0.1", NULL);
    static const struct {
        const char *method;
        const char *body;
    } cases[] = { { "PUT", "{}" },   { "POST", NULL },    { "DELETE", NULL },
                  { "POST", "a=b" }, { "OPTIONS", NULL }, { "GET", NULL } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_answer answer;

        ask(client,
            (struct http_ask){
                .method = cases[i].method, .body = cases[i].body, .content_type = "text/plain" },
            5000, &answer);
        cr_expect_eq(answer.status, 200);
        cr_expect_str_eq(mock.shared->last.method, cases[i].method);
        cr_expect_str_eq(mock.shared->last.body, cases[i].body != NULL ? cases[i].body : "");
        http_answer_done(&answer);
    }
    mock_stop(&mock);
}

Test(http, our_own_faults_are_a_status)
{
    struct http_client *client = client_to(9, "127.0.0.1", NULL);
    struct http_answer answer;
    struct error error = { 0 };

    cr_expect_eq(http_client_ask(client, &(struct http_ask){ .method = "GET", .path = "nowhere" },
                                 &answer, &error),
                 STATUS_BAD_INPUT);
    http_answer_done(&answer);
    cr_expect_eq(http_client_ask(client, &(struct http_ask){ .method = "G\r\nT", .path = "/" },
                                 &answer, &error),
                 STATUS_BAD_INPUT);
    http_answer_done(&answer);
    ask(client, (struct http_ask){ 0 }, -1, &answer);
    cr_expect_eq(answer.event, HTTP_TIMEOUT, "no time left is no fault");
    http_answer_done(&answer);
    http_client_free(client);
    client = NULL;
    cr_expect_eq(http_client_new(
                     &(struct http_target){ .host = "127.0.0.1", .port = 1, .server_name = "a/b" },
                     &transcript, &client, &error),
                 STATUS_BAD_INPUT);
    cr_expect_null(client);
}
