#include "camera/camera.h"

#include "support/certificate.h"
#include "support/files.h"

#include <stdlib.h>
#include <unistd.h>

static const struct service_row SERVICES[] = {
    [SERVICE_ADMIN] = { "admin", 0, DEFECT_NONE, true, &camera_admin },
    [SERVICE_WEB] = { "web", 1, DEFECT_NONE, false, &camera_redirect },
    [SERVICE_STREAM] = { "stream", 2, DEFECT_NONE, false, &camera_stream },
    [SERVICE_TELNET] = { "telnet", 23, DEFECT_TELNET_OPEN, false, &camera_telnet },
    [SERVICE_DEBUG] = { "debug", 99, DEFECT_UNDECLARED_PORT, false, &camera_debug },
    [SERVICE_SNMP] = { "snmp", 61, DEFECT_UNDECLARED_UDP, false, &camera_snmp },
};

static bool tls_make(struct stub *stub)
{
    static const struct certificate_request request = {
        .organisation = "Example Electric",
        .common_name = "hc-100.local",
        .alternative_name = "DNS:hc-100.local,IP:127.0.0.1,IP:::1",
    };
    DEFER(text_free) char *certificate = path_join(stub->state, "certs/server.pem");
    DEFER(text_free) char *key = path_join(stub->state, "keys/server.key");

    if (stub->woken && stub_has(stub, DEFECT_POWER_NEW_KEY)) {
        unlink(key); /* so a new one is made */
    }
    if (!certificate_provide(stub->state, &request)) {
        return false;
    }
    stub->tls = tls_server_new(&(struct tls_policy){
        .certificate_path = certificate,
        .key_path = key,
        .old_versions = stub_has(stub, DEFECT_TLS10_ENABLED),
        .null_suites = stub_has(stub, DEFECT_TLS_WITHOUT_ENCRYPTION),
    });
    return stub->tls != NULL;
}

static void camera_free(void *device)
{
    struct camera *camera = device;

    fetch_end(&camera->fetch);
    firmware_done(&camera->firmware);
    free(camera->reply);
    free(camera);
}

static bool camera_make(struct stub *stub, void **ret_device)
{
    struct camera *camera = calloc(1, sizeof *camera);

    if (camera == NULL) {
        abort();
    }
    camera->stub = stub;
    accounts_init(&camera->accounts, &stub->options.lockout, stub_has(stub, DEFECT_NO_LOCKOUT));
    camera->accounts.first_use = stub->options.first_use;
    camera->accounts.first_may_be_common = stub_has(stub, DEFECT_FIRST_USE_COMMON_PASSWORD);
    if (stub_has(stub, DEFECT_FIRST_USE_SHORT_PASSWORD)) {
        camera->accounts.first_length_min = 1;
    }
    camera->sessions.forgeable = stub_has(stub, DEFECT_SESSION_FORGEABLE);
    camera->sessions.idle_ms = stub_has(stub, DEFECT_SESSION_NEVER_EXPIRES)
                                   ? INT64_MAX
                                   : (int64_t) stub->options.session_lifetime_s * 1000;
    camera->fetch.fd = -1;
    camera->firmware.install.fd = -1;
    if (!unit_load(camera) || !tls_make(stub) || (!stub->announced && !firmware_provide(stub)) ||
        !firmware_boot(&camera->firmware, stub)) {
        camera_free(camera);
        return false;
    }
    *ret_device = camera;
    return true;
}

static const char *const FLASH[] = {
    "unit.json", "keys/server.key", "certs/device-ca.pem", "certs/server.pem",
    "boot",      "slot-a.img",      "slot-b.img",          NULL
};

const struct product product_camera = {
    .name = "camera",
    .summary = "HC-100, a network camera: HTTPS administration page, HTTP redirect, RTSP control.",
    .services = SERVICES,
    .service_count = sizeof SERVICES / sizeof *SERVICES,
    .make = camera_make,
    .profile_write = camera_profile_write,
    .tick = camera_tick,
    .lever = camera_lever,
    .flash = FLASH,
    .reinstall = firmware_reinstall,
    .free = camera_free,
};
