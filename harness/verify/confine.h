/* confine.h - gives up what a verification never needs: the network, other programs, other
 * processes.  The hoshitori-verify program has no code for them either; this holds even if a
 * hostile file were to take it over. */
#pragma once

/* For the rest of the process, in a way that cannot be taken back.  Where the kernel has no
 * seccomp filters (seccomp(2)) nothing changes: what is asked of the verifier needs none. */
void verify_confine(void);
