/* verify_call.h - options that `verify` and the views share, and one call of the verifier. */
#pragma once

#include "cli/command.h"
#include "evidence/verify.h"

/* For a command's table; ends nothing. */
#define VERIFY_OPTIONS                                                                             \
    { "trust", "FILE", { .en = "the trust store to judge by", .ja = "信頼リスト" }, false },       \
        { "signer",                                                                                \
          "FILE.pub",                                                                              \
          { .en = "instead: the one public key to believe",                                        \
            .ja = "信頼リストの代わりに、信じる公開鍵1つ" },                                       \
          false },                                                                                 \
    {                                                                                              \
        "at", "TIME", { .en = "judge as of YYYY-MM-DDThh:mm:ssZ", .ja = "この時刻で判定" }, false  \
    }

struct verify_call {
    struct verify_options options;
    struct public_key signer;
};

/* Reads the shared options; the rest of call->options is the caller's. */
enum status verify_call_read(const struct arguments *arguments, struct verify_call *call,
                             struct error *reterr) MUST_CHECK;
