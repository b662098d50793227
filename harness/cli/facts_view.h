/* facts_view.h - an observation as lines for people, in the order of the probe's table. */
#pragma once

#include "model/catalogue.h"

#include <stdio.h>

void facts_print(FILE *out, const struct fact *table, const json_t *facts);
