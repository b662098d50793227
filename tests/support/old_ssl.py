#!/usr/bin/env python3
"""old_ssl.py PORT 2|3 CERTIFICATE_DER: answers hellos as a server that knows nothing newer than SSL 2.0 (the SSL Protocol,
1995) or SSL 3.0 (RFC 6101), with one RSA certificate. No library of today's Debian speaks either. It answers the first
flight, as far as a scanner can be answered without any cryptography."""
import os
import pathlib
import socketserver
import struct
import sys

SUITES = [0x000a, 0x0005, 0x002f]  # static RSA with 3DES, RC4, AES-128, each with SHA-1; in this order
KINDS = [bytes([1, 0, 0x80]), bytes([7, 0, 0xc0])]  # RC4_128_WITH_MD5, DES_192_EDE3_CBC_WITH_MD5
SECONDS = 5
HANDSHAKE_FAILURE = bytes([21, 3, 0, 0, 2, 2, 40])


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def offered(hello):
    """The suites of a ClientHello message after its header; None: it is older than SSL 3.0."""
    if hello[0] < 3:
        return None
    at = 35 + hello[34]
    length = struct.unpack_from(">H", hello, at)[0]
    return {code for code, in struct.iter_unpack(">H", hello[at + 2:at + 2 + length])}


class Client(socketserver.BaseRequestHandler):
    def take(self, length):
        data = b""
        while len(data) < length:
            more = self.request.recv(length - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def handle(self):
        self.request.settimeout(SECONDS)
        try:
            start = self.take(5)
            if start[0] & 0x80:
                self.ssl2(start)
            elif start[0] == 22:
                self.ssl3(self.take(struct.unpack(">H", start[3:])[0]))
        except (EOFError, OSError, struct.error, IndexError):
            pass  # it has left, or speaks otherwise

    def ssl2(self, start):
        length = struct.unpack(">H", start[:2])[0] & 0x7fff
        self.take(length - 3)
        if sys.argv[2] == "2" and start[2] == 1:
            body = (bytes([4, 0, 1]) + struct.pack(">HHHH", 2, len(self.server.der), 3 * len(KINDS), 16) + self.server.der
                    + b"".join(KINDS) + os.urandom(16))
            self.request.sendall(struct.pack(">H", 0x8000 | len(body)) + body)
            self.request.recv(1)

    def ssl3(self, handshake):
        suites = offered(handshake[4:])
        chosen = next((code for code in SUITES if code in (suites or ())), None)
        if sys.argv[2] != "3" or chosen is None:
            self.request.sendall(HANDSHAKE_FAILURE)
            return
        der = self.server.der
        entry = len(der).to_bytes(3, "big") + der
        flight = (message(2, b"\3\0" + os.urandom(32) + b"\0" + struct.pack(">HB", chosen, 0))
                  + message(11, len(entry).to_bytes(3, "big") + entry) + message(14, b""))
        self.request.sendall(struct.pack(">BHH", 22, 0x0300, len(flight)) + flight)
        self.request.recv(1)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Client) as server:
        server.der = pathlib.Path(sys.argv[3]).read_bytes()
        server.serve_forever()
