/* tls_lanes.h - picks one long list of suites over several connections at once.
 *
 * Picking one suite after another costs a round trip for each, however many connections the device
 * bears.  So a list that turns out to be long is cut into lanes by the kind of suite, as servers
 * order them, and the lanes are picked side by side.  Each lane also offers all that lies in the
 * lanes after it: as long as the server picks out of the lane itself, what it picked is known to
 * come before everything after it, and the lanes one after another are the server's order, seen and
 * not guessed.  A server that orders otherwise shows it by picking across; then what can be in
 * another order is picked once more, one by one, from what is accepted. */
#pragma once

#include "probe/tls_picker.h"

/* As tls_server_pick, for pickers of suites; side by side as far as the dialer's width goes. */
enum status tls_server_pick_side_by_side(struct asker *asker, struct picker *const pickers[],
                                         size_t count, struct error *reterr) MUST_CHECK;
