#include "cli/command.h"

#include "cli/exits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 256 };

struct given {
    const struct option *option;
    const char *value;
};

struct arguments {
    const struct command *command;
    enum language language;
    struct given given[ARGUMENTS_MAX];
    size_t given_count;
    const char *positionals[ARGUMENTS_MAX];
    size_t positional_count;
};

static const struct option common_options[] = {
    { "lang", "ja|en", { .en = "language of the words", .ja = "表示言語" }, false },
    { "help", NULL, { .en = "show this help", .ja = "この説明を表示" }, false },
    OPTION_END,
};

bool language_from_word(const char *word, enum language *ret_language)
{
    if (text_starts_with(word, "ja")) {
        *ret_language = LANGUAGE_JA;
        return true;
    }
    if (text_equal(word, "en")) {
        *ret_language = LANGUAGE_EN;
        return true;
    }
    return false;
}

enum language language_of_environment(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0') {
            return text_starts_with(value, "ja") ? LANGUAGE_JA : LANGUAGE_EN;
        }
    }
    return LANGUAGE_EN;
}

const char *argument_nth(const struct arguments *arguments, const char *name, size_t index)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (text_equal(arguments->given[i].option->name, name) && index-- == 0) {
            return arguments->given[i].value;
        }
    }
    return NULL;
}

bool argument_given(const struct arguments *arguments, const char *name)
{
    return argument_nth(arguments, name, 0) != NULL;
}

const char *argument_text(const struct arguments *arguments, const char *name)
{
    const char *last = NULL;
    const char *value;

    for (size_t i = 0; (value = argument_nth(arguments, name, i)) != NULL; i++) {
        last = value;
    }
    return last;
}

const char *argument_positional(const struct arguments *arguments, size_t index)
{
    return index < arguments->positional_count ? arguments->positionals[index] : NULL;
}

size_t argument_positional_count(const struct arguments *arguments)
{
    return arguments->positional_count;
}

enum language argument_language(const struct arguments *arguments)
{
    return arguments->language;
}

const struct command *argument_command(const struct arguments *arguments)
{
    return arguments->command;
}

static const struct option *option_named(const struct option *options, const char *name,
                                         size_t length)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (strlen(options->name) == length && memcmp(options->name, name, length) == 0) {
            return options;
        }
    }
    return NULL;
}

/* One option and its value; *ret_taken: how many words of argv they were. */
static enum status take_option(struct arguments *arguments, int left, char **argv, int *ret_taken,
                               struct error *reterr)
{
    const char *name = argv[0] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals == NULL ? strlen(name) : (size_t) (equals - name);
    const struct option *option = option_named(arguments->command->options, name, length);
    const char *value = equals == NULL ? NULL : equals + 1;

    if (option == NULL) {
        option = option_named(common_options, name, length);
    }
    if (option == NULL) {
        return fail(reterr, STATUS_USAGE, "'%s' has no option --%.*s (see hoshitori %s --help)",
                    arguments->command->name, (int) length, name, arguments->command->name);
    }
    *ret_taken = 1;
    if (option->value == NULL && value != NULL) {
        return fail(reterr, STATUS_USAGE, "--%s takes no value", option->name);
    }
    if (option->value != NULL && value == NULL) {
        if (left < 2) {
            return fail(reterr, STATUS_USAGE, "--%s needs a value: %s", option->name,
                        option->value);
        }
        value = argv[1];
        *ret_taken = 2;
    }
    if (!option->repeats && argument_given(arguments, option->name)) {
        return fail(reterr, STATUS_USAGE, "--%s is given twice", option->name);
    }
    arguments->given[arguments->given_count++] =
        (struct given){ option, value == NULL ? "" : value };
    return STATUS_OK;
}

static enum status take_words(struct arguments *arguments, int argc, char **argv,
                              struct error *reterr)
{
    bool options_over = false;

    if (argc > ARGUMENTS_MAX) {
        return fail(reterr, STATUS_USAGE, "more than %d words", ARGUMENTS_MAX);
    }
    for (int i = 0; i < argc;) {
        int taken = 1;

        if (!options_over && text_equal(argv[i], "--")) {
            options_over = true;
        } else if (!options_over && text_starts_with(argv[i], "--")) {
            TRY(take_option(arguments, argc - i, argv + i, &taken, reterr));
        } else {
            arguments->positionals[arguments->positional_count++] = argv[i];
        }
        i += taken;
    }
    return STATUS_OK;
}

static enum status check_words(struct arguments *arguments, struct error *reterr)
{
    const struct command *command = arguments->command;
    const char *language = argument_text(arguments, "lang");

    if (language != NULL && !language_from_word(language, &arguments->language)) {
        return fail(reterr, STATUS_USAGE, "--lang is ja or en, not '%s'", language);
    }
    if (argument_given(arguments, "help")) {
        return STATUS_OK;
    }
    if (arguments->positional_count < command->positional_least) {
        return fail(reterr, STATUS_USAGE, "'%s' needs %s (see hoshitori %s --help)", command->name,
                    command->positionals, command->name);
    }
    if (arguments->positional_count > command->positional_most) {
        return fail(reterr, STATUS_USAGE, "'%s' does not know what to do with '%s'", command->name,
                    arguments->positionals[command->positional_most]);
    }
    return STATUS_OK;
}

int command_call(const struct command *command, int argc, char **argv)
{
    struct arguments arguments = { .command = command, .language = language_of_environment() };
    struct error error = { 0 };

    if (take_words(&arguments, argc, argv, &error) != STATUS_OK ||
        check_words(&arguments, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (argument_given(&arguments, "help")) {
        command_help(command, arguments.language);
        return EXIT_OK;
    }
    return command->main(&arguments);
}

static void print_options(const struct option *options, enum language language)
{
    for (; options != NULL && options->name != NULL; options++) {
        char left[80];

        (void) snprintf(left, sizeof left, "--%s%s%s", options->name,
                        options->value == NULL ? "" : " ",
                        options->value == NULL ? "" : options->value);
        printf("  %-32s %s%s\n", left, words_in(&options->help, language),
               options->repeats ? (language == LANGUAGE_JA ? " (複数可)" : " (may be repeated)")
                                : "");
    }
}

void command_help(const struct command *command, enum language language)
{
    bool ja = language == LANGUAGE_JA;

    printf("hoshitori %s", command->name);
    if (command->options != NULL) {
        printf(" [OPTION]...");
    }
    printf("%s%s\n%s\n", command->positionals == NULL ? "" : " ",
           command->positionals == NULL ? "" : command->positionals,
           words_in(&command->summary, language));
    if (words_in(&command->about, language)[0] != '\0') {
        printf("\n%s\n", words_in(&command->about, language));
    }
    printf("\n%s\n", ja ? "オプション" : "Options");
    print_options(command->options, language);
    print_options(common_options, language);
    if (command->example != NULL) {
        printf("\n%s\n%s\n", ja ? "例" : "Example", command->example);
    }
    if (command->exits != NULL) {
        printf("\n%s\n%s\n", ja ? "終了コード" : "Exit codes", command->exits);
    }
}

/* roff: a leading dot or apostrophe and every backslash would be read as requests. */
static void print_roff(const char *text)
{
    bool line_start = true;

    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\'')) {
            printf("\\&");
        }
        if (*text == '\\') {
            printf("\\e");
        } else {
            (void) putchar(*text);
        }
        line_start = *text == '\n';
    }
}

static void man_command(const struct command *command)
{
    printf(".SS %s%s%s\n", command->name, command->positionals == NULL ? "" : " ",
           command->positionals == NULL ? "" : command->positionals);
    print_roff(words_in(&command->summary, LANGUAGE_EN));
    printf("\n.PP\n");
    print_roff(words_in(&command->about, LANGUAGE_EN));
    printf("\n");
    for (const struct option *option = command->options; option != NULL && option->name != NULL;
         option++) {
        printf(".TP\n.B \\-\\-%s %s\n", option->name, option->value == NULL ? "" : option->value);
        print_roff(words_in(&option->help, LANGUAGE_EN));
        printf("\n");
    }
    if (command->example != NULL) {
        printf(".PP\nExample:\n.EX\n");
        print_roff(command->example);
        printf("\n.EE\n");
    }
    if (command->exits != NULL) {
        printf(".PP\nExit codes:\n.EX\n");
        print_roff(command->exits);
        printf("\n.EE\n");
    }
}

void command_man(const struct command *const *commands, size_t count)
{
    printf(".TH HOSHITORI 1\n.SH NAME\nhoshitori \\- conformance tests and signed evidence for "
           "IoT product labelling\n.SH SYNOPSIS\n.B hoshitori\n.I COMMAND\n[OPTION]...\n"
           ".SH COMMANDS\n");
    for (size_t i = 0; i < count; i++) {
        man_command(commands[i]);
    }
}
