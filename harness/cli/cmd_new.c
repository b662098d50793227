/* new - skeletons: the files of a probe, ready to build. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/paths.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_LENGTH = 40 };

struct skeleton {
    const char *file;
    const char *text; /* every @ becomes the probe's name */
};

static const struct skeleton skeletons[] = {
    { "probe.c",
      "/* @ - one sentence: what is asked of the device.\n"
      " *\n"
      " * Sample output: {\"answered\":true} */\n"
      "#include \"answer.h\"\n\n"
      "#include \"channel/tcp.h\"\n"
      "#include \"probe/probe.h\"\n\n"
      "enum { ANSWER_MAX = 4096 };\n\n"
      "static const struct param params[] = { PARAM_END };\n\n"
      "static const struct fact facts[] = {\n"
      "    { \"answered\", FACT_BOOL, \"the device said something\", NULL },\n"
      "    FACT_END,\n"
      "};\n\n"
      "static enum status run(struct probe_call *call, struct error *reterr)\n"
      "{\n"
      "    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };\n"
      "    DEFER(bytes_done) struct bytes answer = bytes_bounded(ANSWER_MAX);\n"
      "    enum tcp_event event = TCP_TIMEOUT;\n\n"
      "    TRY(tcp_open(&tcp, call->host, call->port, call->deadline_ms, call->transcript, "
      "&event,\n"
      "                 reterr));\n"
      "    /* Without a connection there is nothing to say of the device: the fact stays out. */\n"
      "    if (event != TCP_OK) {\n"
      "        return STATUS_OK;\n"
      "    }\n"
      "    TRY(tcp_receive(&tcp, &answer, call->deadline_ms, &event, reterr));\n"
      "    probe_fact_bool(call, \"answered\", @_answered(answer.data, answer.length));\n"
      "    return STATUS_OK;\n"
      "}\n\n"
      "const struct probe probe_@ = {\n"
      "    .decl = { .name = \"@\",\n"
      "              .summary = { .en = \"what it does\", .ja = \"何をするか\" },\n"
      "              .params = params,\n"
      "              .facts = facts,\n"
      "              .needs = PROBE_NEEDS_SERVICE,\n"
      "              .deadline_ms = 10000 },\n"
      "    .run = run,\n"
      "};\n" },
    { "answer.h", "/* answer.h - reads what the device said; any bytes are a valid answer. */\n"
                  "#pragma once\n\n"
                  "#include <stdbool.h>\n"
                  "#include <stddef.h>\n\n"
                  "bool @_answered(const void *data, size_t length);\n" },
    { "answer.c", "#include \"answer.h\"\n\n"
                  "bool @_answered(const void *data, size_t length)\n"
                  "{\n"
                  "    return data != NULL && length > 0;\n"
                  "}\n" },
    { "probe_test.c", "#include \"answer.h\"\n\n"
                      "#include <criterion/criterion.h>\n\n"
                      "Test(@, hears_an_answer)\n"
                      "{\n"
                      "    cr_assert(@_answered(\"x\", 1));\n"
                      "}\n\n"
                      "Test(@, takes_silence_for_silence)\n"
                      "{\n"
                      "    cr_assert_not(@_answered(NULL, 0));\n"
                      "}\n" },
    { "probe_fuzz.c", "#include \"answer.h\"\n\n"
                      "#include <stdint.h>\n\n"
                      "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);\n\n"
                      "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n"
                      "{\n"
                      "    (void) @_answered(data, size);\n"
                      "    return 0;\n"
                      "}\n" },
    { "README.md", "# @\n\nWhat it asks, its parameters and facts, a sample output.\n\n"
                   "## Fixtures\n\n| file | recorded from |\n|---|---|\n"
                   "| fixtures/empty.bin | a device that stays silent: no bytes |\n" },
    { "fixtures/empty.bin", "" },
};

static bool name_is_fit(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++) {
        if (!islower((unsigned char) name[i]) && name[i] != '_' &&
            !(i > 0 && isdigit((unsigned char) name[i]))) {
            return false;
        }
    }
    return length > 0 && length <= NAME_MAX_LENGTH;
}

static enum status write_skeleton(const char *folder, const struct skeleton *skeleton,
                                  const char *name, struct error *reterr)
{
    char path[PATH_SIZE];
    FILE *file;
    int fd;

    (void) snprintf(path, sizeof path, "%s/%s", folder, skeleton->file);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    for (const char *at = skeleton->text; *at != '\0'; at++) {
        if (*at == '@') {
            (void) fputs(name, file);
        } else {
            (void) fputc(*at, file);
        }
    }
    if (fclose(file) != 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    return STATUS_OK;
}

static enum status new_probe(const char *name, const char *root, struct error *reterr)
{
    char folder[PATH_SIZE / 2];
    char fixtures[PATH_SIZE];
    int length;

    if (!name_is_fit(name)) {
        return fail(reterr, STATUS_USAGE,
                    "'%s' is not a probe's name: lower-case letters, digits and _, at most %d",
                    name, NAME_MAX_LENGTH);
    }
    length = snprintf(folder, sizeof folder, "%s/harness/probes/%s", root, name);
    if (length < 0 || (size_t) length >= sizeof folder) {
        return fail(reterr, STATUS_LIMIT, "the path of the source tree is too long");
    }
    (void) snprintf(fixtures, sizeof fixtures, "%s/fixtures", folder);
    if (mkdir(folder, 0755) != 0 || mkdir(fixtures, 0755) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", folder, strerror(errno));
    }
    for (size_t i = 0; i < sizeof skeletons / sizeof skeletons[0]; i++) {
        TRY(write_skeleton(folder, &skeletons[i], name, reterr));
    }
    (void) fprintf(stderr, "%s: written; build, and `hoshitori list probes` knows it\n", folder);
    return STATUS_OK;
}

static int new_main(const struct arguments *arguments)
{
    const char *kind = argument_positional(arguments, 0);
    const char *root = argument_text(arguments, "source");
    struct error error = { 0 };

    if (!text_equal(kind, "probe")) {
        return exit_saying(STATUS_USAGE, "new probe NAME; not 'new %s'", kind);
    }
    if (root == NULL) {
        root = HOSHITORI_SOURCE_DATA;
    }
    if (new_probe(argument_positional(arguments, 1), root, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    return EXIT_OK;
}

static const struct option options[] = {
    { "source",
      "DIR",
      { .en = "the source tree (default: where this program was built)",
        .ja = "ソースツリー(既定: このプログラムをビルドした場所)" },
      false },
    OPTION_END,
};

const struct command command_new = {
    .name = "new",
    .summary = { .en = "a new probe's files, ready to build",
                 .ja = "新しいプローブのひな形を作成" },
    .positionals = "probe NAME",
    .positional_least = 2,
    .positional_most = 2,
    .options = options,
    .about = { .en = "Writes harness/probes/NAME/ with a parser, a test, a fuzz target, fixtures\n"
                     "and a README. The build finds the folder; no other file needs an edit.",
               .ja = "harness/probes/NAME/ に、パーサ、テスト、ファズ対象、README を作ります。\n"
                     "ビルドが自動で見つけるので、ほかのファイルの編集は不要です。" },
    .example = "  hoshitori new probe modbus_identity",
    .exits = "  0 done  64 usage  65 is there already  70 our own fault",
    .main = new_main,
};
