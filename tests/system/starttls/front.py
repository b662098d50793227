"""front.py PROTOCOL PORT CERTIFICATE KEY [FAULT]: a server that begins TLS on request, by Python's own TLS.

FAULT: refuse (the request), hang (after it), close (instead of an answer), chatter (goes on in clear with the
go-ahead). In SMTP and XMPP also insist (on TLS before a log-in) and open (to log-ins in clear); in
SMTP and FTP busy (no room for a client)."""
import socket
import socketserver
import ssl
import sys

FEATURES = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream="
            "'http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'><stream:features>"
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")

# (what is said first; pairs of what ends a request and the answer; the go-ahead; the refusal)
PROTOCOLS = {
    "smtp": ("220 device.example ESMTP\r\n", [(b"\n", "250-device.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n")],
             b"\n", "220 2.0.0 ready\r\n", "454 4.7.0 TLS not available\r\n"),
    "imap": ("* OK ready\r\n", [], b"\n", "h1 OK begin\r\n", "h1 BAD no\r\n"),
    "pop3": ("+OK ready\r\n", [], b"\n", "+OK begin\r\n", "-ERR no\r\n"),
    "ftp": ("220-device\r\n220 ready\r\n", [], b"\n", "234 begin\r\n", "502 no\r\n"),
    "ldap": ("", [], b"20037", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
             "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00"),
    "xmpp": ("", [(b"'>", FEATURES)], b"/>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
             "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"),
}
# What they say of log-ins before TLS: fault -> protocol -> (what is replaced, by what)
CLEAR = {
    "insist": {"smtp": ("", ""), "xmpp": ("xmpp-tls'/>", "xmpp-tls'><required/></starttls>")},
    "open": {"smtp": ("250-PIPELINING", "250-AUTH PLAIN"),
             "xmpp": ("xmpp-tls'/>", "xmpp-tls'/><mechanisms><mechanism>PLAIN</mechanism></mechanisms>")},
}
CHATTER = {"smtp": "250 injected\r\n"}


def heard(link, end):
    text = b""
    while not text.endswith(end):
        more = link.recv(4096)
        if not more:
            raise ConnectionError("left")
        text += more
    return text


class Front(socketserver.BaseRequestHandler):
    def setup(self):
        self.request.settimeout(20)

    def handle(self):
        greeting, steps, end, go_ahead, refusal = PROTOCOLS[self.server.protocol]
        fault = self.server.fault
        old, new = CLEAR.get(fault, {}).get(self.server.protocol, ("", ""))
        try:
            self.request.sendall(b"421 too many clients\r\n" if fault == "busy" else greeting.encode("latin-1"))
            if fault == "busy":
                return
            for ended_by, answer in steps:
                heard(self.request, ended_by)
                self.request.sendall((answer.replace(old, new) if old else answer).encode("latin-1"))
            asked = heard(self.request, end)
            if fault == "insist" and asked.startswith(b"MAIL"):
                self.request.sendall(b"530 5.7.0 STARTTLS first\r\n")
                return
            if fault == "hang":
                self.request.recv(1)
            if fault == "refuse":
                self.request.sendall(refusal.encode("latin-1"))
                self.request.recv(1)
            if fault in ("hang", "refuse", "close"):
                return
            extra = CHATTER.get(self.server.protocol, "") if fault == "chatter" else ""
            self.request.sendall((go_ahead + extra).encode("latin-1"))
            with self.server.context.wrap_socket(self.request, server_side=True) as link:
                link.recv(4096)
        except (OSError, ssl.SSLError):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def main(protocol, port, certificate, key, fault=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with Server(("127.0.0.1", int(port)), Front) as server:
        server.protocol, server.fault, server.context = protocol, fault, context
        server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
