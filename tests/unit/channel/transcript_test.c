#include "channel/transcript.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *text_of(const struct transcript *transcript, size_t index, const char *member)
{
    return json_string_value(json_object_get(json_array_get(transcript->events, index), member));
}

static long long number_of(const struct transcript *transcript, size_t index, const char *member)
{
    return json_integer_value(json_object_get(json_array_get(transcript->events, index), member));
}

Test(transcript, keeps_what_was_said_and_heard)
{
    struct transcript transcript = transcript_start(1000);
    unsigned first = transcript_open(&transcript, "127.0.0.1:1/tcp");
    unsigned second = transcript_open(&transcript, "127.0.0.1:2/tcp");

    cr_expect_neq(first, second);
    transcript_sent(&transcript, second, "hi", 2);
    transcript_received(&transcript, first, "\x00\xff", 2);
    transcript_note(&transcript, 0, "%s after %d ms", "reset", 5);
    cr_assert_eq(json_array_size(transcript.events), 5);
    cr_expect_str_eq(text_of(&transcript, 0, "kind"), "open");
    cr_expect_str_eq(text_of(&transcript, 2, "bytes"), "aGk=");
    cr_expect_eq(number_of(&transcript, 2, "conn"), second);
    cr_expect_str_eq(text_of(&transcript, 3, "kind"), "received");
    cr_expect_str_eq(text_of(&transcript, 3, "bytes"), "AP8=");
    cr_expect_str_eq(text_of(&transcript, 4, "text"), "reset after 5 ms");
    cr_expect_eq(transcript.sent, 2);
    cr_expect_eq(transcript.received, 2);
    cr_expect(!transcript.cut);
    transcript_done(&transcript);
}

Test(transcript, a_secret_is_named_and_not_kept)
{
    struct transcript transcript = transcript_start(1000);
    char *text;

    transcript_withheld(&transcript, 1, "password", 7);
    cr_expect_str_eq(text_of(&transcript, 0, "kind"), "withheld");
    cr_expect_str_eq(text_of(&transcript, 0, "text"), "password");
    cr_expect_eq(number_of(&transcript, 0, "length"), 7);
    cr_expect_null(text_of(&transcript, 0, "bytes"));
    text = json_dumps(transcript.events, 0);
    cr_assert_not_null(text);
    free(text);
    transcript_done(&transcript);
}

Test(transcript, past_the_ceiling_only_counts_grow)
{
    struct transcript transcript = transcript_start(400);
    char flood[1000];

    memset(flood, 'x', sizeof flood);
    transcript_received(&transcript, 1, flood, sizeof flood);
    cr_expect(transcript.cut);
    cr_expect_eq(json_array_size(transcript.events), 1);
    cr_expect_eq(number_of(&transcript, 0, "length"), 1000);
    cr_expect_lt(strlen(text_of(&transcript, 0, "bytes")), 600);
    for (int i = 0; i < 1000; i++) {
        transcript_received(&transcript, 1, flood, 1);
        transcript_note(&transcript, 1, "more");
    }
    cr_expect_eq(json_array_size(transcript.events), 1);
    cr_expect_eq(transcript.received, 2000);
    cr_expect_leq(transcript.stored, 400);
    transcript_done(&transcript);
}

Test(transcript, many_tiny_events_are_bounded_too)
{
    struct transcript transcript = transcript_start(10000);

    for (int i = 0; i < 100000; i++) {
        transcript_received(&transcript, 1, "x", 1);
    }
    cr_expect_lt(json_array_size(transcript.events), 200);
    cr_expect_eq(transcript.received, 100000);
    transcript_done(&transcript);
}

Test(transcript, none_is_allowed)
{
    cr_expect_eq(transcript_open(NULL, "x"), 0);
    transcript_sent(NULL, 0, "x", 1);
    transcript_received(NULL, 0, "x", 1);
    transcript_withheld(NULL, 0, "x", 1);
    transcript_note(NULL, 0, "x");
}

Test(transcript, a_watched_secret_is_noticed_where_nothing_encrypts)
{
    struct transcript transcript = transcript_start(1000);
    struct veil *watch = veil_new();
    unsigned clear = transcript_open(&transcript, "127.0.0.1:23/tcp");
    unsigned encrypted = transcript_open(&transcript, "127.0.0.1:443/tcp");

    veil_add_as(watch, "admin's password", "admin", "opensesame");
    transcript.watch = watch;
    transcript_protected(&transcript, encrypted);
    transcript_sent(&transcript, encrypted, "opensesame", 10);
    transcript_received(&transcript, clear, "good day", 8);
    cr_expect_eq(transcript.sighting_count, 0);
    transcript_look(&transcript, clear, "pass=opensesame", 15);
    transcript_received(&transcript, clear, "b3BlbnNlc2FtZQ==", 16);
    cr_assert_eq(transcript.sighting_count, 2);
    cr_expect_eq(transcript.sightings[0].connection, clear);
    cr_expect_str_eq(transcript.sightings[0].what.label, "admin's password");
    cr_expect_str_eq(transcript.sightings[0].what.form, "as it is");
    cr_expect_str_eq(transcript.sightings[1].what.form, "base64");
    transcript_done(&transcript);
    veil_free(watch);
}

Test(transcript, a_watched_secret_in_two_pieces_is_noticed_once)
{
    struct transcript transcript = transcript_start(1000);
    struct veil *veil = veil_new();
    unsigned connection = transcript_open(&transcript, "127.0.0.1:1/tcp");
    unsigned other = transcript_open(&transcript, "127.0.0.1:2/tcp");

    veil_add_as(veil, "key", "", "sunflower-seeds");
    transcript.watch = veil;
    transcript_received(&transcript, connection, "key=sunfl", 9);
    transcript_received(&transcript, connection, "ower-see", 8);
    cr_expect_eq(transcript.sighting_count, 0);
    transcript_received(&transcript, connection, "ds;", 3);
    cr_expect_eq(transcript.sighting_count, 1);
    transcript_received(&transcript, connection, "more", 4);
    transcript_received(&transcript, connection, "sunflower", 9);
    transcript_received(&transcript, other, "-seeds", 6);
    cr_expect_eq(transcript.sighting_count, 1);
    transcript_done(&transcript);
    veil_free(veil);
}

Test(transcript, sightings_are_bounded_and_counted)
{
    struct transcript transcript = transcript_start(1000);
    struct veil *watch = veil_new();

    veil_add_as(watch, "key", "", "opensesame");
    transcript.watch = watch;
    for (unsigned i = 0; i < TRANSCRIPT_SIGHTINGS_MAX + 5; i++) {
        transcript_look(&transcript, 1, "opensesame", 10);
    }
    transcript_look(&transcript, TRANSCRIPT_MARKED_MAX, "opensesame", 10);
    cr_expect_eq(transcript.sighting_count, TRANSCRIPT_SIGHTINGS_MAX + 5);
    transcript_done(&transcript);
    veil_free(watch);
}

Test(transcript, a_hushed_connection_is_looked_at_and_not_kept)
{
    struct transcript transcript = transcript_start(1000);
    struct veil *watch = veil_new();
    unsigned connection = transcript_open(&transcript, "127.0.0.1:23/tcp");
    size_t kept = json_array_size(transcript.events);

    veil_add_as(watch, "key", "", "opensesame");
    transcript.watch = watch;
    cr_assert_eq(transcript_hush(&transcript, connection, NULL), STATUS_OK);
    transcript_sent(&transcript, connection, "root\r\n", 6);
    transcript_received(&transcript, connection, "opensesame", 10);
    transcript_note(&transcript, connection, "closed");
    transcript_withheld(&transcript, connection, "password", 10);
    cr_expect_eq(json_array_size(transcript.events), kept);
    cr_expect_eq(transcript.received, 10);
    cr_expect_eq(transcript.sighting_count, 1);
    cr_expect_eq(transcript_hush(&transcript, TRANSCRIPT_MARKED_MAX, NULL), STATUS_LIMIT);
    cr_expect_eq(transcript_hush(NULL, 1, NULL), STATUS_OK);
    transcript_done(&transcript);
    veil_free(watch);
}
