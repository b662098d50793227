#include "evidence/verify_advice.h"

#include "base/clock.h"
#include "base/text.h"
#include "evidence/json_make.h"

#include <string.h>

struct advice {
    const char *code;
    struct words says;
};

/* By the code that opens the detail. */
static const struct advice table[] = {
    { "evaluation.evaluator",
      { .ja = "評価の声明が名乗る組織と、鍵の持ち主が違います。評価機関に直接問い合わせ、"
              "その機関の鍵で署名した声明を求めてください。",
        .en = "The evaluation names another organisation than its key belongs to: ask the "
              "laboratory itself for a statement signed with its own key." } },
    { "evaluation.examined",
      { .ja = "評価が、この束にないファイルを見たと述べています。評価機関に問い合わせてください。",
        .en = "The evaluation says that it examined files which this bundle does not have: ask the "
              "laboratory." } },
    { "evaluation.findings",
      { .ja = "評価の所見とその結論が食い違うか、この束にない項目を挙げています。評価機関に"
              "問い合わせてください。",
        .en = "The evaluation's findings contradict its result, or name what the bundle does not "
              "have: ask the laboratory." } },
    { "evaluation.independence",
      { .ja =
            "製造者と同じ組織による評価は第三者評価に数えません。別の組織の評価を求めてください。",
        .en = "An evaluation by the vendor's own organisation does not count: ask for one by "
              "somebody else." } },
    { "evaluation.label",
      { .ja = "ラベルを交付できるのは IPA だけです。この評価を交付の証拠にせず、"
              "IPA の公開情報で確かめてください。",
        .en = "Only IPA grants the label. Do not take this evaluation for a grant: look at what "
              "IPA publishes." } },
    { "evaluation.newer",
      { .ja = "手元の新しい評価は、知らない署名者のものです。評価機関の鍵が信頼リストにあるかを"
              "確かめてから、もう一度検証してください。",
        .en = "The newer evaluation that you hold is by nobody you know: see whether the "
              "laboratory's key is in your trust store, and verify again." } },
    { "evaluation.re_run",
      { .ja = "評価機関自身の試験は適合ではないのに、適合と結論しています。評価機関に理由を"
              "聞いてください。",
        .en = "The laboratory concludes conformant, though its own run is not: ask the laboratory "
              "why." } },
    { "evaluation.result",
      { .ja = "評価機関の結論が試験結果と異なります。受け入れる前に、評価機関に理由を聞いてください"
              "。",
        .en = "The laboratory comes to another result than the test: ask the laboratory why before "
              "you accept anything." } },
    { "evaluation.superseded",
      { .ja = "新しい評価があり、この束は古くなっています。新しい評価の付いた束を送り主か"
              "評価機関に求めてください。",
        .en = "A newer evaluation replaces what this bundle says: ask the sender or the "
              "laboratory for the bundle that carries it." } },
    { "evaluation.svr",
      { .ja =
            "要約だけがあり、元の評価がありません。評価の声明が付いた束を送り主に求めてください。",
        .en = "There is a summary without its evaluation: ask the sender for the copy that "
              "carries the evaluation." } },
    { "evaluation.time",
      { .ja = "評価の日付が判定の時刻 ({at}) より後です。時計か --at を確かめてください。",
        .en = "The evaluation is dated after {at}: check your clock, or the time given with "
              "--at." } },
    { "evaluation.validity",
      { .ja = "評価が有効期間の外です ({at})。評価機関に今有効な評価があるかを聞いてください。",
        .en = "The evaluation is not valid at {at}: ask the laboratory for one that is." } },
    { "expect.firmware",
      { .ja = "この束は {firmware} についてのもので、お手元のイメージは含まれません。"
              "お手元のファームウェアの証拠にはなりません。{vendor} にその版の束を求めるか、"
              "試験された版を入れてください。",
        .en = "This bundle speaks of firmware {firmware}; your image is not among those it names, "
              "so it is not evidence for your firmware. Ask {vendor} for a bundle of your "
              "version, or install the version that was tested." } },
    { "expect.firmware_version",
      { .ja = "この束は {firmware} についてのもので、版 {wanted} の証拠にはなりません。"
              "{vendor} にその版の束を求めるか、試験された版を入れてください。",
        .en = "This bundle speaks of firmware {firmware}; it is not evidence for version "
              "{wanted}. Ask {vendor} for a bundle of that version, or install the version that "
              "was tested." } },
    { "expect.model",
      { .ja = "この束は型番 {model} についてのもので、{wanted} の証拠にはなりません。"
              "{vendor} に {wanted} の束を求めてください。",
        .en = "This bundle speaks of model {model}; it is not evidence for {wanted}. Ask "
              "{vendor} for the bundle of {wanted}." } },
    { "expect.no_firmware",
      { .ja = "この束はファームウェアのイメージを一つも名指していないので、どの版の証拠にもなりませ"
              "ん。"
              "{vendor} に、イメージをプロファイルに書いて試験した束を求めてください。",
        .en = "This bundle names no firmware image, so it is evidence for no version. Ask {vendor} "
              "for a bundle of a test whose profile names the image." } },
    { "expect.qr",
      { .ja = "ラベルのコードは別の束を指しています。ラベルと同じ束を送り主に求めてください。",
        .en = "The label's code names another bundle: ask the sender for the one that the label "
              "names." } },
    { "policy.conformant",
      { .ja = "適合の判定だけを受け入れる条件です。下の理由の項目が直った束を {vendor} に求めるか、"
              "認める立場の署名した期限内の免除があるかを聞いてください。",
        .en =
            "You accept nothing but conformant: ask {vendor} for a bundle in which the clause "
            "named below holds, or whether a waiver exists by a role whose waivers you accept." } },
    { "policy.evaluator",
      { .ja = "第三者評価を条件としているのに、有効な評価が付いていません。取り除かれた可能性も"
              "あります。評価の付いた束を送り主に求めるか、評価機関に直接問い合わせてください。",
        .en = "You require an independent evaluation, and this copy carries none that counts; it "
              "may have been taken out. Ask the sender for the copy with the evaluation, or ask "
              "the laboratory directly." } },
    { "policy.examined",
      { .ja = "評価者が記録のすべて(開示されていないものを含む)を見ていることが条件ですが、"
              "そのような評価がありません。すべてを見た評価を評価機関に求めてください。",
        .en = "You require an evaluator who has seen every file, the withheld ones too, and no "
              "evaluation here says so: ask the laboratory for one that does." } },
    { "policy.nobody",
      { .ja = "数えられる署名が一つもありません。まず署名者についての指摘を解決してください。",
        .en = "No signature counts as it stands: settle first what is said of the signers." } },
    { "policy.organisations",
      { .ja = "必要な数の組織が署名していません。鍵の数ではなく組織の数です。"
              "別の組織の署名が付いた束を求めてください。",
        .en = "Too few organisations have signed (organisations count, not keys): ask for the "
              "copy that the others have signed too." } },
    { "policy.suite",
      { .ja = "信頼リストにない検査スイートかツールで試験されています。信頼リストの発行者に認めるか"
              "を聞くか、認められた版での試験を {vendor} に求めてください。",
        .en = "It was tested by a suite or a tool that your trust store does not list: ask the "
              "store's authority about it, or {vendor} for a run with a listed one." } },
    { "policy.timestamp",
      { .ja = "時刻証明を条件としているのに、有効なものがありません。時刻証明を付けた束を"
              "送り主に求めてください。",
        .en = "You require a trusted timestamp, and there is none that counts: ask the sender for "
              "a copy with timestamps." } },
    { "pq.missing",
      { .ja = "耐量子署名 (ML-DSA-65) "
              "を条件としているのに、数えられるものが付いていない声明があります。両方の署名が付いた"
              "束を送り主に求めてください。",
        .en = "You require a post-quantum signature (ML-DSA-65), and a statement has none that "
              "counts: ask the sender for a copy that bears both signatures." } },
    { "pq.signer",
      { .ja = "耐量子署名の鍵が、声明に署名した組織のものでないか、有効な期間にありません。"
              "正しい鍵で署名した束を送り主に求めるか、信頼リストの発行者に聞いてください。",
        .en = "The post-quantum key is not one of the organisation that signed the statement, or "
              "not within its time: ask the sender for a copy signed with the right key, or the "
              "authority that issues the trust store." } },
    { "pq.unchecked",
      { .ja = "条件としている耐量子署名 (ML-DSA-65) を、この環境では検証できません。OpenSSL 3.5 "
              "以降がある環境 (Debian 13 など) で検証してください。",
        .en = "You require a post-quantum signature (ML-DSA-65), and this system cannot check it: "
              "verify on one with OpenSSL 3.5 or later, such as Debian 13." } },
    { "published.keys",
      { .ja = "通信を復号できる鍵が入ったまま、写しが配られています。鍵は秘密として扱い、"
              "非開示にした写し (hoshitori redact) を送り主に求めてください。",
        .en = "The copy still holds keys that decrypt what was captured: treat them as secrets, "
              "and ask the sender for a copy made with hoshitori redact." } },
    { "published.secret",
      { .ja = "誰でも読める部分に秘密情報らしい文字列があります。その値は変更し、試験設定から"
              "取り除いて試験し直すよう {vendor} に求めてください。",
        .en = "Something that looks like a secret stands where everybody reads it: tell {vendor} "
              "to change that value, take it out of the profile, and run again." } },
    { "signer.algorithm",
      { .ja = "この検証器では確かめられない種類の鍵です。ECDSA P-256 の署名が付いた束を"
              "求めてください。",
        .en = "This program cannot check with a key of that kind: ask for a copy signed with "
              "ECDSA P-256." } },
    { "signer.certificate",
      { .ja = "証明書が付いていても、署名者を信じる根拠にはなりません。署名者の公開鍵を別の手段で"
              "受け取り、信頼リストに入れるか --signer で指定してください。",
        .en = "The certificate it carries says nothing about whom to believe: get the signer's "
              "public key by another way, and put it into the trust store or name it with "
              "--signer." } },
    { "signer.compromised",
      { .ja = "盗まれたおそれがある鍵の署名です。信じずに、新しい鍵で署名した束か、盗まれる前の時刻"
              "証明がある束を、鍵の持ち主に求めてください。",
        .en = "Others may have held this key: do not believe the signature, and ask its owner for "
              "a copy signed with the new key, or with a timestamp from before that." } },
    { "signer.early",
      { .ja = "鍵の有効期間がまだ始まっていません。時計や --at "
              "に誤りがなければ、信頼リストの発行者に聞いてください。",
        .en = "The key was not valid yet: unless your clock or --at is wrong, ask the authority "
              "that issues the trust store." } },
    { "signer.expired",
      { .ja = "鍵の有効期間が過ぎ、期間内に署名した証明もありません。期間内の時刻証明がある束か、有"
              "効な鍵で署名した束を、鍵の持ち主に求めてください。",
        .en = "The key has expired and nothing proves that it signed before that: ask its owner "
              "for a copy with a timestamp from its time, or one signed with a current key." } },
    { "signer.revoked",
      { .ja = "失効した鍵の署名で、失効の前に署名した証明もありません。失効前の時刻証明がある束か、"
              "新しい鍵で署名した束を、鍵の持ち主に求めてください。",
        .en = "The key is revoked and nothing proves that it signed before that: ask its owner for "
              "a copy with a timestamp from before, or one signed with the new key." } },
    { "signer.role",
      { .ja = "鍵の役割が合いません(製造者の声明は製造者の鍵、評価は評価者の鍵で署名します)。"
              "正しい鍵で署名した束を送り主に求めてください。",
        .en = "The key acts outside its role (a vendor's statement needs a vendor's key, an "
              "evaluation an evaluator's): ask the sender for a copy signed by the right one." } },
    { "signer.unknown",
      { .ja = "署名者を知りません。電話や書面など別の手段で {vendor} に鍵IDを確かめてから、"
              "--trust の信頼リストに入れるか --signer で指定してください。",
        .en = "You do not know the signer: confirm the key id with {vendor} by telephone or on "
              "paper, then put the key into the trust store (--trust) or name it with "
              "--signer." } },
    { "signer.vendor",
      { .ja = "製品の製造者 ({vendor}) とは別の組織が署名しています。{vendor} が署名した束を"
              "求めてください。",
        .en = "Another organisation than the product's vendor has signed: ask for the bundle that "
              "{vendor} itself signed." } },
    { "timestamp.algorithm",
      { .ja = "時刻証明の署名方式を確かめられません。RSA か ECDSA の時刻認証局による証明を"
              "送り主に求めてください。",
        .en = "The timestamp is signed in a way that is not accepted: ask the sender for one by "
              "an authority that signs with RSA or ECDSA." } },
    { "timestamp.authority",
      { .ja = "信頼リストで失効したか期間外の時刻認証局の証明です。別の時刻認証局で更新した束を"
              "送り主に求めてください。",
        .en = "Your trust store no longer accepts this time-stamping authority for that time: ask "
              "the sender for a copy renewed by another one." } },
    { "timestamp.chain",
      { .ja = "時刻認証局の証明書に問題があります。別の時刻認証局の証明を付けた束を送り主に"
              "求めてください。",
        .en = "Something is wrong with the time-stamping authority's certificates: ask the sender "
              "for a copy stamped by another authority." } },
    { "timestamp.future",
      { .ja = "時刻証明が判定の時刻 ({at}) より後です。時計か --at を確かめてください。",
        .en = "The timestamp lies after {at}: check your clock, or the time given with --at." } },
    { "timestamp.purpose",
      { .ja = "時刻証明専用でない証明書の署名です。信じずに、正規の時刻認証局の証明を送り主に"
              "求めてください。",
        .en = "The timestamp was signed with a certificate that is not for time stamps alone: do "
              "not believe it, and ask the sender for one by a proper authority." } },
    { "timestamp.revoked",
      { .ja = "時刻認証局の証明書は失効しています。別の時刻認証局の証明を付けた束を送り主に"
              "求めてください。",
        .en = "The time-stamping authority's certificate was revoked: ask the sender for a copy "
              "stamped by another authority." } },
    { "timestamp.signer",
      { .ja = "時刻認証局の証明書が入っていません。証明書を含む時刻証明を送り主に求めるか、"
              "その証明書を信頼リストに入れるよう発行者に頼んでください。",
        .en = "The authority's certificate did not come along: ask the sender for a timestamp that "
              "carries it, or have it put into your trust store." } },
    { "timestamp.untrusted",
      { .ja = "信頼リストにない時刻認証局の証明です。認めるかを信頼リストの発行者に聞くか、"
              "認められた時刻認証局の証明を送り主に求めてください。",
        .en = "Your trust store does not list this time-stamping authority: ask the store's "
              "authority about it, or the sender for a timestamp by a listed one." } },
    { "timestamp.weak",
      { .ja = "SHA-1 に頼る時刻証明で、今は証明になりません。SHA-256 以上の証明を送り主に"
              "求めてください。",
        .en = "The timestamp rests on SHA-1, which proves nothing today: ask the sender for one "
              "over SHA-256 or better." } },
    { "timestamp.window",
      { .ja = "時刻認証局の証明書が、その時刻には有効ではありませんでした。日付を偽った疑いが"
              "あります。信じずに、送り主に理由を聞いてください。",
        .en = "The authority's certificate was not valid at the time that the timestamp states, "
              "as if back-dated: do not believe it, and ask the sender why." } },
    { "trust.rollback",
      { .ja = "以前に見たものより古い信頼リストです。使わずに、最新のものを発行者から"
              "受け取ってください。",
        .en = "This trust store is older than one you have used: do not use it, and get the "
              "newest from its authority." } },
    { "trust.stale",
      { .ja = "信頼リストの期限 ({expires}) が過ぎています。束は本物でも、署名者が今も有効かは"
              "分かりません。最新の信頼リストを発行者から受け取ってください。",
        .en = "The trust store expired at {expires}: the bundle may be authentic, but whether its "
              "signers still stand is not known. Get the newest store from its authority." } },
    { "trust.stranger",
      { .ja = "--state "
              "の記録に別の信頼リストはありますが、このリストはありません。すり替えでなければ、"
              "根の鍵IDを書面と一度突き合わせてください (--trust-root)。",
        .en =
            "What --state remembers is another trust store. Unless this one was put in its place, "
            "compare its root's key id once with the one on paper (--trust-root)." } },
};

/* For findings without a sentence of their own. */
static const struct advice discard_file = {
    "file.discard",
    { .ja = "このファイルを使わないでください。作成者から別の経路で受け取り直し、SHA-256 を"
            "突き合わせてください。",
      .en = "Do not use this file: get it again from its maker by another way, and compare the "
            "SHA-256 with the one its maker states." }
};
static const struct advice discard_store = {
    "trust.discard",
    { .ja = "この信頼リストを使わないでください。発行者から受け取り直し、根の鍵IDを書面と"
            "突き合わせてください (--trust-root)。",
      .en = "Do not use this trust store: get it again from its authority, and compare the root's "
            "key id with the one on paper (--trust-root)." }
};
static const struct advice update = {
    "verifier.update",
    { .ja = "この検証器の知らない形式です。新しい版の hoshitori-verify で確かめてください。"
            "確かめられるまで受け入れないでください。",
      .en = "It uses a form that this program does not know: verify it with a newer "
            "hoshitori-verify, and do not accept it before." }
};
static const struct advice ask = {
    "policy.ask",
    { .ja = "下の「確認した事項」の理由を送り主に伝え、条件を満たす束を求めてください。",
      .en = "Tell the sender the reason given under \"What was examined\" below, and ask for a "
            "bundle that meets it." }
};

static const struct advice *advice_for(enum verify_check check,
                                       const struct verify_finding *finding)
{
    const size_t length = strcspn(finding->detail, ":");

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (finding->finding != FINDING_FAIL && strlen(table[i].code) == length &&
            memcmp(table[i].code, finding->detail, length) == 0) {
            return &table[i];
        }
    }
    switch (finding->finding) {
    case FINDING_UNSUPPORTED:
        return &update;
    case FINDING_FAIL:
        return check == VERIFY_CHECK_TRUST ? &discard_store : &discard_file;
    default:
        return &ask;
    }
}

static const char *firmware_of(const struct verification *verification)
{
    const struct manifest_dut *dut = &verification->manifest->dut;
    const char *text = "";

    for (size_t i = 0; i < dut->firmware_count; i++) {
        text = arena_format(verification->arena, "%s%s%s %s", text, i == 0 ? "" : ", ",
                            dut->firmware[i].name, dut->firmware[i].version);
    }
    return text;
}

/* What {name} stands for; a bundle that could not be opened has no names to give. */
static const char *value_of(const struct verification *verification, const char *code,
                            const char *name)
{
    const struct verify_options *options = verification->options;
    const struct manifest *manifest = verification->manifest;

    if (text_starts_with(name, "{at}")) {
        char *at = arena_alloc(verification->arena, CLOCK_TEXT_SIZE);

        clock_text(options->at_ms, at);
        return at;
    }
    if (text_starts_with(name, "{expires}")) {
        return verification->trust == NULL ? "?" : verification->trust->expires;
    }
    if (text_starts_with(name, "{wanted}")) {
        const char *wanted = text_equal(code, "expect.model") ? options->expect_model
                                                              : options->expect_firmware_version;

        return text_is_utf8(wanted, strlen(wanted)) ? wanted : "?";
    }
    if (manifest == NULL) {
        return "?";
    }
    if (text_starts_with(name, "{model}")) {
        return manifest->dut.model;
    }
    return text_starts_with(name, "{vendor}") ? manifest->dut.vendor_name
                                              : firmware_of(verification);
}

static const char *fill(const struct verification *verification, const char *code,
                        const char *template)
{
    const char *text = "";

    for (;;) {
        const size_t plain = strcspn(template, "{");

        text = arena_format(verification->arena, "%s%.*s", text, (int) plain, template);
        template += plain;
        if (*template == '\0') {
            return text;
        }
        text =
            arena_format(verification->arena, "%s%s", text, value_of(verification, code, template));
        template += strcspn(template, "}") + 1;
    }
}

static bool is_listed(const json_t *list, const char *code)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (text_equal(json_string_value(json_object_get(json_array_get(list, i), "code")), code)) {
            return true;
        }
    }
    return false;
}

/* Nobody is known when the trust store cannot be read. */
static bool is_without_store(const struct verification *verification)
{
    return verification->options->trust_path != NULL && verification->trust == NULL;
}

json_t *verify_advice_json(const struct verification *verification)
{
    static const enum finding worst_first[] = { FINDING_FAIL, FINDING_UNSUPPORTED, FINDING_POLICY };
    json_t *list = json_made(json_array());

    for (size_t kind = 0; kind < sizeof worst_first / sizeof worst_first[0]; kind++) {
        for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++) {
            const struct verify_finding *finding = &verification->report.findings[i];
            const struct advice *advice;

            if (finding->finding != worst_first[kind] ||
                (i == VERIFY_CHECK_SIGNER && is_without_store(verification))) {
                continue;
            }
            advice = advice_for((enum verify_check) i, finding);
            if (!is_listed(list, advice->code)) {
                json_append(list, json_pack("{s:s, s:s, s:s, s:s}", "check",
                                            verify_check_code((enum verify_check) i), "code",
                                            advice->code, "ja",
                                            fill(verification, advice->code, advice->says.ja), "en",
                                            fill(verification, advice->code, advice->says.en)));
            }
        }
    }
    return list;
}
