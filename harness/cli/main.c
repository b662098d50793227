#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/paths.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_run,    &command_restore,   &command_verify,   &command_probe,
    &command_show,   &command_label,     &command_judge,    &command_evaluate,
    &command_waive,  &command_attest,    &command_list,     &command_explain,
    &command_lint,   &command_import,    &command_key,      &command_doctor,
    &command_new,    &command_redact,    &command_disclose, &command_check_disclosure,
    &command_unpack, &command_timestamp, &command_cosign,   &command_trust,
    &command_lever,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void overview(FILE *out, enum language language)
{
    bool ja = language == LANGUAGE_JA;

    (void) fprintf(out, "hoshitori %s  %s\n\n", HOSHITORI_VERSION,
                   ja ? "IoT製品ラベリングの適合試験と署名付き証跡"
                      : "conformance tests and signed evidence for IoT product labelling");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void) fprintf(out, "  %-17s %s\n", commands[i]->name,
                       words_in(&commands[i]->summary, language));
    }
    (void) fprintf(out, "\n%s\n",
                   ja ? "hoshitori COMMAND --help で各コマンドの説明と例を表示します。\n"
                        "IPAおよびJC-STARの運営とは独立したプロジェクトです。"
                      : "hoshitori COMMAND --help explains each, with an example.\n"
                        "This project is independent of IPA and of the JC-STAR scheme.");
}

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

/* A closed standard stream would hand its number to the next file opened, the log. */
static void open_standard_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        (void) close(fd);
    }
}

/* What did not reach its reader was not said. */
static int after_output(int code)
{
    bool lost = fflush(stdout) != 0 || ferror(stdout) != 0;

    if (!lost) {
        return code;
    }
    (void) fprintf(stderr, "hoshitori: stdout cannot be written\n");
    return code == EXIT_OK ? EXIT_OUR_FAULT : code;
}

static int dispatch(int argc, char **argv)
{
    enum language language = language_of_environment();
    const struct command *command;

    if (argc < 2) {
        overview(stderr, language);
        return EXIT_USAGE;
    }
    if (text_equal(argv[1], "--help") || text_equal(argv[1], "help")) {
        command = argc > 2 ? command_named(argv[2]) : NULL;
        if (command != NULL) {
            command_help(command, language);
        } else {
            overview(stdout, language);
        }
        return EXIT_OK;
    }
    if (text_equal(argv[1], "--version")) {
        printf("hoshitori %s\n", HOSHITORI_VERSION);
        return EXIT_OK;
    }
    if (text_equal(argv[1], "--man")) {
        command_man(commands, COMMAND_COUNT);
        return EXIT_OK;
    }
    command = command_named(argv[1]);
    if (command == NULL) {
        return exit_saying(STATUS_USAGE, "there is no command '%s' (see hoshitori --help)",
                           argv[1]);
    }
    return command_call(command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
    const struct rlimit no_core = { 0, 0 };

    open_standard_streams();
    /* What a core would hold: passwords on the stack, the content of full bundles. */
    (void) setrlimit(RLIMIT_CORE, &no_core);
    (void) signal(SIGPIPE, SIG_IGN);
    paths_start();
    return after_output(dispatch(argc, argv));
}
