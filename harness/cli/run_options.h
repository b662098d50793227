/* run_options.h - what a call of `run` asks for. */
#pragma once

#include "cli/command.h"
#include "cli/run_inputs.h"

/* Texts live in the arena or in the arguments. */
enum status run_options_from_arguments(const struct arguments *arguments, struct arena *arena,
                                       struct run_options *options,
                                       struct error *reterr) MUST_CHECK;
