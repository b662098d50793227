"""Hostile DTLS servers: (name, answer, says something true). answer(data): the datagrams that go back."""
import os
import pathlib
import struct

import peers

FIXTURES = pathlib.Path(__file__).parents[3] / "harness" / "probes" / "dtls_server" / "fixtures"
FLIGHT = (FIXTURES / "gnutls_12_ecdsa.bin").read_bytes()
COOKIE = (FIXTURES / "openssl_cookie.bin").read_bytes()
FLOOD = 300


def record(kind, body, sequence=0):
    return struct.pack(">BHHHIH", kind, 0xfefd, 0, 0, sequence, len(body)) + body


def fragment(kind, length, number, offset, body):
    return (bytes([kind]) + length.to_bytes(3, "big") + struct.pack(">H", number) + offset.to_bytes(3, "big")
            + len(body).to_bytes(3, "big") + body)


def new_cookie(_):
    body = b"\xfe\xff" + bytes([32]) + os.urandom(32)
    yield record(22, fragment(3, len(body), 0, 0, body))


def one_byte_fragments(_):
    for at in range(FLOOD):
        yield record(22, fragment(2, 1 << 20, 0, at, b"x"), at)


def overlapping(_):
    for at in range(FLOOD):
        yield record(22, fragment(2, 5000, 0, at, os.urandom(500)), at)


def length_fields(flight):
    """(place, size) of the lengths of records and fragments."""
    at = 0
    while at + 13 <= len(flight):
        yield at + 11, 2
        if flight[at] == 22:
            yield from ((at + 14, 3), (at + 19, 3), (at + 22, 3))
        at += 13 + int.from_bytes(flight[at + 11:at + 13], "big")


def cases():
    yield "silence", lambda _: (), False
    yield "HelloVerifyRequest without end", new_cookie, False
    yield "random datagrams", lambda _: (os.urandom(1200) for _ in range(FLOOD)), False
    yield "empty datagrams", lambda _: (b"" for _ in range(FLOOD)), False
    yield "alert flood", lambda _: (record(21, bytes([1, 90]), at) for at in range(FLOOD)), False
    yield "fragments of one byte", one_byte_fragments, False
    yield "overlapping fragments of several messages", overlapping, False
    yield "the hello sent back", lambda data: (data,), False
    yield "a flight 300 times", lambda _: (FLIGHT for _ in range(FLOOD)), True
    for what, flight in (("flight", FLIGHT), ("cookie", COOKIE)):
        for at, size in length_fields(flight):
            for value in peers.wrong_values(flight, at, size):
                wrong = peers.with_length(flight, at, size, value)
                yield f"length at {at} of the {what} is {value}", lambda _, wrong=wrong: (wrong,), True
    for at in peers.sampled(len(FLIGHT), 4, 89):
        yield f"{at} bytes of a flight", lambda _, at=at: (FLIGHT[:at],), True
