"""Hostile TLS servers: (name, serve, says something true). The last: it answers well enough for facts to be honest."""
import os
import pathlib

import peers

FIXTURES = pathlib.Path(__file__).parents[3] / "harness" / "probes" / "tls_server" / "fixtures"
FLIGHT = (FIXTURES / "openssl_12_ecdhe_rsa.bin").read_bytes()
RETRY = (FIXTURES / "nginx_13_retry.bin").read_bytes()
WARNING = bytes([21, 3, 3, 0, 2, 1, 90])
CHAIN_BYTES = 16 << 20


def records(handshake):
    return b"".join(bytes([22, 3, 3]) + len(part).to_bytes(2, "big") + part
                    for part in (handshake[at:at + (1 << 14)] for at in range(0, len(handshake), 1 << 14)))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def hello_of(flight):
    """The ServerHello message of a flight, which its first record begins with."""
    return flight[5:9 + int.from_bytes(flight[6:9], "big")]


def long_chain():
    certificate = bytes(range(256)) * 256
    entry = len(certificate).to_bytes(3, "big") + certificate
    entries = entry * (CHAIN_BYTES // len(entry))
    entries = entries[:(1 << 24) - 4]
    return records(hello_of(FLIGHT) + message(11, len(entries).to_bytes(3, "big") + entries) + message(14, b""))


def length_fields(flight):
    """(place, size) of the lengths of records and messages, and within ServerHello and Certificate."""
    found, at = [], 0
    while at + 5 <= len(flight):
        length = int.from_bytes(flight[at + 3:at + 5], "big")
        found.append((at + 3, 2))
        inner, end = at + 5, at + 5 + length
        while flight[at] == 22 and inner + 4 <= end:
            size = int.from_bytes(flight[inner + 1:inner + 4], "big")
            found.append((inner + 1, 3))
            if flight[inner] == 2:
                session = inner + 4 + 34
                extensions = session + 1 + flight[session] + 3
                found += [(session, 1), (extensions, 2), (extensions + 4, 2)]
            elif flight[inner] == 11:
                found += [(inner + 4, 3), (inner + 7, 3)]
            elif flight[inner] == 12:
                found += [(inner + 7, 1), (inner + 8 + flight[inner + 7] + 2, 2)]
            inner += 4 + size
        at = end
    return found


def cases():
    yield "silence", peers.answers(b""), False
    yield "closed at once", peers.answers(b"", "close", hello_first=False), False
    yield "reset at once", peers.answers(b"", "reset", hello_first=False), False
    yield "slow drip", peers.drips(FLIGHT), False
    yield "a hello without end", peers.endless(bytes([22, 3, 3, 64, 0, 2, 255, 255, 255, 3, 3]), bytes(1 << 14)), False
    yield "messages without end", peers.endless(b"", records(message(0, b""))), False
    yield "records without end", peers.endless(b"", bytes([22, 3, 3, 0, 0]) * 1000), False
    yield "a hello, and then messages without end", peers.endless(records(hello_of(FLIGHT)), records(message(4, b"x" * 99))), True
    yield "alert flood", peers.endless(b"", WARNING * 1000), False
    yield "a hello, and then an alert flood", peers.endless(records(hello_of(FLIGHT)), WARNING * 1000), True
    yield "a chain of 16 MB", peers.answers(long_chain()), True
    yield "HelloRetryRequest without end", peers.endless(b"", RETRY), True
    yield "HelloRetryRequest to each hello", peers.answers(RETRY), True
    yield "random bytes without end", peers.endless(b"", os.urandom(1 << 14)), False
    yield "lines without end", peers.endless(b"", b"220 hello\r\n" * 1000, hello_first=False), False
    for at, size in length_fields(FLIGHT):
        for value in peers.wrong_values(FLIGHT, at, size):
            yield f"length at {at} is {value}", peers.answers(peers.with_length(FLIGHT, at, size, value), "close"), True
    for at, size in length_fields(RETRY):
        for value in peers.wrong_values(RETRY, at, size):
            yield f"length at {at} of a retry is {value}", peers.answers(peers.with_length(RETRY, at, size, value), "close"), True
    whole = 9 + len(hello_of(FLIGHT))
    for at in peers.sampled(len(FLIGHT), 12, 97):
        yield f"reset after {at} bytes", peers.answers(FLIGHT[:at], "reset"), at >= whole
