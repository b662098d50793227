/* hoshitori-stub: a device to test the tester with. */
#include "stub.h"
#include "support/files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_USAGE = 64, PORT_SPAN = 128 };

static const char USAGE[] =
    "usage: hoshitori-stub PRODUCT [OPTION]...\n"
    "       hoshitori-stub --list [--json]\n"
    "\n"
    "A reference device: right, or wrong on purpose in one named way.  Prints one JSON line\n"
    "when every socket listens, then serves until SIGTERM or SIGINT.\n"
    "\n"
    "  --port-base N          first port; 0, the default, lets the kernel choose them all\n"
    "  --bind ADDR            IPv4 or IPv6 address (default 127.0.0.1)\n"
    "  --defect NAME          be wrong in this way; may be repeated\n"
    "  --state DIR            the unit's memory: secrets, certificates, settings, profile\n"
    "                         (default: a new directory under TMPDIR, which stays)\n"
    "  --seed N               makes serial number, MAC address and label passwords repeatable\n"
    "  --profile-out FILE     write the fitting profile there, with absolute paths\n"
    "  --lockout AFTER:DELAY_S[:MAX_S]\n"
    "                         lock an account after so many wrong log-ins in a row; the delay\n"
    "                         doubles with each further one (default 10:1:3600)\n"
    "  --session-lifetime S   an unused session ends after so many seconds, and the profile says "
    "so\n"
    "                         (default 900, which it does not say)\n"
    "  --first-use            no default password: nothing opens before the first one is set, and "
    "the\n"
    "                         profile says how\n"
    "  --calls-home [coaps://]HOST:PORT[:CLEAR-PORT]\n"
    "                         what the product 'client' calls, over and over\n"
    "  --ca FILE              the only authority that it trusts (PEM)\n"
    "  --resolver ADDR:PORT   the IPv4 name server that it asks; without, the system's\n"
    "  --update-server https://HOST:PORT\n"
    "                         where the camera asks for newer firmware (trusts --ca)\n"
    "  --bench                keep the unit in a child and pull its levers: tools/lever WORD in "
    "DIR\n"
    "  --lever WORD           tell the bench that runs on --state DIR\n"
    "  --list [--json]        products and defects\n"
    "  --help\n"
    "\n"
    "example: hoshitori-stub camera --state /tmp/unit-a --defect telnet-open\n";

static bool number_read(const char *text, uint64_t most, uint64_t *ret_number)
{
    char *end = NULL;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || number > most) {
        return complain("'%s' is not a number from 0 to %llu", text, (unsigned long long) most);
    }
    *ret_number = number;
    return true;
}

static bool lockout_read(const char *text, struct lockout *ret_lockout)
{
    enum { PARTS = 3, PART_MAX = 1000000 };
    unsigned long parts[PARTS] = { 0, 0, 3600 };
    const char *at = text;
    size_t count = 0;

    while (count < PARTS && *at >= '0' && *at <= '9') {
        char *end = NULL;
        parts[count++] = strtoul(at, &end, 10);
        at = *end == ':' && end[1] != '\0' ? end + 1 : end;
    }
    if (*at != '\0' || count < 2 || parts[0] == 0 || parts[1] == 0 || parts[2] < parts[1] ||
        parts[0] > PART_MAX || parts[2] > PART_MAX) {
        return complain("'%s' is not AFTER:DELAY_S[:MAX_S]", text);
    }
    *ret_lockout =
        (struct lockout){ (unsigned) parts[0], (unsigned) parts[1], (unsigned) parts[2] };
    return true;
}

static bool defect_read(const char *name, struct stub_options *options)
{
    for (size_t i = 0; i < DEFECT_COUNT; i++) {
        if (strcmp(defect_rows[i].name, name) == 0) {
            options->defects[i] = true;
            return true;
        }
    }
    return complain("unknown defect '%s'; --list names them", name);
}

static bool bind_read(const char *text, struct stub_options *options)
{
    unsigned char address[sizeof(struct in6_addr)];

    options->bind = text;
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1 ||
           complain("'%s' is no IP address", text);
}

static bool option_take(int option, struct stub_options *options)
{
    uint64_t number = 0;
    bool right = true;

    switch (option) {
    case 'p':
        right = number_read(optarg, 65535 - PORT_SPAN, &number);
        options->port_base = (unsigned) number;
        return right;
    case 'b':
        return bind_read(optarg, options);
    case 'd':
        return defect_read(optarg, options);
    case 's':
        options->state = optarg;
        return true;
    case 'n':
        options->seeded = true;
        return number_read(optarg, UINT64_MAX, &options->seed);
    case 'o':
        options->profile_out = optarg;
        return true;
    case 'k':
        return lockout_read(optarg, &options->lockout);
    case 'f':
        options->first_use = true;
        return true;
    case 'c':
        options->calls_home = optarg;
        return true;
    case 'a':
        options->authority = optarg;
        return true;
    case 'r':
        options->resolver = optarg;
        return true;
    case 'e':
        options->bench = true;
        return true;
    case 'u':
        options->update_server = optarg;
        return strncmp(optarg, "https://", 8) == 0 ||
               complain("'%s' is no https://HOST:PORT", optarg);
    case 't':
        right = number_read(optarg, 86400, &number) && number > 0;
        options->session_lifetime_s = (unsigned) number;
        options->session_lifetime_told = true;
        return right;
    default:
        return false;
    }
}

static int usage_wrong(const char *what)
{
    complain("%s; --help says more", what);
    return EXIT_USAGE;
}

static int product_run(int argc, char **argv, const struct stub_options *options)
{
    if (argc - optind != 1) {
        return usage_wrong("one PRODUCT is needed");
    }
    const struct product *product = product_find(argv[optind]);
    if (product == NULL) {
        return usage_wrong("unknown product");
    }
    for (size_t i = 0; i < DEFECT_COUNT; i++) {
        if (options->defects[i] && strcmp(defect_rows[i].product, product->name) != 0) {
            return usage_wrong("that defect belongs to another product");
        }
    }
    return stub_run(product, options);
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        { "port-base", required_argument, NULL, 'p' },
        { "bind", required_argument, NULL, 'b' },
        { "defect", required_argument, NULL, 'd' },
        { "state", required_argument, NULL, 's' },
        { "seed", required_argument, NULL, 'n' },
        { "profile-out", required_argument, NULL, 'o' },
        { "lockout", required_argument, NULL, 'k' },
        { "first-use", no_argument, NULL, 'f' },
        { "session-lifetime", required_argument, NULL, 't' },
        { "calls-home", required_argument, NULL, 'c' },
        { "ca", required_argument, NULL, 'a' },
        { "resolver", required_argument, NULL, 'r' },
        { "bench", no_argument, NULL, 'e' },
        { "update-server", required_argument, NULL, 'u' },
        { "lever", required_argument, NULL, 'v' },
        { "list", no_argument, NULL, 'l' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct stub_options options = { .bind = "127.0.0.1",
                                    .lockout = { 10, 1, 3600 },
                                    .session_lifetime_s = 900 };
    const char *lever = NULL;
    bool list = false;
    bool json = false;

    umask(077);
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (option == 'h') {
            fputs(USAGE, stdout);
            return EXIT_SUCCESS;
        }
        if (option == 'v') {
            lever = optarg;
        } else if (option == 'l') {
            list = true;
        } else if (option == 'j') {
            json = true;
        } else if (!option_take(option, &options)) {
            return usage_wrong("that cannot be understood");
        }
    }
    if (list) {
        tables_print(json);
        return EXIT_SUCCESS;
    }
    if (lever != NULL) {
        return options.state == NULL ? usage_wrong("--lever needs --state")
                                     : lever_pull(options.state, lever);
    }
    return json ? usage_wrong("--json goes with --list") : product_run(argc, argv, &options);
}
