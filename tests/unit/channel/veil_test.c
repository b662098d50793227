#include "channel/veil.h"

#include "base/text.h"
#include "channel/transcript.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "pl/ant ed+9"

static bool hides(const struct veil *veil, const char *text)
{
    return veil_hides(veil, text, strlen(text), VEIL_TRANSCRIPT_LEAST);
}

Test(veil, a_secret_is_seen_in_each_of_its_forms)
{
    struct veil *veil = veil_new();
    char base64[64];

    veil_add(veil, "admin", SECRET);
    cr_expect(hides(veil, "you said " SECRET "!"));
    cr_expect(hides(veil, "/login?pw=pl%2Fant%20ed%2B9"));
    cr_expect(hides(veil, "/login?pw=pl%2fant%20ed%2b9"));
    cr_expect(hides(veil, "706c2f616e742065642b39"));
    text_base64("admin:" SECRET, strlen("admin:" SECRET), base64);
    cr_expect(hides(veil, base64));
    text_base64(SECRET, strlen(SECRET), base64);
    cr_expect(hides(veil, base64));
    cr_expect_not(hides(veil, "pl/ant"));
    cr_expect_not(hides(veil, ""));
    cr_expect_not(hides(NULL, SECRET));
    veil_free(veil);
}

Test(veil, a_secret_as_short_as_a_word_does_not_veil_facts)
{
    struct veil *veil = veil_new();

    veil_add(veil, "", "admin");
    veil_add(veil, "", "pin");
    cr_expect(hides(veil, "GET /admin"));
    cr_expect_not(veil_hides(veil, "common:#1 (user admin)", 22, VEIL_FACT_LEAST));
    cr_expect_not(hides(veil, "shipping"));
    veil_free(veil);
}

Test(veil, facts_lose_every_text_that_repeats_a_secret)
{
    struct veil *veil = veil_new();
    json_t *facts = json_pack("{s:s, s:[s, s], s:{s:[s]}, s:i}", "location", "/?" SECRET, "list",
                              "fine", SECRET, "groups", "g", SECRET, "status", 302);
    char *text;

    veil_add(veil, "", SECRET);
    veil_json(veil, facts);
    text = json_dumps(facts, JSON_SORT_KEYS);
    cr_expect_null(strstr(text, SECRET));
    cr_expect_not_null(strstr(text, "fine"));
    cr_expect_eq(json_integer_value(json_object_get(facts, "status")), 302);
    free(text);
    json_decref(facts);
    veil_free(veil);
}

Test(veil, a_transcript_behind_the_veil_keeps_no_secret)
{
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    struct veil *veil = veil_new();
    char *text;

    veil_add(veil, "", SECRET);
    transcript.veil = veil;
    transcript_received(&transcript, 1, "Location: /?" SECRET, strlen("Location: /?" SECRET));
    transcript_note(&transcript, 1, "the device says %s", SECRET);
    transcript_received(&transcript, 1, "harmless", 8);
    text = json_dumps(transcript.events, JSON_SORT_KEYS);
    cr_expect_null(strstr(text, SECRET));
    cr_expect_not_null(strstr(text, "withheld"));
    cr_expect_not_null(strstr(text, "aGFybWxlc3M="));
    cr_expect_eq(json_array_size(transcript.events), 3);
    free(text);
    veil_free(veil);
}
