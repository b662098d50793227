/* commands.h - the subcommands, one cmd_<name>.c each. */
#pragma once

#include "cli/command.h"

extern const struct command command_run;
extern const struct command command_restore;
extern const struct command command_verify;
extern const struct command command_probe;
extern const struct command command_lever;
extern const struct command command_show;
extern const struct command command_judge;
extern const struct command command_label;
extern const struct command command_evaluate;
extern const struct command command_waive;
extern const struct command command_attest;
extern const struct command command_list;
extern const struct command command_explain;
extern const struct command command_lint;
extern const struct command command_import;
extern const struct command command_key;
extern const struct command command_trust;
extern const struct command command_timestamp;
extern const struct command command_cosign;
extern const struct command command_doctor;
extern const struct command command_new;
extern const struct command command_redact;
extern const struct command command_disclose;
extern const struct command command_check_disclosure;
extern const struct command command_unpack;
