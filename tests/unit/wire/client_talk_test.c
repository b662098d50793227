#include "wire/client_talk.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_talk(const char *said, size_t length, const char *word)
{
    char room[CLIENT_TALK_SIZE];

    wire_client_talk(said, length, room);
    cr_expect_str_eq(room, word, "\"%s\" instead of \"%s\"", room, word);
}

#define TALK(said, word) expect_talk(said, sizeof(said) - 1, word)

Test(client_talk, http_is_named_without_what_may_be_secret)
{
    TALK("GET /up?token=SECRET HTTP/1.1\r\nHost: x\r\n", "http GET /up");
    TALK("POST http://user:SECRET@host/up;s=SECRET HTTP/1.1\r\n", "http POST /up");
    TALK("CONNECT user HTTP/1.1\r\n", "http CONNECT user");
    TALK("GET http://host HTTP/1.1\r\n", "http GET /");
    TALK("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http/2");
}

Test(client_talk, a_long_path_is_cut)
{
    char said[600] = "GET /";
    char room[CLIENT_TALK_SIZE];

    memset(said + 5, 'a', 500);
    memcpy(said + 505, " HTTP/1.1\r\n", 11);
    wire_client_talk(said, 516, room);
    cr_expect_eq(strlen(room), strlen("http GET ") + 80);
}

Test(client_talk, mqtt_tls_and_others)
{
    TALK("\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", "mqtt CONNECT");
    TALK("\x10\x90\x01\x00\x06MQIsdp\x03", "mqtt CONNECT");
    TALK("\x16\x03\x01\x00\x10", "tls");
    TALK("\x80\x2e\x01\x03\x01", "tls");
    TALK("hello", "other");
    TALK("GET", "other");
    TALK("", "");
}
