/* The two tables, and how they are printed. */
#include "camera/camera.h"
#include "client/client.h"
#include "stub.h"
#include "tls/gateway.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct product *const products[] = { &product_camera, &product_client, &product_gateway,
                                           NULL };

const struct defect_row defect_rows[DEFECT_COUNT] = {
#define DEFECT(identifier, name, product, clause, summary) { name, product, clause, summary },
#include "defects.def"
#undef DEFECT
};

const struct product *product_find(const char *name)
{
    for (size_t i = 0; products[i] != NULL; i++) {
        if (strcmp(products[i]->name, name) == 0) {
            return products[i];
        }
    }
    return NULL;
}

static json_t *product_json(const struct product *product)
{
    json_t *services = json_array();

    for (size_t i = 0; i < product->service_count; i++) {
        const struct service_row *row = &product->services[i];
        json_t *service = json_pack("{s:s, s:i, s:s}", "name", row->name, "port_offset",
                                    (int) row->offset, "transport", "tcp");
        if (row->only_with != DEFECT_NONE) {
            json_object_set_new(service, "only_with",
                                json_string(defect_rows[row->only_with].name));
        }
        json_array_append_new(services, service);
    }
    return json_pack("{s:s, s:s, s:o}", "name", product->name, "summary", product->summary,
                     "services", services);
}

static void tables_print_json(void)
{
    json_t *root = json_pack("{s:[], s:[]}", "products", "defects");

    for (size_t i = 0; products[i] != NULL; i++) {
        json_array_append_new(json_object_get(root, "products"), product_json(products[i]));
    }
    for (size_t i = 0; i < DEFECT_COUNT; i++) {
        const struct defect_row *row = &defect_rows[i];
        json_array_append_new(json_object_get(root, "defects"),
                              json_pack("{s:s, s:s, s:s, s:s}", "name", row->name, "product",
                                        row->product, "clause", row->clause, "summary",
                                        row->summary));
    }
    json_dumpf(root, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(root);
}

void tables_print(bool json)
{
    if (json) {
        tables_print_json();
        return;
    }
    puts("Products");
    for (size_t i = 0; products[i] != NULL; i++) {
        printf("  %-28s %s\n", products[i]->name, products[i]->summary);
    }
    puts("\nDefects");
    for (size_t i = 0; i < DEFECT_COUNT; i++) {
        const struct defect_row *row = &defect_rows[i];
        printf("  %-28s %-8s %-8s %s\n", row->name, row->product, row->clause, row->summary);
    }
}
