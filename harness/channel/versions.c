#include "channel/versions.h"

#include <MQTTClient.h>
#include <coap3/coap.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <libssh/libssh.h>
#include <mbedtls/version.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

static void add(json_t *object, const char *name, const char *version)
{
    if (version != NULL && json_object_set_new(object, name, json_string(version)) != 0) {
        abort();
    }
}

/* Libraries of our libraries: their headers need not be there. */
static void add_by_number(json_t *object, const char *name, const char *symbol, int number)
{
    const char *(*version)(int) = NULL;
    void *found = dlsym(RTLD_DEFAULT, symbol);

    /* ISO C has no cast from an object pointer to a function pointer; POSIX has dlsym. */
    memcpy(&version, &found, sizeof version);
    if (version != NULL) {
        add(object, name, version(number));
    }
}

static const char *paho_version(void)
{
    const MQTTClient_nameValue *about = MQTTClient_getVersionInfo();

    for (; about != NULL && about->name != NULL; about++) {
        if (strcmp(about->name, "Version") == 0) {
            return about->value;
        }
    }
    return NULL;
}

void versions_add(json_t *object)
{
    char mbed[18];

    mbedtls_version_get_string(mbed);
    add(object, "Mbed TLS", mbed);
    add(object, "libcurl", curl_version());
    add(object, "libssh", ssh_version(0));
    add(object, "libcoap", coap_package_version());
    add(object, "Paho MQTT C", paho_version());
    add(object, "libpcap", pcap_lib_version());
    add_by_number(object, "OpenSSL", "OpenSSL_version", 0);
    add_by_number(object, "GnuTLS", "gnutls_check_version", 0);
}
