"""ssh_short_groups.py PORT BITS: gives every client of diffie-hellman-group-exchange-sha256 a group of so many bits, which
is no prime, and nothing more (RFC 4253, RFC 4419)."""
import os
import socketserver
import struct
import sys

LISTS = ["diffie-hellman-group-exchange-sha256,kex-strict-s-v00@openssh.com", "ssh-ed25519", "aes128-ctr", "aes128-ctr",
         "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""]
KEXINIT, GROUP, REQUEST = 20, 31, 34


def string(data):
    return struct.pack(">I", len(data)) + data


def packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


class Client(socketserver.StreamRequestHandler):
    def message(self):
        length, padding = struct.unpack(">IB", self.rfile.read(5))
        return self.rfile.read(length - 1)[:length - 1 - padding]

    def handle(self):
        lists = b"".join(string(names.encode()) for names in LISTS)
        self.wfile.write(b"SSH-2.0-short_groups\r\n" + packet(bytes([KEXINIT]) + os.urandom(16) + lists + bytes(5)))
        try:
            self.rfile.readline(255)
            while self.message()[0] != REQUEST:
                pass
            number = b"\0" + b"\xff" * (int(sys.argv[2]) // 8)
            self.wfile.write(packet(bytes([GROUP]) + string(number) + string(b"\2")))
            self.message()
        except (struct.error, IndexError, OSError):
            pass  # it has left


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Client).serve_forever()
