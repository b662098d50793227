/* topic.h - topic names and topic filters: what a filter is, and which names it matches.
 *
 * Names come from the device and may be any bytes; filters come from a suite.
 * Source: MQTT 3.1.1 and MQTT 5.0 section 4.7. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { TOPIC_LENGTH_MAX = 65535 };

bool topic_filter_is_valid(const void *filter, size_t length);

/* A name that may be published to: no wildcard in it. */
bool topic_name_is_valid(const void *name, size_t length);

/* False when the filter is not valid.  A wildcard at the start does not match a name that
 * starts with '$' (section 4.7.2). */
bool topic_matches(const void *filter, size_t filter_length, const void *name, size_t name_length);
