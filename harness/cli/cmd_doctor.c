/* doctor - what this machine can and cannot do, and how to mend it. */
#include "base/clock.h"
#include "channel/capture.h"
#include "cli/authority.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/paths.h"
#include "engine/sandbox.h"
#include "evidence/mldsa.h"
#include "probe/registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

enum finding_level { FINDING_OK, FINDING_NOTE, FINDING_BAD };

struct finding {
    const char *what;
    enum finding_level level;
    char detail[160];
    struct words mend;
};

static bool opens(int family, int type, int protocol)
{
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);

    if (fd >= 0) {
        (void) close(fd);
    }
    return fd >= 0;
}

static bool binds_ipv6(void)
{
    struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *) &here, sizeof here) == 0;

    if (fd >= 0) {
        (void) close(fd);
    }
    return bound;
}

static void look_at_data(struct finding *finding)
{
    const char *root = paths_root();

    finding->what = "suites";
    finding->level = root == NULL ? FINDING_BAD : FINDING_OK;
    (void) snprintf(finding->detail, sizeof finding->detail, "%s",
                    root == NULL ? "not found" : root);
    finding->mend = (struct words){ .en = "set HOSHITORI_DATA to the folder with testsuites/",
                                    .ja = "testsuites/ のあるフォルダを HOSHITORI_DATA に設定" };
}

static void look_at_sandbox(struct finding *finding)
{
    bool has = sandbox_has_seccomp();

    finding->what = "seccomp";
    finding->level = has ? FINDING_OK : FINDING_NOTE;
    (void) snprintf(finding->detail, sizeof finding->detail, "%s",
                    has ? "probes run behind a system call filter" : "the kernel has none");
    finding->mend = (struct words){ .en = "probes still run in limited processes of their own",
                                    .ja = "プローブは資源制限付きの別プロセスで動きます" };
}

static void look_at_ipv6(struct finding *finding)
{
    bool has = binds_ipv6();

    finding->what = "IPv6";
    finding->level = has ? FINDING_OK : FINDING_NOTE;
    (void) snprintf(finding->detail, sizeof finding->detail, "%s",
                    has ? "usable" : "no IPv6 loopback");
    finding->mend = (struct words){ .en = "IPv6 addresses of a profile cannot be tested from here",
                                    .ja = "プロファイルの IPv6 アドレスはここから試験できません" };
}

static void look_at_raw(struct finding *finding)
{
    bool has = opens(AF_INET, SOCK_RAW, IPPROTO_ICMP);

    finding->what = "raw sockets";
    finding->level = FINDING_OK;
    (void) snprintf(finding->detail, sizeof finding->detail, "%s; no probe needs them",
                    has ? "permitted" : "not permitted");
}

static void look_at_capture(struct finding *finding)
{
    struct capture *capture = NULL;
    struct error error = { 0 };
    bool has = capture_open("127.0.0.1", &capture, &error) == STATUS_OK;

    capture_free(capture);
    finding->what = "capture";
    finding->level = has ? FINDING_OK : FINDING_NOTE;
    (void) snprintf(finding->detail, sizeof finding->detail, "%.120s",
                    has ? "permitted" : error.message);
    finding->mend = (struct words){
        .en = "without CAP_NET_RAW checks see their own connections alone, and run --capture is "
              "refused",
        .ja = "CAP_NET_RAW がないと、検査は自分の接続だけを見ます。run --capture は使えません"
    };
}

static void look_at_mldsa(struct finding *finding)
{
    bool has = mldsa_is_here();

    finding->what = "ML-DSA-65";
    finding->level = has ? FINDING_OK : FINDING_NOTE;
    (void) snprintf(finding->detail, sizeof finding->detail, "%s",
                    has ? "usable" : "this OpenSSL does not have it");
    finding->mend = (struct words){
        .en = "post-quantum signatures can be neither made nor checked here (Debian 13 can)",
        .ja = "耐量子署名の作成も検証もここではできません (Debian 13 なら可能)"
    };
}

static void look_at_files(struct finding *finding)
{
    struct rlimit limit = { 0 };

    (void) getrlimit(RLIMIT_NOFILE, &limit);
    finding->what = "open files";
    finding->level = limit.rlim_max < 1024 ? FINDING_NOTE : FINDING_OK;
    (void) snprintf(finding->detail, sizeof finding->detail, "%llu of at most %llu",
                    (unsigned long long) limit.rlim_cur, (unsigned long long) limit.rlim_max);
    finding->mend = (struct words){ .en = "port scans are faster with ulimit -n 4096",
                                    .ja = "ulimit -n 4096 でポート走査が速くなります" };
}

static void look_at_time(struct finding *finding)
{
    struct timex now = { 0 };
    int state = adjtimex(&now);

    finding->what = "clock";
    finding->level = state == TIME_ERROR || state < 0 ? FINDING_NOTE : FINDING_OK;
    (void) snprintf(finding->detail, sizeof finding->detail, "%s",
                    finding->level == FINDING_OK ? "synchronised" : "not known to be synchronised");
    finding->mend =
        (struct words){ .en = "bundles carry this clock's time; let NTP or chrony keep it right",
                        .ja =
                            "証跡にはこの時計の時刻が入ります。NTP や chrony で合わせてください" };
}

static void look_at_probes(struct finding *finding)
{
    finding->what = "probes";
    finding->level = FINDING_OK;
    (void) snprintf(finding->detail, sizeof finding->detail, "%zu built in",
                    probe_catalogue()->count);
}

static void (*const looks[])(struct finding *) = {
    look_at_data, look_at_probes,  look_at_sandbox, look_at_files, look_at_ipv6,
    look_at_raw,  look_at_capture, look_at_time,    look_at_mldsa,
};

static void look_at_authority(const char *url, struct finding *finding)
{
    struct error error = { 0 };
    int64_t time_ms = 0;
    bool good = authority_try(url, &time_ms, &error) == STATUS_OK;

    finding->what = "timestamps";
    finding->level = good ? FINDING_OK : FINDING_NOTE;
    if (good) {
        (void) snprintf(finding->detail, sizeof finding->detail,
                        "the authority answers; its clock is %+lld s from this one",
                        (long long) ((time_ms - clock_wall_ms()) / 1000));
    } else {
        (void) snprintf(finding->detail, sizeof finding->detail, "%.150s", error.message);
    }
    finding->mend = (struct words){
        .en = "a run with --tsa would go on without timestamps; hoshitori timestamp --request "
              "goes by files",
        .ja = "run --tsa は時刻証明なしで続きます。hoshitori timestamp --request "
              "ならファイルで頼めます"
    };
}

static bool say(const struct finding *finding, enum language language)
{
    static const char *const words[] = { "ok", "note", "BAD" };

    printf("%-5s %-12s %s\n", words[finding->level], finding->what, finding->detail);
    if (finding->level != FINDING_OK) {
        printf("      %-12s %s\n", "", words_in(&finding->mend, language));
    }
    return finding->level != FINDING_BAD;
}

static int doctor_main(const struct arguments *arguments)
{
    const char *tsa = argument_text(arguments, "tsa");
    const enum language language = argument_language(arguments);
    bool fit = true;

    printf("hoshitori %s\n", HOSHITORI_VERSION);
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        struct finding finding = { 0 };

        looks[i](&finding);
        fit = say(&finding, language) && fit;
    }
    if (tsa != NULL) {
        struct finding finding = { 0 };

        look_at_authority(tsa, &finding);
        fit = say(&finding, language) && fit;
    }
    return fit ? EXIT_OK : EXIT_OUR_FAULT;
}

static const struct option options[] = {
    { "tsa",
      "URL",
      { .en = "does this RFC 3161 authority answer?", .ja = "この時刻認証局が答えるか" },
      false },
    OPTION_END,
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = { .en = "what this machine can and cannot do, and how to mend it",
                 .ja = "このマシンでできること・できないことと対処を表示" },
    .options = options,
    .example = "  hoshitori doctor\n  hoshitori doctor --tsa http://tsa.example/",
    .exits = "  0 fit for use  70 something necessary is missing",
    .main = doctor_main,
};
