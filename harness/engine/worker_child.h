/* worker_child.h - the child's side of worker.h. */
#pragma once

#include "engine/worker.h"

/* Runs the order and says its lines to fd; never returns.
 *
 * Lines: {"kind":"sandbox",...} {"kind":"liveness","when","state","detail","tries"}
 * {"kind":"progress","done","total","waiting_s"} {"kind":"control","index","facts"}
 * {"kind":"login-attempt"} {"kind":"attempts-short","wanted","granted"}
 * {"kind":"asking","begins"} {"kind":"lever","lever","way","by","word","elapsed_ms","words"}
 * {"kind":"observation","facts"}
 * {"kind":"fault","status","message"}
 * {"kind":"transcript",...} {"kind":"end","owes"}: the device is not as it was */
_Noreturn void worker_child(const struct worker_order *order, int fd);
