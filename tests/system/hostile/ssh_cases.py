"""Hostile SSH servers: (name, serve, says something true)."""
import os
import pathlib

import peers

RECORDED = (pathlib.Path(__file__).parents[3] / "harness" / "probes" / "ssh_server" / "fixtures"
            / "openssh_ed25519.bin").read_bytes()
LINE = RECORDED[:RECORDED.index(b"\n") + 1]
KEXINIT = 20
NAMES = [b"curve25519-sha256", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256", b"hmac-sha2-256", b"none",
         b"none", b"", b""]
KEXINIT_BYTES = 35000


def packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def kexinit(names):
    lists = b"".join(len(each).to_bytes(4, "big") + each for each in names)
    return packet(bytes([KEXINIT]) + os.urandom(16) + lists + bytes(5))


def long_kexinit():
    room = KEXINIT_BYTES - len(kexinit(NAMES))
    more = b"".join(b",x%07d@example" % number for number in range(room // 17))
    return kexinit([NAMES[0], NAMES[1], NAMES[2] + more, *NAMES[3:]])


def length_fields():
    """Of the recorded KEXINIT: of the packet, its padding, and of the lists."""
    start = len(LINE)
    yield start, 4
    yield start + 4, 1
    at = start + 6 + 16
    for _ in NAMES:
        yield at, 4
        at += 4 + int.from_bytes(RECORDED[at:at + 4], "big")


def cases():
    def says(data, then="wait"):
        return peers.answers(data, then, hello_first=False)

    yield "silence", peers.answers(b""), False
    yield "closed at once", says(b"", "close"), False
    yield "reset at once", says(b"", "reset"), False
    yield "slow drip", peers.drips(RECORDED, hello_first=False), False
    yield "banner lines without end", peers.endless(b"", b"Welcome to this device\r\n" * 100, hello_first=False), False
    yield "a banner line without end", peers.endless(b"", b"x" * (1 << 14), hello_first=False), False
    yield "an identification without end", peers.endless(b"SSH-2.0-", b"x" * (1 << 14), hello_first=False), False
    yield "random bytes without end", peers.endless(b"", os.urandom(1 << 14), hello_first=False), False
    yield "ignored packets without end", peers.endless(LINE, packet(b"\2\0\0\0\0") * 100, hello_first=False), False
    yield "debug packets without end", peers.endless(LINE + kexinit(NAMES), packet(b"\4\0\0\0\0\0\0\0\0\0") * 100,
                                                     hello_first=False), True
    yield "KEXINIT without end", peers.endless(LINE, kexinit(NAMES) * 20, hello_first=False), True
    yield "KEXINIT of 35,000 bytes", says(LINE + long_kexinit()), True
    yield "a packet of 4 GB", says(LINE + b"\xff\xff\xff\xff" + bytes(1 << 16)), False
    for at, size in length_fields():
        for value in peers.wrong_values(RECORDED, at, size):
            yield f"length at {at} is {value}", says(peers.with_length(RECORDED, at, size, value), "close"), True
    for at in peers.sampled(len(RECORDED), 4, 61):
        yield f"reset after {at} bytes", says(RECORDED[:at], "reset"), True
