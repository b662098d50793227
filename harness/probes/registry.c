#include "probe/registry.h"

#include <string.h>

enum { PROBES_MAX = 256 };

const struct probe *probe_find(const char *name)
{
    for (const struct probe *const *probe = probe_registry; *probe != NULL; probe++) {
        if (strcmp((*probe)->decl.name, name) == 0) {
            return *probe;
        }
    }
    return NULL;
}

const struct catalogue *probe_catalogue(void)
{
    static const struct probe_decl *decls[PROBES_MAX + 1];
    static struct catalogue catalogue;

    if (catalogue.probes == NULL) {
        size_t count = 0;

        while (probe_registry[count] != NULL && count < PROBES_MAX) {
            decls[count] = &probe_registry[count]->decl;
            count++;
        }
        catalogue = (struct catalogue){ .probes = decls, .count = count };
    }
    return &catalogue;
}
