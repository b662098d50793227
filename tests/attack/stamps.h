/* stamps.h - trust stores that name time-stamping authorities, and tokens put into statements. */
#pragma once

#include "attack.h"
#include "support/tsa.h"

/* Seconds since 1970. */
static const int64_t march_2026 = 1772323200;   /* 2026-03-01 */
static const int64_t second_april = 1775088000; /* 2026-04-02 */
static const int64_t may_2026 = 1777593600;     /* 2026-05-01 */
static const int64_t tenth_may = 1778371200;    /* 2026-05-10 */
static const int64_t year_2027 = 1798761600;
static const int64_t february_2027 = 1801440000; /* 2027-02-01 */

/* Makes the store name authorities; `compromised` is since when the first is not to be believed. */
void trust_authorities(struct attempt *attempt, const struct tsa *const *authorities, size_t count,
                       struct world_store store, const char *compromised);
void trust_authority(struct attempt *attempt, const struct tsa *tsa);

void add_token(struct attempt *attempt, const char *name, const void *token, size_t length);

/* A token over the signature of `of`, put into `into`; over both statements of the vendor. */
void stamp_into(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how,
                const char *of, const char *into);

/* As `hoshitori timestamp` would: a token wherever it asks for one. */
void stamp_as_planned(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how);

void stamp_all(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how);
