/* security_txt - reads a security.txt (RFC 9116) that the profile declares, as it was published.
 *
 * By hand: hoshitori probe security_txt --profile profile.yaml --document security-txt
 */
#include "base/clock.h"
#include "base/text.h"
#include "fields.h"
#include "probe/paper.h"

#include <string.h>

extern const struct probe probe_security_txt;

enum { DAY_S = 24 * 60 * 60 };

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(paper_taken_done) struct paper_taken taken = { .said = NULL };
    DEFER(fields_done) struct fields fields = { .contacts = NULL };
    const char *final_url;
    long long expires = 0;
    bool from_url;

    if (call->subject->document == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a profile names it: give --profile and --document");
    }
    TRY(paper_take(call, call->subject->document, &taken, reterr));
    from_url = text_equal(json_string_value(json_object_get(taken.said, "from")), "url");
    if (json_object_get(taken.said, "reached") != NULL) {
        probe_fact_bool(call, "reached", json_is_true(json_object_get(taken.said, "reached")));
    }
    if (taken.content.length == 0) {
        return STATUS_OK;
    }
    final_url = json_string_value(json_object_get(taken.said, "final_url"));
    probe_fact_bool(call, "in_place",
                    from_url && final_url != NULL && text_starts_with(final_url, "https://") &&
                        text_ends_with(final_url, "/.well-known/security.txt"));
    fields = fields_read((const char *) taken.content.data, taken.content.length);
    probe_fact_json(call, "contacts", json_incref(fields.contacts));
    probe_fact_json(call, "policies", json_incref(fields.policies));
    probe_fact_int(call, "contact_count", (long long) json_array_size(fields.contacts));
    probe_fact_int(call, "expires_count", fields.expires_count);
    probe_fact_bool(call, "signed", fields.is_signed);
    if (fields_time(fields.expires, &expires)) {
        probe_fact_text(call, "expires", fields.expires);
        probe_fact_int(call, "days_left", (expires - clock_wall_ms() / 1000) / DAY_S);
    }
    return STATUS_OK;
}

static const struct param params[] = { PARAM_END };

static const struct fact facts[] = {
    { .name = "reached", .type = FACT_BOOL, .help = "A server answered at its address." },
    { .name = "in_place",
      .type = FACT_BOOL,
      .help = "It came over https from /.well-known/security.txt (RFC 9116 section 3). Left out, "
              "as is what follows, when nothing came." },
    { .name = "contacts", .type = FACT_TEXTS, .help = "Contact (section 2.5.3)." },
    { .name = "contact_count", .type = FACT_INT, .help = "How many." },
    { .name = "policies", .type = FACT_TEXTS, .help = "Policy (section 2.5.7)." },
    { .name = "expires_count", .type = FACT_INT, .help = "Expires fields; one is due." },
    { .name = "expires",
      .type = FACT_TEXT,
      .help = "Expires (section 2.5.5); left out when it is no date of RFC 3339." },
    { .name = "days_left", .type = FACT_INT, .help = "Whole days until then." },
    { .name = "signed",
      .type = FACT_BOOL,
      .help = "It has a clear-text signature (section 2.3), which is not verified." },
    FACT_END,
};

const struct probe probe_security_txt = {
    .decl = {
        .name = "security_txt",
        .summary = { .ja = "公開されたsecurity.txt（RFC 9116）を読む",
                     .en = "Reads a published security.txt (RFC 9116)" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_DOCUMENT,
        .deadline_ms = 60000,
    },
    .run = run,
    .wants_papers = true,
};
