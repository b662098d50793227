#include "wire/link_format.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct wire_links links;

static void read_text(const char *text)
{
    wire_link_format_read(text, strlen(text), &links);
}

Test(link_format, reads_the_example_of_the_rfc)
{
    /* RFC 6690 section 5. */
    read_text("</sensors>;ct=40;title=\"Sensor Index\",</sensors/temp>;rt=\"temperature-c\";"
              "if=\"sensor\",</sensors/light>;rt=\"light-lux\";if=\"sensor\","
              "<http://www.example.com/sensors/t123>;anchor=\"/sensors/temp\";rel=\"describedby\","
              "</t>;anchor=\"/sensors/temp\";rel=\"alternate\"");
    cr_assert_eq(links.count, 4);
    cr_assert_str_eq(links.items[0].path, "/sensors");
    cr_assert_str_eq(links.items[1].type, "temperature-c");
    cr_assert_str_eq(links.items[3].path, "/t");
    cr_assert_eq(links.elsewhere, 1);
    cr_assert_not(links.malformed);
    cr_assert_not(links.cut);
}

Test(link_format, knows_what_can_be_observed)
{
    read_text("</a>;obs,</b>;OBS;ct=0, </c>;title=\"obs\",</d>;obsolete");
    cr_assert_eq(links.count, 4);
    cr_assert(links.items[0].observable);
    cr_assert(links.items[1].observable);
    cr_assert_not(links.items[2].observable);
    cr_assert_not(links.items[3].observable);
}

Test(link_format, a_quoted_text_may_hold_what_separates)
{
    read_text("</a>;title=\"x,</no>;obs\\\"y\";ct=0,</b?c=%20d>");
    cr_assert_eq(links.count, 2);
    cr_assert_str_eq(links.items[0].path, "/a");
    cr_assert_not(links.items[0].observable);
    cr_assert_str_eq(links.items[1].path, "/b?c=%20d");
    cr_assert_not(links.malformed);
}

Test(link_format, what_came_before_a_fault_counts)
{
    static const char *const faults[] = { "</a>,</b",       "</a>,b",
                                          "</a>;title=\"x", "</a>;=1",
                                          "</a>x",          "</a>,",
                                          "</a>,</\x01>",   "</a>,<coap://h/ b>" };

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        read_text(faults[i]);
        cr_assert_eq(links.count, 1, "%s", faults[i]);
        cr_assert_str_eq(links.items[0].path, "/a");
        cr_assert(links.malformed, "%s", faults[i]);
    }
    read_text("");
    cr_assert_eq(links.count, 0);
    cr_assert_not(links.malformed);
}

Test(link_format, is_bounded)
{
    size_t size = (size_t) (WIRE_LINKS_MAX + 10) * 16;
    char *text = calloc(1, size);
    char longer[WIRE_LINK_PATH_SIZE + 8];
    size_t used = 0;

    for (int i = 0; i < WIRE_LINKS_MAX + 5; i++) {
        used += (size_t) snprintf(text + used, size - used, "%s</r%d>", i > 0 ? "," : "", i);
    }
    read_text(text);
    cr_assert_eq(links.count, WIRE_LINKS_MAX);
    cr_assert(links.cut);
    free(text);
    (void) snprintf(longer, sizeof longer, "</%0*d>", WIRE_LINK_PATH_SIZE, 0);
    read_text(longer);
    cr_assert_eq(links.count, 0);
    cr_assert(links.cut);
    read_text("</a>;rt=\"1\",</a>;obs,<//host/b>");
    cr_assert_eq(links.count, 1, "the same path counts once");
    cr_assert_eq(links.elsewhere, 1);
}
