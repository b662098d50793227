#include "support/mock_http.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>
#include <signal.h>

extern const struct probe probe_upnp_access;

TestSuite(upnp_access, .timeout = 60);

#define SERVICE(name) "urn:schemas-upnp-org:service:" name
#define SERVICE_XML(name)                                                                          \
    "<service><serviceType>" SERVICE(name) "</serviceType><controlURL>/c</controlURL>"             \
                                           "<SCPDURL>" name ".xml</SCPDURL></service>"
#define ACTION_XML(name, arguments)                                                                \
    "<action><name>" name "</name><argumentList>" arguments "</argumentList></action>"
#define ARGUMENT_XML(direction)                                                                    \
    "<argument><name>x</name><direction>" direction "</direction></argument>"

static const char ROOT[] =
    "<root><device><deviceType>urn:x:device:Y:1</deviceType><serviceList>" SERVICE_XML("A:1")
        SERVICE_XML("ContentDirectory:1") "</serviceList></device></root>";
static const char A_XML[] = "<scpd><actionList>" ACTION_XML("GetOpen", ARGUMENT_XML("out"))
    ACTION_XML("GetClosed", "") ACTION_XML("GetFault", "") ACTION_XML("GetOne", ARGUMENT_XML("in"))
        ACTION_XML("SetX", "") ACTION_XML("GetDenied", "") "</actionList></scpd>";
static const char CONTENT_XML[] =
    "<scpd><actionList>" ACTION_XML("Browse", ARGUMENT_XML("in")) "</actionList></scpd>";

static bool asks(const struct mock_request *request, const char *service, const char *action)
{
    const char *header = mock_header(request, "SOAPAction");
    char wanted[256];

    (void) snprintf(wanted, sizeof wanted, "\"urn:schemas-upnp-org:service:%s#%s\"", service,
                    action);
    return header != NULL && strcmp(header, wanted) == 0;
}

static void gateway(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    if (strcmp(request->path, "/d/root.xml") == 0) {
        mock_reply(fd, 200, "Content-Type: text/xml\r\n", ROOT);
    } else if (strcmp(request->path, "/d/A:1.xml") == 0) {
        mock_reply(fd, 200, "", A_XML);
    } else if (strcmp(request->path, "/d/ContentDirectory:1.xml") == 0) {
        mock_reply(fd, 200, "", CONTENT_XML);
    } else if (shared->counters[2] > 0) {
        mock_reply(fd, 503, "", "");
    } else if (asks(request, "A:1", "GetOpen")) {
        mock_reply(fd, 200, "",
                   "<E><u:GetOpenResponse xmlns:u='u'><x>PLANTED</x></u:GetOpenResponse></E>");
    } else if (asks(request, "A:1", "GetClosed")) {
        mock_reply(fd, 500, "", "<E><UPnPError><errorCode>606</errorCode></UPnPError></E>");
    } else if (asks(request, "A:1", "GetFault")) {
        mock_reply(fd, 500, "", "<E><UPnPError><errorCode>501</errorCode></UPnPError></E>");
    } else if (asks(request, "A:1", "GetDenied")) {
        mock_reply(fd, 401, "WWW-Authenticate: Digest nonce=\"x\"\r\n", "");
    } else if (asks(request, "A:1", "GetOne")) {
        shared->counters[1] += strstr(request->body, "<Index>7</Index>") != NULL;
        mock_reply(fd, 200, "", "<E><GetOneResponse/></E>");
    } else if (asks(request, "ContentDirectory:1", "Browse")) {
        mock_reply(fd, 200, "",
                   "<E><BrowseResponse><NumberReturned>1</NumberReturned></BrowseResponse></E>");
    } else {
        shared->counters[0]++;
        mock_reply(fd, 200, "", "<E><SetXResponse/></E>");
    }
}

/* The description is the path. */
static void zoo(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    static char deep[40000];

    (void) shared;
    if (strcmp(request->path, "/404") == 0) {
        mock_reply(fd, 404, "", "no");
    } else if (strcmp(request->path, "/html") == 0) {
        mock_page(fd, 200, "<html></html>");
    } else if (strcmp(request->path, "/bomb") == 0) {
        mock_reply(
            fd, 200, "",
            "<!DOCTYPE root [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><root>&b;</root>");
    } else if (strcmp(request->path, "/deep") == 0) {
        for (size_t i = 0; i + 8 < sizeof deep; i += 6) {
            memcpy(deep + i, "<root>", 6);
        }
        mock_reply(fd, 200, "", deep);
    } else if (strcmp(request->path, "/away") == 0) {
        mock_reply(fd, 200, "",
                   "<root><device><serviceList><service><serviceType>a:b:1</serviceType><SCPDURL>"
                   "http://192.0.2.99/x</SCPDURL></service></serviceList></device></root>");
    } else if (strcmp(request->path, "/gone") == 0) {
        mock_reply(fd, 200, "",
                   "<root><device><serviceList><service><serviceType>a:b:1</serviceType><SCPDURL>"
                   "/hang</SCPDURL></service></serviceList></device></root>");
    } else {
        (void) usleep(800 * 1000);
    }
}

static struct probe_run visit(const struct subject *subject, uint16_t port, const char *path)
{
    char params[256];
    struct probe_run run;

    (void) snprintf(params, sizeof params,
                    "{\"location\":\"http://127.0.0.1:%u%s\",\"timeout_ms\":500}", port, path);
    run = probe_run(&probe_upnp_access, subject, "127.0.0.1", 1900, params, 20000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"));
    return run;
}

Test(upnp_access, only_what_reads_is_asked_for_and_each_answer_is_sorted)
{
    struct mock mock = mock_start(gateway);
    struct subject nothing = { 0 };
    struct probe_run run = visit(&nothing, mock.port, "/d/root.xml");

    expect_fact(&run, "description_read", "true");
    expect_fact(&run, "actions", "7");
    expect_fact(&run, "control_actions_open", "[\"A:1#GetOpen\",\"ContentDirectory:1#Browse\"]");
    expect_fact(&run, "undeclared_open", "[\"A:1#GetOpen\",\"ContentDirectory:1#Browse\"]");
    expect_fact(&run, "refused", "[\"A:1#GetClosed\",\"A:1#GetDenied\"]");
    expect_fact(&run, "faulted", "[\"A:1#GetFault: status 500, error 501\"]");
    expect_fact(&run, "not_tried",
                "[\"A:1#GetOne: it wants arguments\",\"A:1#SetX: it may change something\"]");
    expect_fact(&run, "content_items", "1");
    expect_fact(&run, "complete", "true");
    cr_expect_eq(mock.shared->counters[0], 0, "something else was asked for");
    probe_run_done(&run);
    mock_stop(&mock);
}

Test(upnp_access, a_busy_device_refuses_nothing)
{
    struct mock mock = mock_start(gateway);
    struct subject nothing = { 0 };
    struct probe_run run;

    mock.shared->counters[2] = 1;
    run = visit(&nothing, mock.port, "/d/root.xml");
    expect_fact(&run, "undeclared_open", "[]");
    expect_fact(&run, "faulted", "[]");
    expect_fact(&run, "complete", "false");
    probe_run_done(&run);
    mock_stop(&mock);
}

Test(upnp_access, what_the_profile_declares_of_actions)
{
    struct mock mock = mock_start(gateway);
    struct service service = { .id = "upnp", .port = 1900, .protocol = "ssdp" };
    struct auth auth = { .id = "login" };
    json_t *arguments = json_pack("{ss}", "Index", "7");
    struct access accesses[] = {
        { .service = &service, .read = { .path = "/A:1#GetOpen" } },
        { .service = &service, .read = { .path = "/A:1#GetOne", .json = arguments } },
        { .service = &service, .auth = &auth, .read = { .path = "/ContentDirectory:1#Browse" } },
        { .service = &service, .auth = &auth, .read = { .path = "/A:1#GetClosed" } },
        { .service = &service, .auth = &auth, .read = { .path = "/A:1#GetFault" } },
        { .service = &service, .auth = &auth, .read = { .path = "/A:1#GetNowhere" } },
    };
    struct profile profile = { .accesses = accesses,
                               .access_count = sizeof accesses / sizeof accesses[0] };
    struct subject subject = { .profile = &profile, .service = &service };
    struct probe_run run = visit(&subject, mock.port, "/d/root.xml");

    expect_fact(&run, "public_open", "[\"A:1#GetOpen\",\"A:1#GetOne\"]");
    expect_fact(&run, "guarded_open", "[\"ContentDirectory:1#Browse\"]");
    expect_fact(&run, "guarded_unsettled", "[\"A:1#GetFault\",\"A:1#GetNowhere\"]");
    expect_fact(&run, "undeclared_open", "[]");
    cr_expect_eq(mock.shared->counters[1], 1);
    probe_run_done(&run);
    json_decref(arguments);
    mock_stop(&mock);
}

Test(upnp_access, a_hostile_device_is_data)
{
    static const struct {
        const char *path;
        const char *read;
        const char *complete;
    } cases[] = {
        { "/404", "false", "-" },     { "/html", "false", "-" },   { "/bomb", "false", "-" },
        { "/deep", "false", "-" },    { "/silent", "false", "-" }, { "/away", "true", "false" },
        { "/gone", "true", "false" },
    };
    struct mock mock = mock_start(zoo);
    struct subject nothing = { 0 };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct probe_run run = visit(&nothing, mock.port, cases[i].path);

        expect_fact(&run, "description_read", cases[i].read);
        expect_fact(&run, "complete", cases[i].complete);
        expect_fact(&run, "control_actions_open", strcmp(cases[i].read, "true") == 0 ? "[]" : "-");
        probe_run_done(&run);
        (void) usleep(cases[i].path[1] == 's' ? 900 * 1000 : 0);
    }
    mock_stop(&mock);
}

/* Answers each search with the same text, from where it was asked. */
static pid_t searched(const char *answer, uint16_t *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    pid_t child;

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    child = fork();
    if (child == 0) {
        char room[2048];

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) alarm(30);
        for (;;) {
            struct sockaddr_in from;
            socklen_t from_length = sizeof from;

            if (recvfrom(fd, room, sizeof room, 0, (struct sockaddr *) &from, &from_length) > 0) {
                (void) sendto(fd, answer, strlen(answer), 0, (struct sockaddr *) &from,
                              from_length);
            }
        }
    }
    (void) close(fd);
    return child;
}

Test(upnp_access, a_search_leads_to_the_device_and_to_nobody_else)
{
    struct mock mock = mock_start(gateway);
    struct subject nothing = { 0 };
    char answer[512];
    uint16_t port = 0;
    pid_t child;
    struct probe_run run;
    static const char params[] = "{\"multicast\":false,\"wait_ms\":300,\"timeout_ms\":500}";

    (void) snprintf(answer, sizeof answer,
                    "HTTP/1.1 200 OK\r\nST: x\r\nUSN: y\r\nSERVER: Z\r\nLOCATION: "
                    "http://127.0.0.1:%u/d/root.xml\r\n\r\n",
                    mock.port);
    child = searched(answer, &port);
    run = probe_run(&probe_upnp_access, &nothing, "127.0.0.1", port, params, 20000);
    cr_assert_eq(run.status, STATUS_OK);
    expect_fact(&run, "answered", "true");
    expect_fact(&run, "by_group", "false");
    expect_fact(&run, "server", "\"Z\"");
    expect_fact(&run, "description_read", "true");
    probe_run_done(&run);
    (void) kill(child, SIGKILL);

    child = searched("HTTP/1.1 200 OK\r\nST: x\r\nUSN: y\r\nLOCATION: http://192.0.2.1/\r\n\r\n",
                     &port);
    run = probe_run(&probe_upnp_access, &nothing, "127.0.0.1", port, params, 20000);
    cr_assert_eq(run.status, STATUS_OK);
    expect_fact(&run, "answered", "true");
    expect_fact(&run, "elsewhere", "\"192.0.2.1\"");
    expect_fact(&run, "description_read", "-");
    probe_run_done(&run);
    (void) kill(child, SIGKILL);

    child = searched("\1\2\3", &port);
    run = probe_run(&probe_upnp_access, &nothing, "127.0.0.1", port, params, 20000);
    cr_assert_eq(run.status, STATUS_OK);
    expect_fact(&run, "answered", "false");
    expect_fact(&run, "control_actions_open", "-");
    probe_run_done(&run);
    (void) kill(child, SIGKILL);
    mock_stop(&mock);
}
