/* Everything a server may say in all connections of one survey, and the facts made of it.  The
 * first byte chooses how it is cut into connections and pieces. */
#include "invented.h"
#include "report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SCRIPTS = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum tcp_event ends[] = { TCP_OK, TCP_CLOSED, TCP_RESET };
    struct script scripts[SCRIPTS];
    struct invented server = { .scripts = scripts, .count = SCRIPTS };
    struct dialer dialer = invented_dialer(&server);
    struct survey *survey = calloc(1, sizeof *survey);
    struct probe_call call = { .facts = json_object() };
    size_t length = size > 0 ? size - 1 : 0;
    bool all_the_same = size > 0 && data[0] % 2 == 1;
    size_t each = all_the_same ? length : length / SCRIPTS;

    if (size == 0 || survey == NULL) {
        free(survey);
        json_decref(call.facts);
        return 0;
    }
    server.piece = data[0] & 0x10 ? 7 : 0;
    for (size_t i = 0; i < SCRIPTS; i++) {
        scripts[i] = (struct script){ .data = data + 1 + (all_the_same ? 0 : i * each),
                                      .length = each,
                                      .ends_by = ends[(data[0] >> 5) % 3] };
    }
    ssh_server_survey_start(survey, &dialer, 1);
    survey->wants_groups = (data[0] & 2) == 0;
    survey->wants_keys = (data[0] & 4) == 0;
    if (ssh_server_survey_run(survey, NULL) != STATUS_OK ||
        ssh_server_report(&call, survey, NULL) != STATUS_OK) {
        abort();
    }
    ssh_server_survey_done(survey);
    free(survey);
    json_decref(call.facts);
    return 0;
}
