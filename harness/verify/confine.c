#include "verify/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#ifdef NATIVE

#define WORD(field) offsetof(struct seccomp_data, field)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA))

/* Refused with EPERM, not death: a library that merely tries is no attack. */
#define NO(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), REFUSE

static struct sock_filter program[] = {
    /* Calls of another architecture have other numbers, and so have those of x32 (bit 30). */
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WORD(arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
    REFUSE,
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WORD(nr)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x40000000U, 0, 1),
    REFUSE,
    NO(socket),
    NO(socketpair),
    NO(connect),
    NO(bind),
    NO(listen),
    NO(accept),
    NO(accept4),
    NO(sendto),
    NO(sendmsg),
    NO(sendmmsg),
    NO(recvfrom),
    NO(recvmsg),
    NO(recvmmsg),
    NO(execve),
    NO(execveat),
    NO(process_vm_readv),
    NO(process_vm_writev),
    /* A ring could do the same without making the calls. */
    NO(io_uring_setup),
    NO(io_uring_enter),
    NO(bpf),
    NO(userfaultfd),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

void verify_confine(void)
{
    const struct sock_fprog filter = { sizeof program / sizeof program[0], program };

    /* The kernel takes a filter only of who can no longer gain rights. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        (void) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
    }
}

#else

void verify_confine(void)
{
}

#endif
