/* brute_force - how many wrong log-ins a day does the device look at?  Sends a few, in a
 * row, over new connections, side by side and with other names in between; measures delays,
 * locks and what comes after them; sees that the right log-in works afterwards.
 *
 * By hand: hoshitori probe brute_force --target 192.0.2.7:80 --param scheme=basic
 *          --param path=/admin --param user=admin --param attempts=12 */
#include "probe/probe.h"
#include "attack.h"
#include "base/clock.h"
#include "base/text.h"
#include "probe/web.h"

#include <stdio.h>

extern const struct probe probe_brute_force;

/* The lock-out stands with the mechanism that owns the accounts. */
static struct lockout lockout_of(const struct probe_call *call)
{
    const struct auth *auth = call->subject->auth;

    if (auth == NULL) {
        return (struct lockout){ 0 };
    }
    return auth->lockout.after > 0 ? auth->lockout
                                   : web_account_of(call->subject->profile, auth)->lockout;
}

static struct attack attack_begin(const struct probe_call *call)
{
    const struct profile *profile = call->subject->profile;
    const struct lockout lockout = lockout_of(call);
    unsigned wanted = (unsigned) probe_param_int(call, "attempts");
    unsigned granted = probe_attempts_grant(call, wanted);
    bool doubles = lockout.growth != NULL && text_equal(lockout.growth, "doubling");

    return (struct attack){
        .call = call,
        .budget = granted,
        .shortened = granted < wanted,
        .lanes = profile != NULL && profile->limits.fragile
                     ? 1
                     : (unsigned) probe_param_int(call, "connections"),
        .locks = (unsigned) probe_param_int(call, "locks"),
        .lock_max = probe_param_int(call, "lock_max_s") * 1000,
        .slow_max = probe_param_int(call, "slow_max_s") * 1000,
        .doubling_max_ms = doubles ? (int64_t) lockout.max_s * 1000 : 0,
        .random = call->seed,
        .said_s = -1,
        .first_said_s = -1,
    };
}

static void siblings_set(struct probe_call *call, const struct attack *attack)
{
    json_t *locked = json_array();
    json_t *open = json_array();

    for (size_t i = 0; i < attack->sibling_count; i++) {
        const struct sibling *sibling = &attack->siblings[i];
        const char *id = sibling->subject.auth->id;

        if (sibling->word == ATTEMPT_LOCKED || sibling->word == ATTEMPT_CLOSED) {
            probe_list_add_text(locked, id);
        } else if (sibling->word != ATTEMPT_UNCLEAR) {
            probe_list_add_text(open, id);
        }
    }
    probe_fact_json(call, "other_ways_locked", locked);
    probe_fact_json(call, "other_ways_open", open);
}

static void kind_set(struct probe_call *call, const struct attack *attack)
{
    bool seen = attack->locked && !attack->mute;
    enum limit limit = limit_of_delays(attack->delays_ms, attack->delay_count, NOISE_MS);
    enum scope scope = seen
                           ? scope_of(attack->tried[WAY_RECONNECT], attack->bypassed[WAY_RECONNECT],
                                      attack->others_tried, attack->others_locked)
                           : SCOPE_UNKNOWN;

    if (attack->locked) {
        limit = limit_of_locks(attack->cycles, attack->cycle_count);
    }
    if (attack->answered > 0) {
        probe_fact_text(call, "limit", limit_word(limit));
    }
    if (scope_word(scope) != NULL) {
        probe_fact_text(call, "limit_of", scope_word(scope));
    }
    if (seen && attack->sibling_count > 0) {
        siblings_set(call, attack);
    }
}

static void limits_set(struct probe_call *call, const struct attack *attack)
{
    bool grows = attack->delay_growth != GROWTH_NONE;

    probe_fact_bool(call, "locked", attack->locked);
    if (attack->locked) {
        probe_fact_int(call, "locked_after", attack->locked_after);
        probe_fact_bool(call, "lock_announced", !attack->mute);
    }
    if (attack->cycle_count > 0) {
        json_t *locks = json_array();

        for (size_t i = 0; i < attack->cycle_count; i++) {
            probe_list_add(locks, json_integer((attack->cycles[i].lock_ms + 999) / 1000));
        }
        probe_fact_int(call, "lock_seconds", (attack->cycles[0].lock_ms + 999) / 1000);
        probe_fact_json(call, "locks_seconds", locks);
    }
    if (attack->first_said_s >= 0) {
        probe_fact_int(call, "retry_after_s", attack->first_said_s);
        if (attack->right_after && !attack->said_untrue) {
            probe_fact_bool(call, "right_login_in_lock", attack->right_before_until);
        }
    }
    if (attack->locked && !attack->mute && attack->tried[WAY_RECONNECT]) {
        probe_fact_bool(call, "reconnect_resets", attack->bypassed[WAY_RECONNECT]);
    } else if (grows && attack->rate_guesses[WAY_RECONNECT] > 0) {
        int64_t each_ms = attack->rate_ms[WAY_RECONNECT] / attack->rate_guesses[WAY_RECONNECT];

        probe_fact_bool(call, "reconnect_resets",
                        2 * each_ms < attack->delays_ms[attack->delay_count - 1]);
    }
    if (attack->locked && !attack->mute && attack->others_tried) {
        probe_fact_bool(call, "other_names_locked", attack->others_locked);
    }
}

/* Does asking side by side get more looked at than one after the other? */
static void parallel_set(struct probe_call *call, const struct attack *attack)
{
    double rates[WAY_COUNT] = { 0 };

    for (size_t way = 0; way < WAY_COUNT; way++) {
        int64_t ms = attack->rate_ms[way] > 0 ? attack->rate_ms[way] : 1;

        rates[way] = (double) attack->rate_guesses[way] / (double) ms;
    }
    if (attack->locked && !attack->mute && attack->tried[WAY_PARALLEL]) {
        bool more = attack->cycle_count > 2 && !attack->cycles[1].after_reset &&
                    attack->cycles[1].guesses > attack->cycles[2].guesses;

        probe_fact_bool(call, "parallel_helps", attack->bypassed[WAY_PARALLEL] || more);
    } else if (!attack->locked && rates[WAY_PARALLEL] > 0 && rates[WAY_SERIAL] > 0) {
        probe_fact_bool(call, "parallel_helps", rates[WAY_PARALLEL] > 1.5 * rates[WAY_SERIAL]);
    }
}

static void day_set(struct probe_call *call, const struct attack *attack)
{
    struct day day = attack_day(attack);
    long long pool = probe_param_int(call, "pool");
    long long length = probe_param_int(call, "length");

    if (attack->answered == 0 || attack->accepted > 0) {
        return;
    }
    probe_fact_int(call, "guesses_per_day", day.guesses);
    probe_fact_text(call, "guesses_bound", bound_word(day.bound));
    if (pool > 0 && length > 0) {
        probe_fact_int(call, "days_to_half",
                       days_to_half((unsigned) pool, (unsigned) length, day.guesses));
    }
    if (pool > 0 && length > 0 && attack->locked) {
        probe_fact_int(call, "chance_before_lock_ppb",
                       chance_ppb((unsigned) pool, (unsigned) length, attack->locked_after));
    }
}

/* Everything that was to be done was done, and the account is as it was. */
static bool is_complete(const struct attack *attack)
{
    bool all_ways = attack->locked || (attack->tried[WAY_SERIAL] && attack->tried[WAY_RECONNECT] &&
                                       (attack->tried[WAY_PARALLEL] || attack->lanes < 2));

    return attack->right_before && attack->right_after && attack->answered > 0 && all_ways &&
           attack->accepted == 0 && attack->unclear == 0 && !attack->out_of_time;
}

static void facts_set(struct probe_call *call, const struct attack *attack)
{
    const struct lockout lockout = lockout_of(call);
    json_t *ways = json_array();

    for (enum way way = 0; way < WAY_COUNT; way++) {
        if (attack->tried[way]) {
            probe_list_add_text(ways, way_word(way));
        }
    }
    probe_fact_json(call, "ways", ways);
    probe_fact_int(call, "attempts", attack->sent);
    probe_fact_int(call, "answered", attack->answered);
    probe_fact_int(call, "wrong_accepted", attack->accepted);
    probe_fact_int(call, "waited_s", attack->waited_ms / 1000);
    probe_fact_bool(call, "complete", is_complete(attack));
    probe_fact_bool(call, "reaches_declared_lock",
                    lockout.after == 0 || attack->locked || attack->answered >= lockout.after);
    if (attack->delay_count > 0) {
        probe_fact_int(call, "delay_first_ms", attack->delays_ms[0]);
        probe_fact_int(call, "delay_last_ms", attack->delays_ms[attack->delay_count - 1]);
        probe_fact_text(call, "delay_growth", growth_word(attack->delay_growth));
    }
    if (attack->right != NULL) {
        probe_fact_bool(call, "right_login_before", attack->right_before);
        probe_fact_bool(call, "right_login_after", attack->right_after);
        probe_fact_bool(call, "account_left_locked", attack->left_locked);
    }
    if (attack->detail[0] != '\0') {
        probe_fact_text(call, "detail", attack->detail);
    }
    limits_set(call, attack);
    kind_set(call, attack);
    parallel_set(call, attack);
    day_set(call, attack);
}

static enum status walk(struct attack *attack, struct error *reterr)
{
    int64_t refused_ms = 0;

    if (attack->right != NULL) {
        TRY(attack_recover(attack, &refused_ms, &attack->right_before, reterr));
        attack->waited_ms = 0;
        /* Guesses on an account that does not work as declared would prove nothing. */
        if (!attack->right_before) {
            attack->left_locked = true;
            return STATUS_OK;
        }
    }
    /* A limit that counts every log-in begins with the right one. */
    attack->first_ms = clock_monotonic_ms();
    attack->last_ms = attack->first_ms;
    return attack_run(attack, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct attack attack = attack_begin(call);
    const struct auth *auth = call->subject->auth;
    const struct credential *credential =
        web_credential(call->subject->profile, auth, probe_param_text(call, "role"));
    const char *user = probe_param_text(call, "user");
    struct candidate right = { .label = "declared", .is_secret = true };
    enum status status;

    attack.setting = mechanism_setting_read(call);
    attack.arena = arena;
    attack.mechanism = mechanism_find(attack.setting.scheme);
    if (attack.mechanism == NULL) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not built in",
                    attack.setting.scheme);
    }
    if (credential != NULL) {
        right.user = credential->user;
        right.password = secret_reveal(&credential->secret);
        attack.right = &right;
    }
    attack.user = user != NULL ? user : credential != NULL ? credential->user : "admin";
    probe_fact_text(call, "mechanism", attack.setting.scheme);
    status = attack.mechanism->open(&attack.setting, arena, &attack.state, reterr);
    if (status == STATUS_OK) {
        status = walk(&attack, reterr);
    }
    if (status == STATUS_OK) {
        facts_set(call, &attack);
    }
    if (attack.state != NULL) {
        attack.mechanism->close(attack.state);
    }
    attack_siblings_close(&attack);
    return status;
}

static const char *const scheme_choices[] = { "form", "basic", "digest", "telnet",
                                              "mqtt", "ssh",   NULL };

static const struct param params[] = {
    { .name = "attempts",
      .type = FACT_INT,
      .help = "The most wrong log-ins, other names and ways included; less where "
              "limits.brute_force_attempts of the profile is less.",
      .fallback = "30",
      .minimum = 6,
      .maximum = GUESSES_MAX },
    { .name = "connections",
      .type = FACT_INT,
      .help = "The most connections side by side; 1: not tried, as with a fragile device.",
      .fallback = "5",
      .minimum = 1,
      .maximum = LANES_MAX },
    { .name = "locks",
      .type = FACT_INT,
      .help = "How many locks are provoked, one after the other.",
      .fallback = "3",
      .minimum = 1,
      .maximum = CYCLES_MAX },
    { .name = "lock_max_s",
      .type = FACT_INT,
      .help = "How long locks are waited for, all together; no further lock is provoked that "
              "would not fit.",
      .fallback = "150",
      .minimum = 0,
      .maximum = 280 },
    { .name = "slow_max_s",
      .type = FACT_INT,
      .help = "How long one way of guessing may take while there is no lock.",
      .fallback = "40",
      .minimum = 1,
      .maximum = 120 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one exchange may take.",
      .fallback = "60000",
      .minimum = 100,
      .maximum = 120000 },
    { .name = "pool",
      .type = FACT_INT,
      .help = "Characters to choose from, for days_to_half; 0: not computed.",
      .fallback = "0",
      .minimum = 0,
      .maximum = 1000 },
    { .name = "length",
      .type = FACT_INT,
      .help = "Characters in a password, for days_to_half.",
      .fallback = "0",
      .minimum = 0,
      .maximum = 100 },
    { .name = "role", .type = FACT_TEXT, .help = "Whose account; the first declared one if none." },
    MECHANISM_PARAMS_BY_HAND(scheme_choices),
    { .name = "user",
      .type = FACT_TEXT,
      .help = "The account's name instead of the declared one; by hand, admin if none." },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "attempts",
      .type = FACT_INT,
      .help = "Wrong log-ins sent, those with other names included." },
    { .name = "answered",
      .type = FACT_INT,
      .help = "Wrong log-ins on the account that were answered as wrong." },
    { .name = "wrong_accepted", .type = FACT_INT, .help = "Wrong log-ins that were let in." },
    { .name = "ways",
      .type = FACT_TEXTS,
      .help = "How it was tried: serial, reconnect, parallel, users." },
    { .name = "locked",
      .type = FACT_BOOL,
      .help = "Log-ins were not looked at for a time: the device said so, took no connection, or "
              "refused the right one." },
    { .name = "locked_after",
      .type = FACT_INT,
      .help = "Wrong log-ins answered before the first lock; the most it can be when the lock "
              "was not announced; 0 when the right log-in before them used up what is allowed." },
    { .name = "lock_announced",
      .type = FACT_BOOL,
      .help = "A locked answer can be told from a wrong one." },
    { .name = "lock_seconds", .type = FACT_INT, .help = "How long the first lock lasted." },
    { .name = "locks_seconds", .type = FACT_INTS, .help = "The same of each lock in turn." },
    { .name = "right_login_in_lock",
      .type = FACT_BOOL,
      .help = "The right log-in was accepted before the end that the device had announced for its "
              "lock: how long that holds is not known." },
    { .name = "retry_after_s",
      .type = FACT_INT,
      .help = "What the first locked answer said (RFC 9110 section 10.2.3)." },
    { .name = "other_names_locked",
      .type = FACT_BOOL,
      .help = "Another user's name was locked with the account." },
    { .name = "limit",
      .type = FACT_TEXT,
      .help = "What holds guesses back: none, delay, burst (some are quick, all after them equally "
              "slow), growing delay, lock, growing lock." },
    { .name = "limit_of",
      .type = FACT_TEXT,
      .help = "Whom an announced lock holds back: connection, account, or source (every name "
              "from here)." },
    { .name = "other_ways_locked",
      .type = FACT_TEXTS,
      .help = "Ids of the account's other mechanisms that were locked with this one; only after an "
              "announced lock." },
    { .name = "other_ways_open",
      .type = FACT_TEXTS,
      .help = "Ids of those that looked at a wrong log-in meanwhile." },
    { .name = "delay_first_ms",
      .type = FACT_INT,
      .help = "How long the first wrong log-in in a row took." },
    { .name = "delay_last_ms", .type = FACT_INT, .help = "The same of the last one." },
    { .name = "delay_growth",
      .type = FACT_TEXT,
      .help = "How the answers got slower: none, step, linear, exponential." },
    { .name = "parallel_helps",
      .type = FACT_BOOL,
      .help = "Several connections got clearly more guesses looked at than one." },
    { .name = "reconnect_resets",
      .type = FACT_BOOL,
      .help = "A new connection was free of the lock or the delay; only when there was one." },
    { .name = "guesses_per_day",
      .type = FACT_INT,
      .help = "Wrong log-ins on one account that the device would look at in 24 hours by this "
              "mechanism, in the fastest way seen." },
    { .name = "guesses_bound",
      .type = FACT_TEXT,
      .help = "What that rests on: measured; extrapolated, a declared doubling that was seen to "
              "begin; at_most, not everything was seen and the true figure may be lower." },
    { .name = "days_to_half",
      .type = FACT_INT,
      .help = "pool^length / (guesses_per_day x 2): Singapore's CLS, CCC SP-151-4A." },
    { .name = "chance_before_lock_ppb",
      .type = FACT_INT,
      .help =
          "The chance, in 1/1,000,000,000 and rounded up, that the guesses before the first lock "
          "hit one of pool^length passwords: the same document's measure for blocking." },
    { .name = "reaches_declared_lock",
      .type = FACT_BOOL,
      .help = "False: the profile declares a lock after more wrong log-ins than were sent." },
    { .name = "right_login_before",
      .type = FACT_BOOL,
      .help = "The declared credentials were accepted before the first wrong log-in." },
    { .name = "right_login_after",
      .type = FACT_BOOL,
      .help = "They were accepted at the end, after waiting for a lock if need be." },
    { .name = "account_left_locked",
      .type = FACT_BOOL,
      .help = "They were not: the lock outlasted the waiting." },
    { .name = "waited_s", .type = FACT_INT, .help = "Seconds spent waiting for locks to end." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every way was gone in time, every answer was clear, and the right log-in worked "
              "before and after." },
    { .name = "mechanism",
      .type = FACT_TEXT,
      .help = "How it was tried: form, basic, digest, telnet, mqtt." },
    { .name = "detail",
      .type = FACT_TEXT,
      .help = "What the last answer that was no plain acceptance or refusal looked like." },
    FACT_END,
};

const struct probe probe_brute_force = {
    .decl = {
        .name = "brute_force",
        .summary = { .ja = "誤ったログインを重ね、遅延・ロック・回復を測る",
                     .en = "Repeats wrong log-ins and measures delays, locks and recovery" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 300000,
        .own_attempts = "attempts",
    },
    .run = run,
};
