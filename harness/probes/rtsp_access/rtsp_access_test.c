#include "channel/digest.h"
#include "probe/stream.h"
#include "support/account.h"
#include "support/fixture.h"
#include "support/mock_http.h"
#include "support/peer.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>

extern const struct probe probe_rtsp_access;

TestSuite(rtsp_access, .timeout = 60);

#define SDP "v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\n"

static void shout(int fd, const char *text)
{
    mock_send(fd, text, strlen(text));
}

static void say(int fd, int sequence, const char *status, const char *fields, const char *body)
{
    char text[2048];
    int length =
        snprintf(text, sizeof text, "RTSP/1.0 %s\r\nCSeq: %d\r\n%sContent-Length: %zu\r\n\r\n%s",
                 status, sequence, fields, strlen(body), body);

    mock_send(fd, text, (size_t) length);
}

/* One request: its method, the path of its URL, and the whole of it; false: hung up. */
static bool hear(int fd, char method[16], char path[128], char *whole, size_t size)
{
    size_t length = 0;
    char url[256];
    const char *start;

    while (length < size - 1 && recv(fd, whole + length, 1, 0) == 1) {
        whole[++length] = '\0';
        if (length >= 4 && strcmp(whole + length - 4, "\r\n\r\n") == 0) {
            cr_assert_eq(sscanf(whole, "%15s %255s", method, url), 2);
            start = strchr(url + strlen("rtsp://"), '/');
            (void) snprintf(path, 128, "%.127s", start == NULL ? "" : start);
            return true;
        }
    }
    return false;
}

static int sequence_of(const char *whole)
{
    const char *at = strstr(whole, "CSeq: ");

    return at == NULL ? 0 : (int) strtol(at + 6, NULL, 10);
}

/* admin:PLANTED behind Basic at /live; /open for anybody; SETUP and TEARDOWN as they should be. */
static void camera(int fd)
{
    char method[16];
    char path[128];
    char whole[2048];
    bool set_up = false;

    while (hear(fd, method, path, whole, sizeof whole)) {
        int sequence = sequence_of(whole);
        bool in = strstr(whole, "Authorization: Basic YWRtaW46UExBTlRFRA==\r\n") != NULL;

        if (strcmp(method, "OPTIONS") == 0) {
            say(fd, sequence, "200 OK", "Public: OPTIONS, DESCRIBE,SETUP\r\n", "");
        } else if (strcmp(method, "SETUP") == 0) {
            set_up = strcmp(path, "/open/track1") == 0;
            say(fd, sequence, set_up ? "200 OK" : "400 Bad", "Session: 77;timeout=60\r\n", "");
        } else if (strcmp(method, "TEARDOWN") == 0) {
            say(fd, sequence,
                set_up && strstr(whole, "Session: 77\r\n") != NULL ? "200 OK" : "454 No", "", "");
        } else if (strcmp(path, "/open") == 0 || (strcmp(path, "/live") == 0 && in)) {
            say(fd, sequence, "200 OK", "Content-Type: application/sdp\r\n", SDP);
        } else if (strcmp(path, "/live") == 0) {
            say(fd, sequence, "401 Unauthorized",
                "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Bearer\r\n", "");
        } else {
            say(fd, sequence, "404 Not Found", "", "");
        }
    }
}

/* Each path misbehaves in its own way. */
static void zoo(int fd)
{
    static const char flood[1024] = "$\0\3\374";
    char method[16];
    char path[128];
    char whole[2048];

    while (hear(fd, method, path, whole, sizeof whole)) {
        int sequence = sequence_of(whole);

        if (strcmp(path, "/late") == 0) {
            say(fd, sequence - 1, "200 OK", "", SDP);
            say(fd, sequence, "404 Not Found", "", "");
        } else if (strcmp(path, "/page") == 0) {
            say(fd, sequence, "200 OK", "Content-Type: text/html\r\n", "<html>");
        } else if (strcmp(path, "/garbage") == 0) {
            shout(fd, "\1\2\3\4garbage");
        } else if (strcmp(path, "/http") == 0) {
            shout(fd, "HTTP/1.1 200 OK\r\n\r\nv=0");
        } else if (strcmp(path, "/gone") == 0) {
            return;
        } else if (strcmp(path, "/cut") == 0) {
            shout(fd, "RTSP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\nv=0");
        } else if (strcmp(path, "/flood") == 0) {
            while (send(fd, flood, sizeof flood, MSG_NOSIGNAL) > 0) {
            }
        } else if (strcmp(path, "/huge") == 0) {
            shout(fd, "RTSP/1.0 200 OK\r\nContent-Length: 4000000000\r\n\r\n");
        } else {
            say(fd, sequence, "200 OK", "", "");
        }
    }
}

static void mute(int fd)
{
    (void) usleep(5 * 1000 * 1000);
    (void) fd;
}

static void web_server(int fd)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    char room[512];

    while (recv(fd, room, sizeof room, 0) > 0) {
        mock_send(fd, answer, sizeof answer - 1);
    }
}

struct scene {
    struct service service;
    struct credential credential;
    struct auth auth;
    struct access access;
    struct profile profile;
    struct subject subject;
};

static void scene_set(struct scene *scene, uint16_t port)
{
    memset(scene, 0, sizeof *scene);
    scene->service = (struct service){ .id = "stream", .port = port, .protocol = "rtsp" };
    scene->credential = account("admin", "PLANTED");
    scene->auth = (struct auth){ .id = "stream-login",
                                 .kind = "password",
                                 .service = &scene->service,
                                 .scheme = "basic",
                                 .path = "/live",
                                 .credentials = &scene->credential,
                                 .credential_count = 1 };
    scene->access = (struct access){
        .id = "x", .asset = "x", .service = &scene->service, .read = { .path = "/open" }
    };
    scene->profile = (struct profile){ .auths = &scene->auth, .auth_count = 1 };
    scene->subject = (struct subject){ .profile = &scene->profile, .service = &scene->service };
}

static struct probe_run visit(const struct scene *scene, const char *params)
{
    struct probe_run run = probe_run(&probe_rtsp_access, &scene->subject, "127.0.0.1",
                                     scene->service.port, params, 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"));
    cr_expect_not(transcript_holds(&run.transcript, "YWRtaW46UExBTlRFRA"));
    return run;
}

Test(rtsp_access, a_stranger_sees_what_is_open_and_is_told_what_is_not)
{
    struct scene scene;
    uint16_t port = 0;
    pid_t peer = peer_start(camera, &port);
    struct probe_run run;

    scene_set(&scene, port);
    run = visit(&scene, "{\"paths\":[\"/open\",\"/none\"]}");
    expect_fact(&run, "paths_open", "[\"/open\"]");
    expect_fact(&run, "undeclared_open", "[\"/open\"]");
    expect_fact(&run, "guarded_open", "[]");
    expect_fact(&run, "guarded_unsettled", "[]");
    expect_fact(&run, "challenge", "[\"basic\",\"bearer\"]");
    expect_fact(&run, "methods", "[\"OPTIONS\",\"DESCRIBE\",\"SETUP\"]");
    expect_fact(&run, "complete", "true");
    expect_fact(&run, "paths_asked", "4");
    expect_fact(&run, "media", "1");
    expect_fact(&run, "setup_status", "-");
    probe_run_done(&run);

    scene.profile.accesses = &scene.access;
    scene.profile.access_count = 1;
    run = visit(&scene, "{\"paths\":[\"/open\"],\"setup\":true}");
    expect_fact(&run, "public_open", "[\"/open\"]");
    expect_fact(&run, "undeclared_open", "[]");
    expect_fact(&run, "setup_status", "200");
    cr_expect(transcript_holds(&run.transcript, "TEARDOWN"));
    probe_run_done(&run);
    secret_done(&scene.credential.secret);
    peer_stop(peer);
}

Test(rtsp_access, the_role_gets_the_stream_and_a_wrong_password_does_not)
{
    struct scene scene;
    uint16_t port = 0;
    pid_t peer = peer_start(camera, &port);
    struct probe_run run;

    scene_set(&scene, port);
    run = visit(&scene, "{\"as\":\"role\"}");
    expect_fact(&run, "described", "true");
    probe_run_done(&run);
    run = visit(&scene, "{\"as\":\"wrong\"}");
    expect_fact(&run, "described", "false");
    probe_run_done(&run);
    scene.auth.scheme = "digest"; /* which this device does not offer */
    run = visit(&scene, "{\"as\":\"role\"}");
    expect_fact(&run, "described", "-");
    expect_fact(&run, "reason", "\"the device does not offer digest\"");
    probe_run_done(&run);
    scene.profile.auth_count = 0;
    run = visit(&scene, "{\"as\":\"role\"}");
    expect_fact(&run, "described", "-");
    probe_run_done(&run);
    scene.profile.accesses = &scene.access;
    scene.profile.access_count = 1;
    run = visit(&scene, "{\"as\":\"role\"}");
    expect_fact(&run, "described", "true");
    probe_run_done(&run);
    secret_done(&scene.credential.secret);
    peer_stop(peer);
}

Test(rtsp_access, a_hostile_device_is_data)
{
    struct scene scene;
    uint16_t port = 0;
    pid_t peer = peer_start(zoo, &port);
    struct probe_run run;

    scene_set(&scene, port);
    run = visit(&scene, "{\"timeout_ms\":300,\"paths\":[]}"); /* /live: 200 and nothing in it */
    expect_fact(&run, "guarded_open", "[]");
    expect_fact(&run, "guarded_unsettled", "[\"/live\"]");
    probe_run_done(&run);
    scene.profile.auth_count = 0;
    run = visit(&scene, "{\"timeout_ms\":300,\"paths\":[\"/late\",\"/page\",\"/garbage\",\"/http\","
                        "\"/gone\",\"/cut\",\"/flood\",\"/huge\"]}");
    expect_fact(&run, "paths_open", "[]");
    expect_fact(&run, "complete", "false");
    expect_fact(&run, "unanswered",
                "[\"/garbage broken\",\"/http broken\",\"/gone closed\",\"/cut timeout\","
                "\"/flood broken\",\"/huge broken\"]");
    probe_run_done(&run);
    secret_done(&scene.credential.secret);
    peer_stop(peer);
}

Test(rtsp_access, without_an_rtsp_server_nothing_is_closed_and_nothing_open)
{
    static void (*const servers[])(int fd) = { mute, web_server };
    static const char *const events[] = { "\"timeout\"", "\"broken\"" };
    struct scene scene;
    uint16_t port = 0;
    struct probe_run run;

    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        pid_t peer = peer_start(servers[i], &port);

        scene_set(&scene, port);
        run = visit(&scene, "{\"timeout_ms\":200}");
        expect_fact(&run, "event", events[i]);
        expect_fact(&run, "paths_open", "-");
        expect_fact(&run, "guarded_open", "-");
        expect_fact(&run, "complete", "-");
        probe_run_done(&run);
        run = visit(&scene, "{\"as\":\"role\",\"timeout_ms\":200}");
        expect_fact(&run, "described", "-");
        probe_run_done(&run);
        secret_done(&scene.credential.secret);
        peer_stop(peer);
    }
    (void) close(peer_listen(1, &port));
    scene_set(&scene, port);
    run = visit(&scene, "{}");
    expect_fact(&run, "event", "\"no_connection\"");
    expect_fact(&run, "paths_open", "-");
    probe_run_done(&run);
    secret_done(&scene.credential.secret);
}

struct recorded {
    const char *file;
    unsigned status;
    unsigned media;
    bool digest;
};

Test(rtsp_access, recorded_answers_are_read_for_what_they_are)
{
    static const struct recorded all[] = {
        { "camera_options.rtsp", 200, 0, false },   { "camera_401.rtsp", 401, 0, true },
        { "camera_described.rtsp", 200, 1, false }, { "gst_options.rtsp", 200, 0, false },
        { "gst_401.rtsp", 401, 0, true },           { "gst_described.rtsp", 200, 1, false },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct rtsp_answer answer = { .event = RTSP_ANSWERED };
        struct stream_challenge challenge;
        struct wire_sdp sdp;
        char text[4096];
        size_t length = fixture(all[i].file, text, sizeof text);

        cr_assert_eq(wire_rtsp_answer_read(text, length, &answer.parsed), WIRE_RTSP_READY);
        answer.status = answer.parsed.head.status;
        cr_expect_eq(answer.parsed.length, length, "%s", all[i].file);
        cr_expect_eq(answer.status, all[i].status, "%s", all[i].file);
        cr_expect_eq(rtsp_describes(&answer, &sdp), all[i].media > 0, "%s", all[i].file);
        cr_expect_eq(sdp.media, all[i].media, "%s", all[i].file);
        stream_challenge_read(&answer, &challenge);
        cr_expect_eq(challenge.usable, all[i].digest, "%s", all[i].file);
        stream_challenge_done(&challenge);
    }
}
