#include "model/reference.h"

#include <stdio.h>
#include <string.h>

enum {
    ANY = 1 << SUBJECT_ADDRESS | 1 << SUBJECT_SERVICE | 1 << SUBJECT_AUTH | 1 << SUBJECT_ACCESS |
          1 << SUBJECT_CLIENT | 1 << SUBJECT_DOCUMENT | 1 << SUBJECT_UPDATE | 1 << SUBJECT_ERASURE |
          1 << SUBJECT_INTERFACE | 1 << SUBJECT_STORAGE | 1 << SUBJECT_EXPORT |
          1 << SUBJECT_FIRMWARE | 1 << SUBJECT_USER_DATA,
    WITH_SERVICE = 1 << SUBJECT_SERVICE | 1 << SUBJECT_AUTH | 1 << SUBJECT_ACCESS,
    WITH_AUTH = 1 << SUBJECT_AUTH
};

static json_t *declared_ports(const struct profile *profile, enum transport transport)
{
    json_t *ports = json_array();

    for (size_t i = 0; i < profile->service_count; i++) {
        if (profile->services[i].transport == transport) {
            (void) json_array_append_new(ports, json_integer(profile->services[i].port));
        }
    }
    return ports;
}

static json_t *tcp_ports(const struct subject *subject)
{
    return declared_ports(subject->profile, TRANSPORT_TCP);
}

static json_t *udp_ports(const struct subject *subject)
{
    return declared_ports(subject->profile, TRANSPORT_UDP);
}

/* As a text list of ports, for parameters that take one. */
static json_t *tcp_port_text(const struct subject *subject)
{
    char room[8 * 4096] = "";
    size_t used = 0;

    for (size_t i = 0; i < subject->profile->service_count; i++) {
        const struct service *service = &subject->profile->services[i];

        if (service->transport == TRANSPORT_TCP && used + 8 < sizeof room) {
            used += (size_t) snprintf(room + used, sizeof room - used, "%s%u", used > 0 ? "," : "",
                                      (unsigned) service->port);
        }
    }
    return used > 0 ? json_string(room) : NULL;
}

static json_t *liveness_port(const struct subject *subject)
{
    const struct service *service = subject->profile->liveness.service;

    return service == NULL ? NULL : json_integer(service->port);
}

static json_t *model(const struct subject *subject)
{
    return json_string(subject->profile->model);
}

static json_t *support_until(const struct subject *subject)
{
    const char *day = subject->profile->support_until;

    return day == NULL ? NULL : json_string(day);
}

static json_t *login_attempts(const struct subject *subject)
{
    return json_integer(subject->profile->limits.login_attempts);
}

static json_t *connections_per_second(const struct subject *subject)
{
    return json_integer(subject->profile->limits.connections_per_second);
}

static json_t *fragile(const struct subject *subject)
{
    return json_boolean(subject->profile->limits.fragile);
}

static json_t *service_port(const struct subject *subject)
{
    return json_integer(subject->service->port);
}

static json_t *service_port_text(const struct subject *subject)
{
    return json_sprintf("%u", (unsigned) subject->service->port);
}

static json_t *service_protocol(const struct subject *subject)
{
    return json_string(subject->service->protocol);
}

static json_t *service_server_name(const struct subject *subject)
{
    const char *name = subject->service->tls_server_name;

    return json_string(name != NULL ? name : subject->address);
}

static json_t *lockout_after(const struct subject *subject)
{
    unsigned after = subject->auth->lockout.after;

    return after == 0 ? NULL : json_integer(after);
}

const struct reference references[] = {
    { "$profile.tcp_ports", FACT_INTS, ANY, "ports of the declared TCP services", tcp_ports },
    { "$profile.tcp_port_list", FACT_TEXT, ANY, "the same as a text, \"80,443\"", tcp_port_text },
    { "$profile.udp_ports", FACT_INTS, ANY, "ports of the declared UDP services", udp_ports },
    { "$profile.liveness_port", FACT_INT, ANY, "port of the service named by reach.liveness",
      liveness_port },
    { "$profile.model", FACT_TEXT, ANY, "product.model", model },
    { "$profile.support_until", FACT_TEXT, ANY, "product.support_until", support_until },
    { "$limits.login_attempts", FACT_INT, ANY, "limits.login_attempts", login_attempts },
    { "$limits.connections_per_second", FACT_INT, ANY, "limits.connections_per_second",
      connections_per_second },
    { "$limits.fragile", FACT_BOOL, ANY, "limits.fragile", fragile },
    { "$service.port", FACT_INT, WITH_SERVICE, "port of the service in question", service_port },
    { "$service.port_text", FACT_TEXT, WITH_SERVICE, "the same as a text", service_port_text },
    { "$service.protocol", FACT_TEXT, WITH_SERVICE, "its declared protocol", service_protocol },
    { "$service.tls_server_name", FACT_TEXT, WITH_SERVICE, "its tls.server_name, or the address",
      service_server_name },
    { "$auth.lockout.after", FACT_INT, WITH_AUTH, "lockout.after of the mechanism in question",
      lockout_after },
    { .name = NULL },
};

static const char param_prefix[] = "$param.";

bool reference_is(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] == '$';
}

bool reference_is_inside(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (reference_is(json_array_get(list, i))) {
            return true;
        }
    }
    return false;
}

static bool every_member_is(const json_t *list, json_type type)
{
    size_t i;
    json_t *member;

    json_array_foreach(list, i, member)
    {
        if (json_typeof(member) != type) {
            return false;
        }
    }
    return true;
}

bool json_fact_type(const json_t *value, enum fact_type *ret_type)
{
    if (json_is_boolean(value)) {
        *ret_type = FACT_BOOL;
    } else if (json_is_integer(value)) {
        *ret_type = FACT_INT;
    } else if (json_is_string(value)) {
        *ret_type = FACT_TEXT;
    } else if (json_is_array(value) && every_member_is(value, JSON_STRING)) {
        *ret_type = FACT_TEXTS;
    } else if (json_is_array(value) && every_member_is(value, JSON_INTEGER)) {
        *ret_type = FACT_INTS;
    } else {
        return false;
    }
    return true;
}

static const struct reference *reference_find(const char *name)
{
    for (const struct reference *at = references; at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

static const struct parameter *param_named(const struct suite *suite, const char *name)
{
    return text_starts_with(name, param_prefix)
               ? suite_parameter(suite, name + sizeof param_prefix - 1)
               : NULL;
}

enum status reference_type(const struct suite *suite, const char *name, enum subject_kind kind,
                           enum fact_type *ret_type, struct error *reterr)
{
    const struct parameter *parameter = param_named(suite, name);
    const struct reference *reference = reference_find(name);

    if (parameter != NULL && json_fact_type(parameter->value, ret_type)) {
        return STATUS_OK;
    }
    if (reference == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "there is no reference '%.60s'", name);
    }
    if ((reference->kinds & 1u << kind) == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' has no meaning for this for_each", name);
    }
    *ret_type = reference->type;
    return STATUS_OK;
}

json_t *reference_value(const struct suite *suite, const char *name, const struct subject *subject)
{
    const struct parameter *parameter = param_named(suite, name);
    const struct reference *reference = reference_find(name);

    if (parameter != NULL) {
        return json_incref(parameter->value);
    }
    return reference == NULL ? NULL : reference->value(subject);
}
