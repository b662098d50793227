#include "wire/client_talk.h"

#include <criterion/criterion.h>
#include <string.h>

typedef void teller(const void *data, size_t length, char room[CLIENT_TALK_SIZE]);

static void expect_talk(teller *tell, const char *said, size_t length, const char *word)
{
    char room[CLIENT_TALK_SIZE];

    tell(said, length, room);
    cr_expect_str_eq(room, word, "\"%s\" instead of \"%s\"", room, word);
}

#define TALK(said, word) expect_talk(wire_client_talk, said, sizeof(said) - 1, word)

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

#define DATAGRAM(said, word) expect_talk(wire_client_talk_datagram, said, sizeof(said) - 1, word)

Test(client_talk, requests_of_coap_are_named_without_what_they_hold)
{
    DATAGRAM("\x40\x01\x12\x34\xb6secret", "coap GET");
    DATAGRAM("\x54\x02\x12\x34tokn\xb6secret\xffSECRET", "coap POST");
    DATAGRAM("\x40\x07\x12\x34", "coap iPATCH");
    DATAGRAM("\x40\x00\x12\x34", "coap");
}

Test(client_talk, other_datagrams)
{
    DATAGRAM("\x40\x01\x12", "other");     /* too short */
    DATAGRAM("\x49\x01\x12\x34", "other"); /* a token of 9 bytes */
    DATAGRAM("\x80\x01\x12\x34", "other"); /* another version */
    DATAGRAM("\x40\x44\x12\x34", "other"); /* a response */
    DATAGRAM("SECRET", "other");
    DATAGRAM("GET /up?token=SECRET HTTP/1.1\r\n", "http GET /up");
    DATAGRAM("\x16\xfe\xfd\x00\x00", "dtls");
    DATAGRAM("", "");
}
