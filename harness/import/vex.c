#include "import/vex.h"
#include "base/text.h"
#include "import/purl.h"

#include <stdlib.h>
#include <string.h>

/* Components of one report by their bom-ref. */
struct catalogue_of {
    const struct component **sorted;
    size_t count;
};

struct matcher {
    struct import_report *const *reports;
    size_t count;
    const struct vex_product *product;
    struct catalogue_of *catalogues;     /* one a report */
    const struct statement **statements; /* by id */
    size_t statement_count;
};

static int by_ref(const void *a, const void *b)
{
    const struct component *const *left = a;
    const struct component *const *right = b;

    return strcmp((*left)->ref, (*right)->ref);
}

static int by_id(const void *a, const void *b)
{
    const struct statement *const *left = a;
    const struct statement *const *right = b;

    return strcmp((*left)->id, (*right)->id);
}

static void *array_of(size_t count, size_t size)
{
    void *array = calloc(count == 0 ? 1 : count, size);

    if (array == NULL) {
        abort();
    }
    return array;
}

static struct catalogue_of catalogue_make(const struct import_report *report)
{
    struct catalogue_of catalogue = { .sorted = array_of(report->component_count, sizeof(void *)) };

    for (size_t i = 0; i < report->component_count; i++) {
        if (report->components[i].ref != NULL) {
            catalogue.sorted[catalogue.count++] = &report->components[i];
        }
    }
    qsort(catalogue.sorted, catalogue.count, sizeof(void *), by_ref);
    return catalogue;
}

static const struct component *catalogue_search(const struct catalogue_of *catalogue,
                                                const char *ref)
{
    const struct component key = { .ref = ref };
    const struct component *wanted = &key;
    const struct component **found =
        bsearch(&wanted, catalogue->sorted, catalogue->count, sizeof(void *), by_ref);

    return found == NULL ? NULL : *found;
}

/* "urn:cdx:serial/version#ref"; without "#ref" the whole document is meant, so its
 * product. */
static const struct component *bom_link_find(const struct matcher *matcher, const char *link)
{
    const char *serial = link + strlen("urn:cdx:");
    size_t length = strcspn(serial, "/#");
    const char *hash = strchr(serial, '#');
    char ref[IMPORT_TEXT_MAX + 1];

    for (size_t i = 0; i < matcher->count; i++) {
        const struct import_report *report = matcher->reports[i];
        const struct component *found;

        if (report->serial == NULL || strlen(report->serial) != length ||
            strncmp(report->serial, serial, length) != 0) {
            continue;
        }
        if (hash == NULL) {
            return report->component_count > 0 && report->components[0].is_product
                       ? &report->components[0]
                       : NULL;
        }
        found = catalogue_search(&matcher->catalogues[i], hash + 1);
        if (found == NULL) {
            purl_decode(hash + 1, strlen(hash + 1), ref, sizeof ref);
            found = catalogue_search(&matcher->catalogues[i], ref);
        }
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* In its own document first, then in the others, then as a package URL. False: it cannot
 * be traced. */
static bool target_resolve(const struct matcher *matcher, size_t own, struct component *target)
{
    const char *ref = target->ref;
    const struct component *found = NULL;

    if (ref == NULL) {
        return false;
    }
    if (text_starts_with(ref, "urn:cdx:")) {
        found = bom_link_find(matcher, ref);
    } else {
        found = catalogue_search(&matcher->catalogues[own], ref);
        for (size_t i = 0; i < matcher->count && found == NULL; i++) {
            found = catalogue_search(&matcher->catalogues[i], ref);
        }
    }
    if (found != NULL) {
        *target = *found;
    } else if (purl_is(ref)) {
        purl_component(matcher->reports[own], ref, target);
    } else if (matcher->product->model != NULL && text_equal_nocase(ref, matcher->product->model)) {
        target->name = ref;
    } else {
        return false;
    }
    target->ref = ref;
    return true;
}

static bool is_product(const struct matcher *matcher, const struct component *component)
{
    return component->is_product || (matcher->product->model != NULL && component->name != NULL &&
                                     text_equal_nocase(component->name, matcher->product->model));
}

/* Does it speak of another version of the product than the one declared? */
static bool is_other_version(const struct matcher *matcher, const struct component *component)
{
    if (!is_product(matcher, component) || component->version == NULL ||
        matcher->product->version_count == 0) {
        return false;
    }
    for (size_t i = 0; i < matcher->product->version_count; i++) {
        if (text_equal(matcher->product->versions[i], component->version)) {
            return false;
        }
    }
    return true;
}

/* OpenVEX names the product beside the component. */
static bool is_about_other_product(const struct matcher *matcher, size_t own,
                                   const struct statement *statement)
{
    struct component product = { .ref = statement->about_product };

    return statement->about_product != NULL && target_resolve(matcher, own, &product) &&
           is_other_version(matcher, &product);
}

static void statements_collect(struct matcher *matcher)
{
    size_t most = 0;

    for (size_t i = 0; i < matcher->count; i++) {
        most += matcher->reports[i]->statement_count;
    }
    matcher->statements = array_of(most, sizeof(void *));
    for (size_t i = 0; i < matcher->count; i++) {
        for (size_t k = 0; k < matcher->reports[i]->statement_count; k++) {
            struct statement *statement = &matcher->reports[i]->statements[k];

            if (target_resolve(matcher, i, &statement->target) &&
                !is_other_version(matcher, &statement->target) &&
                !is_about_other_product(matcher, i, statement)) {
                matcher->statements[matcher->statement_count++] = statement;
            }
        }
    }
    qsort(matcher->statements, matcher->statement_count, sizeof(void *), by_id);
}

static bool versions_differ(const char *a, const char *b)
{
    return a != NULL && b != NULL && !text_equal(a, b);
}

static bool statement_fits(const struct matcher *matcher, const struct statement *statement,
                           const struct finding *finding)
{
    const struct component *target = &statement->target;
    const struct component *component = &finding->component;

    if (is_product(matcher, target)) {
        return true;
    }
    /* A network scanner names a vulnerability, not the part that has it. */
    if (component->name == NULL && component->purl == NULL) {
        return component->ref == NULL;
    }
    if (!component->from_banner && versions_differ(statement->only_version, component->version)) {
        return false;
    }
    if (target->purl != NULL && component->purl != NULL) {
        return purl_same_package(target->purl, component->purl) &&
               purl_versions_agree(target->purl, component->purl);
    }
    if (!component->from_banner && versions_differ(target->version, component->version)) {
        return false;
    }
    return target->name != NULL && component->name != NULL &&
           text_equal_nocase(target->name, component->name);
}

static void finding_judge(const struct matcher *matcher, const char *id, struct finding *finding,
                          bool *admitted)
{
    size_t low = 0;
    size_t high = matcher->statement_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(matcher->statements[middle]->id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < matcher->statement_count && text_equal(matcher->statements[low]->id, id); low++) {
        const struct statement *statement = matcher->statements[low];

        if (statement->effect == STATEMENT_SILENT || !statement_fits(matcher, statement, finding)) {
            continue;
        }
        if (statement->effect == STATEMENT_ADMITS) {
            *admitted = true;
        } else if (finding->justification == NULL ||
                   strcmp(statement->reason, finding->justification) < 0) {
            finding->justification = statement->reason; /* one of them, whatever the order */
        }
    }
}

static void finding_settle(const struct matcher *matcher, size_t own, struct finding *finding)
{
    bool admitted = false;

    finding->justification = NULL;
    if (finding->component.ref != NULL) {
        (void) target_resolve(matcher, own, &finding->component);
    }
    finding_judge(matcher, finding->id, finding, &admitted);
    if (finding->alias != NULL) {
        finding_judge(matcher, finding->alias, finding, &admitted);
    }
    finding->covered = finding->justification != NULL && !admitted;
    if (!finding->covered) {
        finding->justification = NULL;
    }
}

void vex_apply(struct import_report *const *reports, size_t count,
               const struct vex_product *product)
{
    struct matcher matcher = { .reports = reports, .count = count, .product = product };

    matcher.catalogues = array_of(count, sizeof *matcher.catalogues);
    for (size_t i = 0; i < count; i++) {
        matcher.catalogues[i] = catalogue_make(reports[i]);
    }
    statements_collect(&matcher);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->finding_count; k++) {
            finding_settle(&matcher, i, &reports[i]->findings[k]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        free(matcher.catalogues[i].sorted);
    }
    free(matcher.catalogues);
    free(matcher.statements);
}
