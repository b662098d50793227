/* redact.h - a copy of a bundle with less in it, and a bundle as files.
 *
 * Codes "redact.*", "select.*" and those of the container, the disk and the outbox. */
#pragma once

#include "evidence/outbox.h"
#include "evidence/select.h"
#include "evidence/withhold.h"

/* Writes the bundle without content and salt of what was selected.  The copy is verified with the
 * same options before it gets its name; it must be the same manifest with just that withheld, and
 * must not be found to publish secrets ("redact.secret").
 * *ret_exit is the verifier's answer to the copy, VERIFY_OK or VERIFY_POLICY. */
enum status bundle_redact(const struct verified_bundle *bundle, const struct selection *selection,
                          const struct verify_options *options, const char *out_path,
                          enum verify_exit *ret_exit, struct error *reterr) MUST_CHECK;

/* Every file of the bundle, each compared once more with what the manifest promises. */
enum status bundle_unpack(const struct verified_bundle *bundle, struct outbox *outbox,
                          struct error *reterr) MUST_CHECK;

/* The salt of an entry that is shown. */
enum status bundle_salt(const struct verified_bundle *bundle, const char *id,
                        struct withhold_salt *ret_salt, struct error *reterr) MUST_CHECK;
