/* Members of a store that this program has no use for.  They are told of: a policy that a newer
 * program would keep is not kept here. */
#include "base/text.h"
#include "evidence/trust_private.h"

#include <string.h>

enum { MEMBERS_MAX = 12 };

static const char *const of_store[MEMBERS_MAX] = {
    "hoshiTrust", "id",   "version", "created",   "expires",
    "roots",      "keys", "suites",  "harnesses", "timestampAuthorities",
    "policy"
};
static const char *const of_roots[MEMBERS_MAX] = { "threshold", "keys" };
static const char *const of_root[MEMBERS_MAX] = { "spki" };
static const char *const of_key[MEMBERS_MAX] = {
    "spki", "keyid", "name", "role", "organisation", "notBefore", "notAfter", "revoked"
};
static const char *const of_organisation[MEMBERS_MAX] = { "name", "corporateNumber" };
static const char *const of_revoked[MEMBERS_MAX] = { "at", "reason" };
static const char *const of_authority[MEMBERS_MAX] = { "name",      "organisation", "certificate",
                                                       "notBefore", "notAfter",     "revoked" };
static const char *const of_policy[MEMBERS_MAX] = { "requireEvaluator",  "requireTimestamp",
                                                    "organisations",     "requireAllExamined",
                                                    "requireConformant", "pqRequiredFrom",
                                                    "acceptWaiversOf" };

struct search {
    struct trust *trust;
    struct arena *arena;
};

static void look(const struct search *search, const json_t *object, const char *where,
                 const char *const known[MEMBERS_MAX])
{
    json_t *json = (json_t *) object;

    for (void *at = json_object_iter(json); at != NULL; at = json_object_iter_next(json, at)) {
        const char *name = json_object_iter_key(at);
        char shown[80];
        size_t i = 0;

        while (known[i] != NULL && !text_equal(known[i], name)) {
            i++;
        }
        if (known[i] == NULL && search->trust->unknown_count++ == 0) {
            text_printable(name, strlen(name), shown, sizeof shown);
            search->trust->unknown = arena_format(search->arena, "%s%s", where, shown);
        }
    }
}

static void look_at_all(const struct search *search, const json_t *list, const char *where,
                        const char *const known[MEMBERS_MAX])
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        look(search, item, where, known);
        look(search, json_object_get(item, "organisation"), "organisation.", of_organisation);
        look(search, json_object_get(item, "revoked"), "revoked.", of_revoked);
    }
}

void trust_unknown_find(const json_t *payload, struct arena *arena, struct trust *trust)
{
    const struct search search = { .trust = trust, .arena = arena };
    const json_t *roots = json_object_get(payload, "roots");

    look(&search, payload, "", of_store);
    look(&search, roots, "roots.", of_roots);
    look_at_all(&search, json_object_get(roots, "keys"), "roots.keys.", of_root);
    look_at_all(&search, json_object_get(payload, "keys"), "keys.", of_key);
    look_at_all(&search, json_object_get(payload, "timestampAuthorities"), "timestampAuthorities.",
                of_authority);
    look(&search, json_object_get(payload, "policy"), "policy.", of_policy);
}
