#include "channel/veil.h"

#include "base/text.h"
#include "channel/transcript.h"

#include <criterion/criterion.h>
#include <stdio.h>
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

static bool first_kept(void *context, const struct sighting *sighting)
{
    *(struct sighting *) context = *sighting;
    return false;
}

static void expect_form(const char *form, const char *text, size_t length)
{
    struct veil *veil = veil_new();
    struct sighting sighting = { 0 };

    veil_add_as(veil, "the key", "admin", SECRET "\"<");
    veil_each(veil, text, length, VEIL_FACT_LEAST, first_kept, &sighting);
    cr_assert_not_null(sighting.form, "%s", form);
    cr_expect_str_eq(sighting.label, "the key");
    cr_expect_str_eq(sighting.form, form);
    veil_free(veil);
}

Test(veil, what_was_seen_is_named)
{
    static const char wide[] = "p\0l\0/\0a\0n\0t\0 \0e\0d\0+\0009\0\"\0<";

    expect_form("as it is", "x" SECRET "\"<", 15);
    expect_form("JSON", "{\"k\":\"pl/ant ed+9\\\"<\"}", 23);
    expect_form("JSON", "pl\\/ant ed+9\\\"<", 15);
    expect_form("HTML", "pl/ant ed+9&quot;&lt;", 21);
    expect_form("percent-encoded", "pl%2Fant+ed%2B9%22%3C", 21);
    expect_form("hexadecimal", "706C2F616E742065642B39223C", 26);
    expect_form("UTF-16", wide, sizeof wide);
}

Test(veil, base64_is_seen_wherever_the_secret_begins)
{
    struct veil *veil = veil_new();
    char pad[] = "{\"p\":\"";

    veil_add(veil, "", SECRET);
    for (size_t shift = 0; shift < 6; shift++) {
        char text[64];
        char base64[96];

        (void) snprintf(text, sizeof text, "%.*s%s\"}", (int) shift, pad, SECRET);
        text_base64(text, strlen(text), base64);
        cr_expect(hides(veil, base64), "%s", base64);
        for (char *at = base64; *at != '\0'; at++) {
            *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
        }
        cr_expect(hides(veil, base64), "%s", base64);
    }
    cr_expect_not(hides(veil, "cGwvYQ=="));
    veil_free(veil);
}

Test(veil, no_number_of_secrets_is_too_many)
{
    struct veil *veil = veil_new();
    char secret[32];

    for (unsigned i = 0; i < 400; i++) {
        (void) snprintf(secret, sizeof secret, "secret number %u", i);
        veil_add(veil, "", secret);
    }
    cr_expect(hides(veil, "this is secret number 399."));
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

static void each_escaped(const char *format, const char *secret, size_t every, char *room)
{
    char *at = room;

    for (size_t i = 0; secret[i] != '\0'; i++) {
        at += i % every == 0 ? snprintf(at, 12, format, (unsigned) (unsigned char) secret[i])
                             : snprintf(at, 12, "%c", secret[i]);
    }
}

Test(veil, escapes_of_some_or_all_characters_are_seen_through)
{
    static const char *const formats[] = { "%%%02x", "%%%02X", "\\u%04x", "\\u%04X",  "\\x%02x",
                                           "&#%u;",  "&#x%x;", "&#0%u;",  "%%25%02X", "&amp;#%u;" };
    struct veil *veil = veil_new();
    char room[256];

    veil_add(veil, "", SECRET);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        for (size_t every = 1; every <= 4; every++) {
            each_escaped(formats[i], SECRET, every, room);
            cr_expect(hides(veil, room), "%s", room);
        }
    }
    cr_expect(hides(veil, "70 6c 2f 61 6e 74 20 65 64 2b 39"));
    cr_expect(hides(veil, "70:6C:2F:61:6E:74:20:65:64:2B:39"));
    cr_expect(veil_hides(veil, "\0p\0l\0/\0a\0n\0t\0 \0e\0d\0+\0009", 22, VEIL_FACT_LEAST));
    cr_expect_not(hides(veil, "100% &amp; more \\u00e9 &#9731; %zz \\ & %"));
    veil_free(veil);
}

static void hear_in_steps(struct transcript *transcript, const char *text, size_t step)
{
    for (size_t at = 0; at < strlen(text); at += step) {
        size_t piece = strlen(text) - at < step ? strlen(text) - at : step;

        transcript_received(transcript, 1, text + at, piece);
        transcript_received(transcript, 2, "between", 7);
        transcript_sent(transcript, 1, "asked", 5);
    }
}

/* All that is stored of what was received on one connection, put together. */
static void stored_of(const struct transcript *transcript, json_int_t connection, char *room)
{
    const json_t *event;
    size_t i;

    json_array_foreach(transcript->events, i, event)
    {
        const char *text = json_string_value(json_object_get(event, "bytes"));

        if (text != NULL && json_integer_value(json_object_get(event, "conn")) == connection) {
            room = stpcpy(room, text);
        }
    }
}

Test(veil, a_secret_in_pieces_is_taken_back)
{
    static const char *const texts[] = { "before pl/ant ed+9", "before pl%2Fant%20ed%2B9",
                                         "before 706c2f616e742065642b39",
                                         "before pl\\u002fant&#32;ed+9" };
    struct veil *veil = veil_new();

    veil_add(veil, "admin", SECRET);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t step = 1; step <= 12; step++) {
            DEFER(transcript_done) struct transcript transcript = transcript_start(65536);
            char stored[4096] = "";
            char piece[64];

            transcript.veil = veil;
            hear_in_steps(&transcript, texts[i], step);
            transcript_received(&transcript, 1, "behind", 6);
            stored_of(&transcript, 1, stored);
            text_base64(texts[i] + strlen(texts[i]) - 1, 1, piece);
            cr_expect_null(strstr(stored, "ZWQr"), "%s by %zu: %s", texts[i], step, stored);
            cr_expect(step != 1 || strstr(stored, piece) == NULL, "%s: %s", texts[i], stored);
            text_base64("behind", 6, piece);
            cr_expect_not_null(strstr(stored, piece));
            stored[0] = '\0';
            stored_of(&transcript, 2, stored);
            cr_expect_not_null(strstr(stored, "YmV0d2Vlbg=="));
        }
    }
    veil_free(veil);
}

/* A page that shows a secret twice is cut where it likes. */
Test(veil, a_secret_that_begins_right_behind_one_is_taken_back_too)
{
    static const char *const first[] = { "a=" SECRET "&b=p", "a=pl%2Fa\\u006et ed+9&b=pl/ant ed+" };
    static const char *const second[] = { "l/ant ed+9&end", "9&end" };
    struct veil *veil = veil_new();

    veil_add(veil, "admin", SECRET);
    for (size_t i = 0; i < 2; i++) {
        DEFER(transcript_done) struct transcript transcript = transcript_start(65536);
        char stored[4096] = "";
        char piece[64];

        transcript.veil = veil;
        transcript_received(&transcript, 1, first[i], strlen(first[i]));
        transcript_received(&transcript, 1, second[i], strlen(second[i]));
        transcript_received(&transcript, 1, "behind", 6);
        stored_of(&transcript, 1, stored);
        text_base64(second[i], strlen(second[i]), piece);
        cr_expect_null(strstr(stored, piece), "%zu", i);
        text_base64("behind", 6, piece);
        cr_expect_not_null(strstr(stored, piece), "what follows is kept");
    }
    veil_free(veil);
}

Test(veil, long_secrets_are_veiled_as_well)
{
    struct veil *veil = veil_new();
    char token[2000];
    char text[2100];

    for (size_t i = 0; i < sizeof token - 1; i++) {
        token[i] = (char) ('a' + i * i % 26);
    }
    token[sizeof token - 1] = '\0';
    veil_add(veil, "admin", token);
    (void) snprintf(text, sizeof text, "Authorization: Bearer %s", token);
    cr_expect(veil_hides(veil, text, strlen(text), VEIL_FACT_LEAST));
    veil_free(veil);
}

Test(veil, what_is_masked_keeps_its_length_and_its_surroundings)
{
    struct veil *veil = veil_new();
    char text[] = "POST /login?pw=pl%2Fant%20ed%2B9&again=" SECRET "&end";
    char clean[] = "nothing to see";

    veil_add(veil, "admin", SECRET);
    cr_expect_gt(veil_mask(veil, text, strlen(text), 0), 0);
    cr_expect_str_eq(text, "POST /login?pw=XXXXXXXXXXXXXXXXX&again=XXXXXXXXXXX&end");
    cr_expect_eq(veil_mask(veil, clean, strlen(clean), 0), 0);
    cr_expect_str_eq(clean, "nothing to see");
    cr_expect_eq(veil_mask(NULL, clean, strlen(clean), 0), 0);
    cr_expect_eq(veil_mask(veil, clean, 0, 0), 0);
    veil_free(veil);
}

/* Wherever the secret is cut in two, no three octets of it in a row are left in either part. */
Test(veil, what_two_packets_share_is_masked_in_both)
{
    struct veil *veil = veil_new();

    veil_add(veil, "admin", SECRET);
    for (size_t cut = 1; cut < strlen(SECRET); cut++) {
        char first[64];
        char second[64];

        (void) snprintf(first, sizeof first, "HEADER%.*s", (int) cut, SECRET);
        (void) snprintf(second, sizeof second, "HEADER%s tail", &SECRET[cut]);
        (void) veil_mask(veil, first, strlen(first), 6);
        (void) veil_mask(veil, second, strlen(second), 6);
        cr_expect_eq(strncmp(first, "HEADER", 6), 0);
        cr_expect_eq(strncmp(second, "HEADER", 6), 0);
        for (size_t at = 0; at + 3 <= strlen(SECRET); at++) {
            cr_expect_null(memmem(first, strlen(first), &SECRET[at], 3), "%zu: %s", cut, first);
            cr_expect_null(memmem(second, strlen(second), &SECRET[at], 3), "%zu: %s", cut, second);
        }
    }
    veil_free(veil);
}
