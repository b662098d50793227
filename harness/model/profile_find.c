#include "model/profile.h"

#include <string.h>

const struct service *profile_service(const struct profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->service_total; i++) {
        if (strcmp(profile->services[i].id, id) == 0) {
            return &profile->services[i];
        }
    }
    return NULL;
}

const char *profile_service_address(const struct profile *profile, const struct service *service)
{
    return service != NULL && service->of != NULL ? service->of->address : profile->addresses[0];
}

const struct asset *profile_asset(const struct profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->asset_count; i++) {
        if (strcmp(profile->assets[i].id, id) == 0) {
            return &profile->assets[i];
        }
    }
    return NULL;
}

const struct credential *auth_credential(const struct auth *auth, const char *role)
{
    for (size_t i = 0; i < auth->credential_count; i++) {
        if (text_equal(auth->credentials[i].role, role)) {
            return &auth->credentials[i];
        }
    }
    return NULL;
}

const struct auth *profile_auth(const struct profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->auth_count; i++) {
        if (strcmp(profile->auths[i].id, id) == 0) {
            return &profile->auths[i];
        }
    }
    return NULL;
}

static const struct credential *credential_of_role(const struct profile *profile,
                                                   const struct auth *auth, const char *role)
{
    const struct credential *own = auth_credential(auth, role);
    const struct auth *owner = own == NULL ? profile_auth(profile, auth->account_of) : NULL;

    return owner != NULL ? auth_credential(owner, role) : own;
}

const struct credential *access_lower_credential(const struct profile *profile,
                                                 const struct access *access, size_t at)
{
    bool below = false;

    for (size_t i = 0; access->auth != NULL && i < profile->role_count; i++) {
        const struct credential *credential =
            below ? credential_of_role(profile, access->auth, profile->roles[i]) : NULL;

        if (credential != NULL && at-- == 0) {
            return credential;
        }
        below = below || text_equal(profile->roles[i], access->role);
    }
    return NULL;
}

bool access_has_lower_role(const struct profile *profile, const struct access *access)
{
    const struct auth *auth = access->auth;
    bool below = false;

    for (size_t i = 0; auth != NULL && i < profile->role_count; i++) {
        bool known = auth->role_count == 0;

        for (size_t j = 0; j < auth->role_count; j++) {
            known = known || strcmp(profile->roles[i], auth->roles[j]) == 0;
        }
        if (below && known) {
            return true;
        }
        below = below || text_equal(profile->roles[i], access->role);
    }
    return false;
}
