/* verify_published.h - what a verifier looks for inside contents; for verify.c only.
 *
 * Of every capture (.pcapng) that is there, whether its blocks are sound; of all that every copy
 * shows, whether something is shaped like a secret; and whether keys lie where others read them. */
#pragma once

#include "evidence/pcapng.h"
#include "evidence/published.h"
#include "evidence/verify_private.h"

struct published_watch {
    struct verification *verification;
    const struct manifest_entry *entry; /* the one that is being read */
    bool is_text;
    bool is_capture;
    bool capture_broken;
    const char *secret_shown; /* path of the first entry of class "secret" that is there, or NULL */
    struct published published;
    struct pcapng pcapng;
};

/* Into the arena; `watch` is for manifest_match_watched. */
struct published_watch *published_watch_new(struct verification *verification,
                                            struct manifest_watch *watch);

/* After a match that was good: the checks "captures" and "published". */
void published_watch_judge(struct published_watch *watching);
