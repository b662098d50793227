#include "wire/http_head.h"

#include <criterion/criterion.h>
#include <string.h>

static bool read_text(const char *text, struct wire_http_head *head)
{
    return wire_http_head_read(text, strlen(text), head);
}

Test(http_head, a_whole_answer)
{
    struct wire_http_head head;
    const char *value = NULL;
    size_t length = 0;

    cr_assert(read_text("HTTP/1.1 404 Not Found\r\nServer:  thttpd \r\nX: y\r\n\r\nbody", &head));
    cr_expect_eq(head.kind, WIRE_HTTP_HTTP);
    cr_expect_eq(head.status, 404);
    cr_expect_eq(head.major * 10 + head.minor, 11);
    cr_expect(head.whole);
    cr_expect_eq(head.reason_length, strlen("Not Found"));
    cr_expect_eq(head.body_length, 4);
    cr_assert(wire_http_head_field(&head, "SERVER", &value, &length));
    cr_expect_eq(length, 6);
    cr_expect_eq(memcmp(value, "thttpd", 6), 0);
    cr_expect(!wire_http_head_field(&head, "Serve", &value, &length));
}

Test(http_head, lenient_where_devices_are)
{
    struct wire_http_head head;

    cr_expect(read_text("HTTP/1.0 200\n\n", &head) && head.whole && head.reason_length == 0);
    cr_expect(read_text("RTSP/1.0 200 OK\r\n", &head) && head.kind == WIRE_HTTP_RTSP &&
              !head.whole);
}

Test(http_head, what_is_no_status_line)
{
    static const char *const texts[] = {
        "",
        "HTTP/1.1 200 OK", /* its end may still come */
        "HTTP/1.1 20 OK\r\n",
        "HTTP/1.1 2000\r\n",
        "HTTP/11 200 OK\r\n",
        "HTTP/1.1 099 OK\r\n",
        "HTTPS/1.1 200 OK\r\n",
        "http/1.1 200 OK\r\n",
        "GET / HTTP/1.1\r\n",
        "ICY 200 OK\r\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wire_http_head head;

        cr_expect(!read_text(texts[i], &head), "%s", texts[i]);
        cr_expect_eq(head.kind, WIRE_HTTP_NEITHER, "%s", texts[i]);
    }
}
