#include "engine/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_WITHOUT_MEMORY_LIMIT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_WITHOUT_MEMORY_LIMIT 1
#endif
#endif

static enum status lower(__rlimit_resource_t resource, const char *name, rlim_t value,
                         struct error *reterr)
{
    struct rlimit now = { 0 };

    if (getrlimit(resource, &now) != 0) {
        return fail(reterr, STATUS_IO, "limit on %s: %s", name, strerror(errno));
    }
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value) {
        value = now.rlim_max;
    }
    now.rlim_cur = value;
    now.rlim_max = value;
    if (setrlimit(resource, &now) != 0) {
        return fail(reterr, STATUS_IO, "limit on %s: %s", name, strerror(errno));
    }
    return STATUS_OK;
}

static enum status enter_limits(const struct sandbox_limits *limits, struct error *reterr)
{
    TRY(lower(RLIMIT_CORE, "core dumps", 0, reterr));
    TRY(lower(RLIMIT_CPU, "processor time", limits->cpu_s, reterr));
    TRY(lower(RLIMIT_NOFILE, "open files", limits->files, reterr));
#ifndef SANDBOX_WITHOUT_MEMORY_LIMIT
    TRY(lower(RLIMIT_AS, "memory", (rlim_t) limits->memory_mib << 20, reterr));
#endif
#ifndef HOSHITORI_COVERAGE
    TRY(lower(RLIMIT_FSIZE, "file size", limits->file_size, reterr));
#endif
    return STATUS_OK;
}

/* Names, since a call that this architecture lacks is simply not there to be denied. */
static const char *const denied[] = {
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "mount",
    "umount2",
    "chroot",
    "pivot_root",
    "bpf",
    "kexec_load",
    "init_module",
    "reboot",
    "finit_module",
    "delete_module",
    "perf_event_open",
    "keyctl",
    "add_key",
    "request_key",
    "setns",
    "unshare",
    "userfaultfd",
    "swapon",
    "swapoff",
    "sethostname",
    "setuid",
    "setgid",
    "setresuid",
    "setresgid",
    "capset",
    "io_uring_setup",
    "openat2",
    "pidfd_send_signal",
    "pidfd_open",
    "pidfd_getfd",
    "tkill",
#ifndef HOSHITORI_COVERAGE
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "fchownat",
    "lchown",
    "truncate",
    "ftruncate",
    "creat",
    "mknod",
    "mknodat",
    "setxattr",
#endif
};

/* A signal to itself is how abort() ends a process; to anybody else there is nothing to say. */
static int deny_signals(scmp_filter_ctx filter)
{
    static const char *const calls[] = { "kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo" };
    int result = 0;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct scmp_arg_cmp other = { .arg = 0,
                                      .op = SCMP_CMP_NE,
                                      .datum_a = (scmp_datum_t) getpid() };
        int number = seccomp_syscall_resolve_name(calls[i]);

        if (number >= 0) {
            result |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 1, &other);
        }
    }
    return result;
}

#ifndef HOSHITORI_COVERAGE
/* Opening for reading stays possible: name services and trust anchors are files. */
static int deny_writing(scmp_filter_ctx filter)
{
    static const struct {
        const char *name;
        unsigned flags_argument;
    } calls[] = { { "open", 1 }, { "openat", 2 } };
    static const uint64_t writing[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
    int result = 0;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int number = seccomp_syscall_resolve_name(calls[i].name);

        for (size_t j = 0; number >= 0 && j < sizeof writing / sizeof writing[0]; j++) {
            struct scmp_arg_cmp flag = { .arg = calls[i].flags_argument,
                                         .op = SCMP_CMP_MASKED_EQ,
                                         .datum_a = writing[j],
                                         .datum_b = writing[j] };

            result |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 1, &flag);
        }
    }
    return result;
}
#else
static int deny_writing(scmp_filter_ctx filter)
{
    (void) filter;
    return 0;
}
#endif

static bool enter_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int result = 0;

    if (filter == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        int number = seccomp_syscall_resolve_name(denied[i]);

        if (number >= 0) {
            result |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 0, NULL);
        }
    }
    result |= deny_signals(filter);
    result |= deny_writing(filter);
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    return result == 0;
}

/* Root's own powers would open the parent's memory through /proc. */
static enum status drop_capabilities(struct error *reterr)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    if (syscall(SYS_capset, &header, none) != 0) {
        return fail(reterr, STATUS_IO, "dropping capabilities: %s", strerror(errno));
    }
    return STATUS_OK;
}

enum status sandbox_enter(const struct sandbox_limits *limits, struct sandbox_state *ret_state,
                          struct error *reterr)
{
    TRY(enter_limits(limits, reterr));
    TRY(drop_capabilities(reterr));
    ret_state->limits = true;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail(reterr, STATUS_IO, "no_new_privs: %s", strerror(errno));
    }
    ret_state->seccomp = enter_seccomp();
    return STATUS_OK;
}

bool sandbox_has_seccomp(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0 && seccomp_api_get() > 0;
}
