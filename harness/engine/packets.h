/* packets.h - keeps the packets between this machine and the device, when the operator asks.
 *
 * A process of its own listens for the whole of one session of a run (until it ends or is
 * interrupted) and writes pcapng into a file of the journal's folder as it hears.  The right to
 * capture is used before its sandbox closes.  Declared secrets, and the temporary ones of checks
 * that change the device, are overwritten with the same number of 'X' in each packet, in each
 * whole form of channel/veil.h, though not through escapes of single characters; a piece of three
 * octets or more at a packet's edge counts.  What is left may still help somebody to log in
 * (tokens, hashes, texts in smaller pieces), so that the file is of class "secret" and never in a
 * published copy. */
#pragma once

#include "engine/journal.h"

enum {
    PACKETS_FILE_MAX = 64 << 20, /* then it stops, and says so */
    PACKETS_FRAME_MAX = 1 << 16,
};

struct packets;

/* UNSUPPORTED: capturing is not permitted here. */
enum status packets_allowed(const struct plan *plan, struct error *reterr) MUST_CHECK;

/* session counts from 1; run_seed is the run's. */
enum status packets_start(struct journal *journal, const struct plan *plan, uint64_t run_seed,
                          unsigned session, struct packets **ret_packets,
                          struct error *reterr) MUST_CHECK;

/* Lets it end and says in the log what it has: event "packets" {"path","session","size","packets",
 * "masked","lost","cut","whole"}.  NULL inside is allowed. */
enum status packets_stop(struct packets **packets, struct journal *journal,
                         struct error *reterr) MUST_CHECK;
void packets_done(struct packets **packets); /* for DEFER; ends it without a word */

/* After a kill: cuts a torn end off the session's file, if there is one, and says so in the log. */
enum status packets_recover(struct journal *journal, unsigned session,
                            struct error *reterr) MUST_CHECK;

/* "wire/packets.<session>.pcapng" */
enum { PACKETS_NAME_SIZE = 40 };
void packets_name(unsigned session, char room[PACKETS_NAME_SIZE]);
