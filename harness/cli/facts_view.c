#include "cli/facts_view.h"

#include <stdlib.h>

enum { NAME_WIDTH = 24 };

static void print_value(FILE *out, const json_t *value)
{
    char *text = NULL;

    if (json_is_string(value)) {
        (void) fprintf(out, "%s", json_string_value(value));
        return;
    }
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    (void) fprintf(out, "%s", text == NULL ? "?" : text);
    free(text);
}

static void print_list(FILE *out, const json_t *list)
{
    const json_t *member;
    size_t i;

    if (json_array_size(list) == 0) {
        (void) fprintf(out, "(none)");
    }
    json_array_foreach(list, i, member)
    {
        (void) fprintf(out, "%s", i == 0 ? "" : ", ");
        print_value(out, member);
    }
    (void) fprintf(out, "\n");
}

static void print_groups(FILE *out, const json_t *groups)
{
    const char *name;
    json_t *list;
    const json_t *member;
    size_t i;

    (void) fprintf(out, "\n");
    json_object_foreach((json_t *) groups, name, list)
    {
        (void) fprintf(out, "  %s\n", name);
        json_array_foreach(list, i, member)
        {
            (void) fprintf(out, "    %s\n", json_string_value(member));
        }
    }
}

static void print_rows(FILE *out, const struct fact *fact, const json_t *rows)
{
    const json_t *row;
    size_t i;

    (void) fprintf(out, json_array_size(rows) == 0 ? "(none)\n" : "\n");
    json_array_foreach(rows, i, row)
    {
        for (const struct fact *column = fact->columns; column->name != NULL; column++) {
            const json_t *value = json_object_get(row, column->name);

            if (value != NULL) {
                (void) fprintf(out, "  %c %-*s", column == fact->columns ? '-' : ' ',
                               NAME_WIDTH - 4, column->name);
                print_value(out, value);
                (void) fprintf(out, "\n");
            }
        }
    }
}

void facts_print(FILE *out, const struct fact *table, const json_t *facts)
{
    for (const struct fact *fact = table; fact->name != NULL; fact++) {
        const json_t *value = json_object_get(facts, fact->name);

        (void) fprintf(out, "%-*s", NAME_WIDTH, fact->name);
        if (value == NULL) {
            (void) fprintf(out, "(not observed)\n");
        } else if (fact->type == FACT_TEXTS || fact->type == FACT_INTS) {
            print_list(out, value);
        } else if (fact->type == FACT_TEXT_GROUPS) {
            print_groups(out, value);
        } else if (fact->type == FACT_ROWS) {
            print_rows(out, fact, value);
        } else {
            print_value(out, value);
            (void) fprintf(out, "\n");
        }
    }
}
