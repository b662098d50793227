#include "support/fixture.h"
#include "topic.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static bool matches(const char *filter, const char *name)
{
    return topic_matches(filter, strlen(filter), name, strlen(name));
}

static bool is_filter(const char *filter)
{
    return topic_filter_is_valid(filter, strlen(filter));
}

Test(topic, the_examples_of_the_standard)
{
    cr_expect(matches("sport/tennis/player1/#", "sport/tennis/player1"));
    cr_expect(matches("sport/tennis/player1/#", "sport/tennis/player1/ranking"));
    cr_expect(matches("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"));
    cr_expect(matches("sport/#", "sport"));
    cr_expect(matches("sport/tennis/+", "sport/tennis/player1"));
    cr_expect_not(matches("sport/tennis/+", "sport/tennis/player1/ranking"));
    cr_expect_not(matches("sport/+", "sport"));
    cr_expect(matches("sport/+", "sport/"));
    cr_expect(matches("+/+", "/finance"));
    cr_expect(matches("/+", "/finance"));
    cr_expect_not(matches("+", "/finance"));
    cr_expect_not(matches("ACCOUNTS", "Accounts"));
}

Test(topic, what_is_no_filter_matches_nothing)
{
    static const char *const wrong[] = { "",       "sport/tennis#", "sport/tennis/#/ranking",
                                         "sport+", "+a/b",          "##",
                                         "a/\xff" };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_expect_not(is_filter(wrong[i]), "%s", wrong[i]);
        cr_expect_not(matches(wrong[i], "sport/tennis"), "%s", wrong[i]);
        cr_expect_not(matches(wrong[i], wrong[i]), "%s", wrong[i]);
    }
    cr_expect_not(topic_filter_is_valid("a\0b", 3));
    cr_expect(is_filter("#"));
    cr_expect(is_filter("+/tennis/#"));
    cr_expect(is_filter("\xe5\xae\xb6/+"));
}

Test(topic, a_name_has_no_wildcard)
{
    cr_expect(topic_name_is_valid("cam/settings", 12));
    cr_expect_not(topic_name_is_valid("cam/#", 5));
    cr_expect_not(topic_name_is_valid("cam/+", 5));
    cr_expect_not(topic_name_is_valid("", 0));
}

static void expect_of_broker(const char *line, void *context)
{
    (void) context;
    cr_expect_not(matches("#", line), "%s", line);
    cr_expect_not(matches("+/broker/#", line), "%s", line);
    cr_expect(matches("$SYS/#", line), "%s", line);
    cr_expect(matches(line, line), "%s", line);
}

/* Section 4.7.2, with the names that a broker publishes about itself. */
Test(topic, everything_does_not_include_what_the_broker_says_of_itself)
{
    fixture_lines("sys_topics.txt", expect_of_broker, NULL, 20);
}
