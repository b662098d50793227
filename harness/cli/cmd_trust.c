/* trust - whose signatures count: makes, changes and shows a trust store. */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/suites.h"
#include "cli/trust_change.h"
#include "cli/trust_view.h"
#include "engine/dossier.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <string.h>

enum { DAYS_OF_A_STORE = 365, DAYS_OF_A_KEY = 3 * 365 };

static enum status refuse(const struct trust_change *change, const char *missing,
                          struct error *reterr)
{
    return fail(reterr, STATUS_USAGE, "trust %s needs --%s (see hoshitori trust --help)",
                argument_positional(change->arguments, 0), missing);
}

static enum status need(const struct trust_change *change, const char *option,
                        const char **ret_text, struct error *reterr)
{
    *ret_text = argument_text(change->arguments, option);
    return *ret_text != NULL ? STATUS_OK : refuse(change, option, reterr);
}

/* ---- policy ---- */

static enum status take_yes(const struct trust_change *change, const char *option, bool *ret_flag,
                            bool *ret_any, struct error *reterr)
{
    const char *text = argument_text(change->arguments, option);

    if (text == NULL) {
        return STATUS_OK;
    }
    *ret_any = true;
    *ret_flag = text_equal(text, "yes");
    return *ret_flag || text_equal(text, "no")
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE, "--%s is yes or no, not '%s'", option, text);
}

static enum status take_count(const struct trust_change *change, const char *option,
                              unsigned maximum, uint32_t *ret_count, bool *ret_any,
                              struct error *reterr)
{
    const char *text = argument_text(change->arguments, option);
    unsigned long long count = 0;

    if (text == NULL) {
        return STATUS_OK;
    }
    if (text_to_unsigned(text, maximum, &count) != STATUS_OK || count == 0) {
        return fail(reterr, STATUS_USAGE, "--%s is a number from 1 to %u, not '%s'", option,
                    maximum, text);
    }
    *ret_any = true;
    *ret_count = (uint32_t) count;
    return STATUS_OK;
}

static enum status take_waivers(const struct trust_change *change, struct trust_policy *policy,
                                bool *ret_any, struct error *reterr)
{
    const char *at = argument_text(change->arguments, "accept-waivers-of");

    if (at == NULL) {
        return STATUS_OK;
    }
    *ret_any = true;
    memset(policy->accept_waivers_of, 0, sizeof policy->accept_waivers_of);
    while (!text_equal(at, "nobody") && *at != '\0') {
        const size_t length = strcspn(at, ",");
        const char *word = arena_text_n(change->arena, at, length);
        enum trust_role role;

        if (!trust_role_from_word(word, &role)) {
            return fail(reterr, STATUS_USAGE, "'%s' is not vendor, evaluator or authority", word);
        }
        policy->accept_waivers_of[role] = true;
        at += length + (at[length] == ',');
    }
    return STATUS_OK;
}

static enum status take_policy(const struct trust_change *change, struct trust_policy *policy,
                               bool *ret_any, struct error *reterr)
{
    const char *from = argument_text(change->arguments, "pq-required-from");
    const char *time = NULL;

    TRY(take_yes(change, "require-evaluator", &policy->require_evaluator, ret_any, reterr));
    TRY(take_yes(change, "require-timestamp", &policy->require_timestamp, ret_any, reterr));
    TRY(take_yes(change, "require-all-examined", &policy->require_all_examined, ret_any, reterr));
    TRY(take_yes(change, "require-conformant", &policy->require_conformant, ret_any, reterr));
    TRY(take_count(change, "organisations", TRUST_KEYS_MAX, &policy->organisations, ret_any,
                   reterr));
    TRY(take_waivers(change, policy, ret_any, reterr));
    if (from == NULL) {
        return STATUS_OK;
    }
    *ret_any = true;
    policy->pq_required = !text_equal(from, "never");
    if (!policy->pq_required) {
        return STATUS_OK;
    }
    TRY(trust_change_time(change, "pq-required-from", 0, &time, reterr));
    return json_strict_time(time, &policy->pq_required_from)
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE, "--pq-required-from is no time");
}

/* ---- verbs ---- */

static enum status add_roots(struct trust_change *change, struct error *reterr)
{
    const char *path;

    for (size_t i = 0; (path = argument_nth(change->arguments, "root", i)) != NULL; i++) {
        struct public_key root;

        TRY(public_key_load(path, &root, reterr));
        TRY(trust_draft_add_root(change->payload, &root, reterr));
    }
    return STATUS_OK;
}

static enum status set_threshold(struct trust_change *change, struct error *reterr)
{
    uint32_t threshold = 0;
    bool given = false;

    TRY(take_count(change, "threshold", TRUST_ROOTS_MAX, &threshold, &given, reterr));
    return given ? trust_draft_threshold(change->payload, threshold, reterr) : STATUS_OK;
}

static enum status verb_new(struct trust_change *change, struct error *reterr)
{
    struct trust_draft draft = { .created = change->now };
    bool any = false;

    TRY(need(change, "id", &draft.id, reterr));
    TRY(trust_change_time(change, "expires", DAYS_OF_A_STORE, &draft.expires, reterr));
    TRY(take_policy(change, &draft.policy, &any, reterr));
    draft.root = &change->keys[0].public_half;
    TRY(trust_draft_new(&draft, &change->payload, reterr));
    for (size_t i = 1; i < change->key_count; i++) {
        TRY(trust_draft_add_root(change->payload, &change->keys[i].public_half, reterr));
    }
    TRY(add_roots(change, reterr));
    TRY(set_threshold(change, reterr));
    return trust_change_save(change, reterr);
}

static enum status add_member(struct trust_change *change, struct error *reterr)
{
    DEFER(bytes_done) struct bytes spki = bytes_bounded(TRUST_SPKI_MAX);
    const struct arguments *arguments = change->arguments;
    const char *path = argument_text(arguments, "member");
    struct trust_member member = { .spki = &spki,
                                   .corporate_number =
                                       argument_text(arguments, "corporate-number") };
    const char *role = NULL;

    TRY(need(change, "role", &role, reterr));
    TRY(need(change, "organisation", &member.organisation, reterr));
    if (!trust_role_from_word(role, &member.role)) {
        return fail(reterr, STATUS_USAGE, "--role is vendor, evaluator or authority, not '%s'",
                    role);
    }
    member.name =
        argument_given(arguments, "name") ? argument_text(arguments, "name") : member.organisation;
    TRY(trust_change_time(change, "from", 0, &member.not_before, reterr));
    TRY(trust_change_time(change, "until", DAYS_OF_A_KEY, &member.not_after, reterr));
    TRY(trust_pem_load(path, "PUBLIC KEY", &spki, reterr));
    return trust_draft_add(change->payload, &member, reterr);
}

static enum status add_authority(struct trust_change *change, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(TRUST_CERTIFICATE_MAX);
    const struct arguments *arguments = change->arguments;
    struct trust_authority_member member = {
        .organisation = argument_text(arguments, "organisation"),
        .corporate_number = argument_text(arguments, "corporate-number"),
        .certificate = &der,
    };

    TRY(need(change, "name", &member.name, reterr));
    if (argument_given(arguments, "from")) {
        TRY(trust_change_time(change, "from", 0, &member.not_before, reterr));
    }
    if (argument_given(arguments, "until")) {
        TRY(trust_change_time(change, "until", 0, &member.not_after, reterr));
    }
    TRY(trust_pem_load(argument_text(arguments, "tsa"), "CERTIFICATE", &der, reterr));
    return trust_draft_add_authority(change->payload, &member, reterr);
}

/* As a run records it. */
static enum status suite_digest(const char *path, struct arena *arena, struct digest *ret_digest,
                                struct error *reterr)
{
    struct suite *suite = NULL;

    TRY(suites_open(path, arena, &suite, reterr));
    return dossier_suite_digest(suite, ret_digest, reterr);
}

static enum status add_digests(struct trust_change *change, const char *option, const char *list,
                               struct error *reterr)
{
    const char *text;

    for (size_t i = 0; (text = argument_nth(change->arguments, option, i)) != NULL; i++) {
        struct digest digest;

        if (!digest_from_hex(text, &digest)) {
            if (text_equal(option, "harness")) {
                return fail(reterr, STATUS_USAGE,
                            "--harness is a SHA-256 in 64 lower-case hex digits, not '%s'", text);
            }
            TRY(suite_digest(text, change->arena, &digest, reterr));
        }
        TRY(trust_draft_trust_digest(change->payload, list, &digest, reterr));
    }
    return STATUS_OK;
}

static enum status verb_add(struct trust_change *change, struct error *reterr)
{
    const struct arguments *arguments = change->arguments;
    const bool member = argument_given(arguments, "member");
    const bool authority = argument_given(arguments, "tsa");

    if (member && authority) {
        return fail(reterr, STATUS_USAGE, "--member and --tsa are two changes");
    }
    if (!member && !authority && !argument_given(arguments, "suite") &&
        !argument_given(arguments, "harness")) {
        return fail(reterr, STATUS_USAGE, "trust add needs --member, --tsa, --suite or --harness");
    }
    TRY(trust_change_open(change, reterr));
    if (member) {
        TRY(add_member(change, reterr));
    }
    if (authority) {
        TRY(add_authority(change, reterr));
    }
    TRY(add_digests(change, "suite", "suites", reterr));
    TRY(add_digests(change, "harness", "harnesses", reterr));
    return trust_change_save(change, reterr);
}

/* Without a policy, the same store is signed for another year. */
static enum status verb_policy(struct trust_change *change, struct error *reterr)
{
    struct trust_policy policy;
    bool any = false;

    TRY(trust_change_open(change, reterr));
    policy = change->old->policy;
    TRY(take_policy(change, &policy, &any, reterr));
    if (any) {
        TRY(trust_draft_policy(change->payload, &policy, reterr));
    }
    return trust_change_save(change, reterr);
}

static enum status verb_rotate(struct trust_change *change, struct error *reterr)
{
    const struct arguments *arguments = change->arguments;
    const char *keyid;

    if (!argument_given(arguments, "root") && !argument_given(arguments, "remove-root") &&
        !argument_given(arguments, "threshold")) {
        return fail(reterr, STATUS_USAGE,
                    "trust rotate needs --root, --remove-root or --threshold");
    }
    TRY(trust_change_open(change, reterr));
    TRY(add_roots(change, reterr));
    for (size_t i = 0; (keyid = argument_nth(arguments, "remove-root", i)) != NULL; i++) {
        TRY(trust_draft_remove_root(change->payload, keyid, reterr));
    }
    TRY(set_threshold(change, reterr));
    return trust_change_save(change, reterr);
}

static enum status verb_revoke(struct trust_change *change, struct error *reterr)
{
    const char *keyid = NULL;
    const char *reason = NULL;
    const char *at = NULL;

    TRY(need(change, "keyid", &keyid, reterr));
    TRY(need(change, "reason", &reason, reterr));
    if (strcasestr(reason, "compromi") != NULL && !text_equal(reason, "compromise")) {
        /* Another spelling would withdraw belief only from what is signed from then on. */
        return fail(reterr, STATUS_USAGE, "--reason is spelt compromise, not '%.40s'", reason);
    }
    TRY(trust_change_time(change, "at", 0, &at, reterr));
    TRY(trust_change_open(change, reterr));
    TRY(trust_draft_revoke(change->payload, keyid, at, reason, reterr));
    return trust_change_save(change, reterr);
}

static enum status verb_show(struct trust_change *change, struct error *reterr)
{
    return trust_view(change->path, argument_given(change->arguments, "json"),
                      argument_language(change->arguments), change->now_ms, change->arena, reterr);
}

/* ---- which verb takes what ---- */

#define OF_A_CHANGE "key expires out draft "
#define OF_A_POLICY                                                                                \
    "require-evaluator require-timestamp require-all-examined require-conformant organisations "   \
    "pq-required-from accept-waivers-of "

static const struct verb {
    const char *name;
    const char *options; /* each followed by a blank */
    bool signs;
    enum status (*run)(struct trust_change *change, struct error *reterr);
} verbs[] = {
    { "new", OF_A_CHANGE OF_A_POLICY "id root threshold ", true, verb_new },
    { "add",
      OF_A_CHANGE "member role name organisation corporate-number from until tsa suite harness ",
      true, verb_add },
    { "policy", OF_A_CHANGE OF_A_POLICY, true, verb_policy },
    { "rotate", OF_A_CHANGE "root remove-root threshold ", true, verb_rotate },
    { "revoke", OF_A_CHANGE "keyid at reason ", true, verb_revoke },
    { "sign", "key old ", true, trust_change_countersign },
    { "show", "json ", false, verb_show },
};

static bool takes(const struct verb *verb, const char *option)
{
    const size_t length = strlen(option);

    for (const char *at = verb->options; (at = strstr(at, option)) != NULL; at += length) {
        if ((at == verb->options || at[-1] == ' ') && at[length] == ' ') {
            return true;
        }
    }
    return false;
}

static enum status check_options(const struct verb *verb, const struct arguments *arguments,
                                 struct error *reterr)
{
    const struct option *option = argument_command(arguments)->options;

    for (; option->name != NULL; option++) {
        if (argument_given(arguments, option->name) && !takes(verb, option->name)) {
            return fail(reterr, STATUS_USAGE, "trust %s does not take --%s", verb->name,
                        option->name);
        }
    }
    if (verb->signs && !argument_given(arguments, "key") && !argument_given(arguments, "draft")) {
        return fail(reterr, STATUS_USAGE, "trust %s needs a root key: --key FILE", verb->name);
    }
    if (text_equal(verb->name, "new") && !argument_given(arguments, "key")) {
        return fail(reterr, STATUS_USAGE, "trust new needs a root key: --key FILE");
    }
    return STATUS_OK;
}

static int trust_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(trust_change_done)
    struct trust_change change = { .arguments = arguments,
                                   .arena = arena,
                                   .path = argument_positional(arguments, 1),
                                   .now_ms = clock_wall_ms() };
    const char *word = argument_positional(arguments, 0);
    char now[CLOCK_TEXT_SIZE];
    struct error error = { 0 };

    clock_text(change.now_ms, now);
    change.now = now;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (!text_equal(word, verbs[i].name)) {
            continue;
        }
        if (check_options(&verbs[i], arguments, &error) != STATUS_OK ||
            trust_change_keys(&change, &error) != STATUS_OK ||
            verbs[i].run(&change, &error) != STATUS_OK) {
            return exit_with(&error);
        }
        return EXIT_OK;
    }
    return exit_saying(STATUS_USAGE,
                       "trust new, add, policy, rotate, revoke, sign or show; not '%s'", word);
}

static const struct option options[] = {
    { "key",
      "FILE",
      { .en = "a root's private key to sign with", .ja = "署名に使う根の秘密鍵" },
      true },
    { "expires",
      "DATE",
      { .en = "the store's end (default: in a year)", .ja = "リストの期限(既定: 1年後)" },
      false },
    { "out",
      "FILE",
      { .en = "write here, leave the old file", .ja = "元のファイルを残し、ここへ書く" },
      false },
    { "draft",
      "FILE",
      { .en = "write what others have still to sign", .ja = "他の人の署名を待つ下書き" },
      false },
    { "old",
      "FILE",
      { .en = "sign: the store in use, to compare", .ja = "sign: 使用中のリストと比べる" },
      false },
    { "id", "ID", { .en = "new: the store's name", .ja = "new: リストの名前" }, false },
    { "root",
      "FILE.pub",
      { .en = "new, rotate: one root key more", .ja = "new, rotate: 加える根の公開鍵" },
      true },
    { "remove-root",
      "KEYID",
      { .en = "rotate: a root key to take out", .ja = "rotate: 外す根の鍵ID" },
      true },
    { "threshold",
      "N",
      { .en = "how many root keys must sign", .ja = "署名が必要な根の鍵の数" },
      false },
    { "member",
      "FILE.pub",
      { .en = "add: a signer's public key", .ja = "add: 署名者の公開鍵" },
      false },
    { "role", "ROLE", { .en = "vendor, evaluator, authority", .ja = "役割" }, false },
    { "name", "NAME", { .en = "what to call the key", .ja = "鍵の呼び名" }, false },
    { "organisation", "NAME", { .en = "whose key it is", .ja = "鍵を持つ組織" }, false },
    { "corporate-number", "N", { .en = "its corporate number", .ja = "法人番号" }, false },
    { "from", "DATE", { .en = "valid from (default: now)", .ja = "有効開始(既定: 今)" }, false },
    { "until",
      "DATE",
      { .en = "valid until (default: in 3 years)", .ja = "有効期限(既定: 3年後)" },
      false },
    { "tsa",
      "CERT.pem",
      { .en = "add: a timestamp authority", .ja = "add: 時刻認証局の証明書" },
      false },
    { "suite",
      "SHA256|DIR",
      { .en = "add: a test suite to trust", .ja = "add: 認める検査スイート" },
      true },
    { "harness",
      "SHA256",
      { .en = "add: a harness to trust", .ja = "add: 認める試験ツール" },
      true },
    { "require-evaluator",
      "yes|no",
      { .en = "an independent evaluation", .ja = "第三者評価を要する" },
      false },
    { "require-timestamp",
      "yes|no",
      { .en = "a trusted time of signing", .ja = "時刻証明を要する" },
      false },
    { "require-all-examined",
      "yes|no",
      { .en = "an evaluator who saw everything", .ja = "評価者が全てを見ることを要する" },
      false },
    { "require-conformant",
      "yes|no",
      { .en = "conformant, or waived as accepted", .ja = "適合か、認める免除を要する" },
      false },
    { "organisations",
      "N",
      { .en = "so many organisations must sign", .ja = "署名が必要な組織の数" },
      false },
    { "pq-required-from",
      "DATE|never",
      { .en = "a post-quantum signature too", .ja = "この日から耐量子署名も要する" },
      false },
    { "accept-waivers-of",
      "ROLES",
      { .en = "roles with commas, or nobody", .ja = "免除を認める役割(コンマ区切り)かnobody" },
      false },
    { "keyid", "KEYID", { .en = "revoke: the key", .ja = "revoke: 失効させる鍵ID" }, false },
    { "at", "DATE", { .en = "revoke: from when (default: now)", .ja = "revoke: いつから" }, false },
    { "reason",
      "WORD",
      { .en = "revoke: compromise, superseded ...", .ja = "revoke: 理由 (compromise など)" },
      false },
    { "json", NULL, { .en = "show: as JSON", .ja = "show: JSONで出力" }, false },
    OPTION_END,
};

const struct command command_trust = {
    .name = "trust",
    .summary = { .en = "makes, changes and shows a trust store: whose signatures count",
                 .ja = "信頼リスト(誰の署名を認めるか)の作成・変更・表示" },
    .positionals = "new|add|policy|rotate|revoke|sign|show FILE",
    .positional_least = 2,
    .positional_most = 2,
    .options = options,
    .about = { .en = "Every change makes the next version, signed by enough root keys, and takes "
                     "the\n"
                     "old file's place at once. Changes of root keys need enough of the old and of "
                     "the\n"
                     "new. Where the root keys are in several hands, write a --draft, pass it on, "
                     "and\n"
                     "let each holder sign it with `trust sign`. `trust policy` without a policy "
                     "signs\n"
                     "the same store for another year. Reason `compromise` withdraws belief from "
                     "all\n"
                     "that the key has signed without a trusted time.",
               .ja = "変更のたびに次の版となり、必要な数の根の鍵で署名して元のファイルを一度に\n"
                     "置き換えます。根の鍵の変更には新旧両方の署名が必要です。根の鍵を複数の人が\n"
                     "持つ場合は --draft で下書きを作り、順に `trust sign` で署名します。\n"
                     "`trust policy` だけなら同じ内容を1年延長します。理由 `compromise` "
                     "は、時刻証明の\n"
                     "ない署名をすべて信じないことを意味します。" },
    .example =
        "  hoshitori trust new trust.json --id our-buyers --key root.key\n"
        "  hoshitori trust add trust.json --key root.key --member vendor.key.pub --role vendor \\\n"
        "      --organisation \"ACME\" --corporate-number 1234567890123\n"
        "  hoshitori trust show trust.json",
    .exits = "  0 done  64 usage  65 bad input  70 our own fault",
    .main = trust_main,
};
