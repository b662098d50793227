#include "probe/snmp_who.h"
#include "support/mock_http.h"
#include "support/run_facts.h"
#include "support/udp_peer.h"

extern const struct probe probe_model_shown;

TestSuite(model_announced, .timeout = 60);

/* What the peers of a test say; the model in it, and where the description is. */
struct speech {
    const char *model;
    uint16_t web;
};

static struct probe_run asked(struct service *services, size_t count, struct auth *auth,
                              const struct access *access)
{
    static const char *const addresses[] = { "127.0.0.1" };
    struct profile profile = { .model = "HC-100",
                               .addresses = addresses,
                               .address_count = 1,
                               .services = services,
                               .service_count = count,
                               .auths = auth,
                               .auth_count = auth != NULL ? 1 : 0,
                               .accesses = access,
                               .access_count = access != NULL ? 1 : 0 };
    struct subject subject = { .profile = &profile };

    return probe_run(&probe_model_shown, &subject, "127.0.0.1", 0, "{}", 30000);
}

static struct probe_run announced(const char *protocol,
                                  void (*answer)(void *, const struct udp_peer *),
                                  struct speech *speech, const struct auth *auth)
{
    struct service service = { .id = "found", .transport = TRANSPORT_UDP, .protocol = protocol };
    pid_t peer = udp_peer_begin(answer, speech, &service.port);
    struct auth own = auth != NULL ? *auth : (struct auth){ .id = NULL };
    struct probe_run run;

    own.service = &service;
    run = asked(&service, 1, auth != NULL ? &own : NULL, NULL);
    udp_peer_end(peer);
    cr_expect_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

static void expect_named(const char *protocol, void (*answer)(void *, const struct udp_peer *),
                         struct speech speech, const struct auth *auth)
{
    static const struct {
        const char *model;
        const char *announced;
    } cases[] = { { "HC-100", "true" }, { "HC-1000", "false" }, { "XHC-100", "false" } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct probe_run run;

        speech.model = cases[i].model;
        run = announced(protocol, answer, &speech, auth);
        expect_fact(&run, "announced", cases[i].announced);
        expect_fact(&run, "shown", "-");
        probe_run_done(&run);
    }
}

/* ---- UPnP: the path of the description is the model ---- */

static void site(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    char body[1024];

    (void) shared;
    if (strcmp(request->path, "/onvif/refused") == 0) {
        mock_reply(fd, 401, "", "HC-100");
    } else if (strstr(request->path, "/onvif/") != NULL) {
        (void) snprintf(body, sizeof body,
                        "<s:Envelope><s:Body><tds:GetDeviceInformationResponse><tds:Model>%s"
                        "</tds:Model></tds:GetDeviceInformationResponse></s:Body></s:Envelope>",
                        request->path + strlen("/onvif/"));
        mock_reply(fd, strcmp(request->method, "POST") == 0 ? 200 : 404, "", body);
    } else {
        (void) snprintf(body, sizeof body,
                        "<root><device><friendlyName>the camera</friendlyName><modelName>%s"
                        "</modelName><serialNumber>HC-100</serialNumber></device></root>",
                        request->path + 1);
        mock_reply(fd, 200, "Content-Type: text/xml\r\n", body);
    }
}

static void upnp(void *context, const struct udp_peer *at)
{
    const struct speech *speech = context;
    char room[512];
    int length = snprintf(room, sizeof room,
                          "HTTP/1.1 200 OK\r\nST: ssdp:all\r\nUSN: uuid:1\r\n"
                          "LOCATION: http://127.0.0.1:%u/%s\r\n\r\n",
                          (unsigned) speech->web, speech->model);

    udp_peer_say(at, false, room, (size_t) length);
}

Test(model_announced, by_upnp)
{
    struct mock mock = mock_start(site);

    expect_named("ssdp", upnp, (struct speech){ .web = mock.port }, NULL);
    mock_stop(&mock);
}

/* ---- multicast DNS ---- */

static void name_put(struct builder *builder, const char *name)
{
    while (*name != '\0') {
        size_t length = strcspn(name, ".");

        builder_u8(builder, (uint8_t) length);
        builder_put(builder, name, length);
        name += name[length] == '.' ? length + 1 : length;
    }
    builder_u8(builder, 0);
}

static void record_put(struct builder *builder, const char *name, uint16_t type, const void *data,
                       size_t length)
{
    name_put(builder, name);
    builder_u16(builder, type);
    builder_u16(builder, 1);
    builder_u32(builder, 120);
    builder_u16(builder, (uint16_t) length);
    builder_put(builder, data, length);
}

/* One type of service, whose only instance has the model in its TXT record alone. */
static void mdns(void *context, const struct udp_peer *at)
{
    const struct speech *speech = context;
    uint8_t room[1024];
    uint8_t inside[256];
    struct builder builder = builder_over(room, sizeof room);
    struct builder data = builder_over(inside, sizeof inside);
    bool first = memmem(at->data, at->length, "_dns-sd", 7) != NULL;
    char text[64];

    builder_put(&builder, at->data, 2);
    builder_u16(&builder, 0x8400);
    builder_u16(&builder, 0);
    builder_u16(&builder, 1);
    builder_u16(&builder, 0);
    builder_u16(&builder, first ? 0 : 1);
    name_put(&data, first ? "_http._tcp.local" : "camera._http._tcp.local");
    record_put(&builder, first ? "_services._dns-sd._udp.local" : "_http._tcp.local", 12, inside,
               data.length);
    if (!first) {
        data = builder_over(inside, sizeof inside);
        (void) snprintf(text, sizeof text, "md=%s", speech->model);
        builder_u8(&data, 3);
        builder_put(&data, "a=b", 3);
        builder_u8(&data, (uint8_t) strlen(text));
        builder_put(&data, text, strlen(text));
        record_put(&builder, "camera._http._tcp.local", 16, inside, data.length);
    }
    udp_peer_say(at, false, room, builder.length);
}

static void mdns_loop(void *context, const struct udp_peer *at)
{
    /* One PTR record whose name points at itself. */
    uint8_t answer[] = { 0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 0 };

    (void) context;
    memcpy(answer, at->data, 2);
    udp_peer_say(at, false, answer, sizeof answer);
}

Test(model_announced, by_multicast_dns)
{
    struct speech speech = { .model = "" };
    struct probe_run run;

    expect_named("mdns", mdns, speech, NULL);
    run = announced("mdns", mdns_loop, &speech, NULL);
    expect_fact(&run, "announced", "-");
    probe_run_done(&run);
}

/* ---- SNMP ---- */

static void snmp(void *context, const struct udp_peer *at)
{
    const struct speech *speech = context;
    struct wire_snmp_pdu pdu;
    uint8_t room[512];
    struct builder builder = builder_over(room, sizeof room);
    char text[128];

    if (memmem(at->data, at->length, "planted", 7) == NULL ||
        !wire_snmp_read(at->data, at->length, &pdu)) {
        return;
    }
    (void) snprintf(text, sizeof text, "%s network camera 1.4.2", speech->model);
    pdu.kind = WIRE_SNMP_RESPONSE;
    pdu.tag = WIRE_SNMP_TAG_OCTETS;
    pdu.value = (const uint8_t *) text;
    pdu.value_length = strlen(text);
    wire_snmp_write(&builder, WIRE_SNMP_V2C, "planted", 7, &pdu);
    udp_peer_say(at, false, room, builder.length);
}

Test(model_announced, by_snmp_to_a_declared_community_only)
{
    struct credential credential = { .role = "viewer", .user = "" };
    const struct auth auth = {
        .id = "snmp", .scheme = "snmp", .credentials = &credential, .credential_count = 1
    };
    struct speech speech = { .model = "HC-100" };
    struct probe_run run;

    cr_assert_eq(secret_set(&credential.secret, "planted", 7, SECRET_FOR_CHILDREN, NULL),
                 STATUS_OK);
    expect_named("snmp", snmp, speech, &auth);
    run = announced("snmp", snmp, &speech, NULL);
    expect_fact(&run, "announced", "-");
    probe_run_done(&run);
    secret_done(&credential.secret);
}

/* ---- WS-Discovery and ONVIF ---- */

static void discovery(void *context, const struct udp_peer *at)
{
    const struct speech *speech = context;
    const char *uuid = memmem(at->data, at->length, "urn:uuid:", 9);
    char room[1500];
    int length;

    if (uuid == NULL) {
        return;
    }
    length = snprintf(room, sizeof room,
                      "<s:Envelope><s:Header><a:RelatesTo>%.45s</a:RelatesTo></s:Header><s:Body>"
                      "<d:ProbeMatches><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/%s "
                      "onvif://www.onvif.org/location/x</d:Scopes>"
                      "<d:XAddrs>http://127.0.0.1:%u/onvif/%s</d:XAddrs></d:ProbeMatch>"
                      "</d:ProbeMatches></s:Body></s:Envelope>",
                      uuid, speech->web != 0 ? "name/camera" : speech->model,
                      (unsigned) speech->web, speech->web != 0 ? speech->model : "refused");
    udp_peer_say(at, false, room, (size_t) length);
}

Test(model_announced, by_onvif_to_anybody)
{
    struct mock mock = mock_start(site);
    struct speech speech = { .model = "refused", .web = mock.port };
    struct probe_run run;

    expect_named("ws-discovery", discovery, speech, NULL);
    run = announced("ws-discovery", discovery, &speech, NULL);
    expect_fact(&run, "announced", "false"); /* what comes with 401 is no answer */
    probe_run_done(&run);
    mock_stop(&mock);
}

Test(model_announced, by_the_scopes_of_ws_discovery)
{
    struct speech speech = { .model = "hardware/HC%2D100" };
    struct probe_run run = announced("ws-discovery", discovery, &speech, NULL);

    expect_fact(&run, "announced", "true");
    probe_run_done(&run);
}

/* ---- pages ---- */

static void behind_basic(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *type = strcmp(request->path, "/status.json") == 0
                           ? "Content-Type: application/json\r\n"
                           : "Content-Type: text/html\r\n";

    if (strcmp(request->path, "/") == 0) {
        mock_reply(fd, 200, "Content-Type: text/html\r\n", "<html><body>camera</body></html>");
    } else if (mock_header(request, "Authorization") == NULL) {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=\"HC-100\"\r\n", "");
    } else {
        shared->counters[0]++;
        mock_reply(fd, 200, type, "<html><body>Device: HC-100, owner PLANTED</body></html>");
    }
}

Test(model_announced, on_a_page_behind_the_log_in)
{
    struct mock mock = mock_start(behind_basic);
    struct service service = {
        .id = "web", .transport = TRANSPORT_TCP, .port = mock.port, .protocol = "http"
    };
    struct credential credential = { .role = "admin", .user = "admin" };
    struct auth auth = { .id = "basic",
                         .service = &service,
                         .scheme = "basic",
                         .credentials = &credential,
                         .credential_count = 1 };
    struct access access = { .id = "status",
                             .service = &service,
                             .auth = &auth,
                             .role = "admin",
                             .read = { .method = "GET", .path = "/status.html" } };
    struct probe_run run;
    char *facts;

    cr_assert_eq(secret_set(&credential.secret, "secret-word", 11, SECRET_FOR_CHILDREN, NULL),
                 STATUS_OK);
    run = asked(&service, 1, &auth, &access);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    expect_fact(&run, "shown", "true");
    facts = json_dumps(run.facts, 0);
    cr_expect_null(strstr(facts, "PLANTED"), "what is the user's is not quoted");
    free(facts);
    probe_run_done(&run);

    access.read.path = "/status.json";
    run = asked(&service, 1, &auth, &access);
    expect_fact(&run, "shown", "false");
    cr_expect_eq(mock.shared->counters[0] >= 2, true);
    probe_run_done(&run);
    secret_done(&credential.secret);
    mock_stop(&mock);
}
