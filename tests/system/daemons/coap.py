"""coap-server of libcoap: what it hands out plain, behind a pre-shared key, behind certificates.

It opens CoAP without security on the port that it is given and DTLS on the next one, in every version; no option leaves the
plain port out, and without it the server does not start. A device that has DTLS alone is therefore made of two: the server
on another address, which is not the device's, and a relay in front of its DTLS port that passes datagrams as they are.
"""
import sys

from box import ADDRESS, Configuration

BEHIND = "127.0.0.2"
RESOURCE = "/example_data"
READ, PLAIN, WRITE, FOUND = ("S1.1-01/coap-read-without-credentials", "S1.1-01/coap-plain-beside-dtls",
                             "S1.1-01/coap-write-without-credentials", "S1.1-01/coap-resources")

RELAY = f"""
import select, socket, sys
front, behind = int(sys.argv[1]), int(sys.argv[2])
def bound(address, port):
    one = socket.socket(type=socket.SOCK_DGRAM)
    one.bind((address, port))
    return one
outer, clients = bound("{ADDRESS}", front), {{}}
while True:
    ready, _, _ = select.select([outer, *clients.values()], [], [])
    for one in ready:
        data, peer = one.recvfrom(65535)
        if one is outer:
            if peer not in clients:
                clients[peer] = bound("{BEHIND}", 0)
            clients[peer].sendto(data, ("{BEHIND}", behind))
        else:
            outer.sendto(data, next(client for client in clients if clients[client] is one))
"""


def even_port(box):
    """One whose next is free as well."""
    return box.port() & ~1


def server(box, *words, library="openssl", plain=True):
    """Starts a server; the port of CoAP without security, and the one of DTLS."""
    port = even_port(box)
    secure = any(word in ("-k", "-c") for word in words)
    box.start(f"coap-server-{library}", "-A", ADDRESS if plain else BEHIND, "-p", str(port), *words,
              udp=[port, port + 1] if secure else [port])
    if plain:
        return port, port + 1
    front = even_port(box)
    box.start(sys.executable, "-c", RELAY, str(front), str(port + 1), udp=[front])
    return None, front


def device(box, ports, *, auth=None, on="secure", write=True):
    """The profile: one resource that only the role may read and write, on the service `on`."""
    services = [box.service(name, port, protocol, "udp") for name, port, protocol in
                (("secure", ports[1], "coaps"), ("plain", ports[0], "coap")) if port]
    access = [{"asset": "settings", "service": on, "auth": "none" if auth is None else "key",
               **({} if auth is None else {"role": "admin"}), "read": {"path": RESOURCE},
               **({"write": {"path": RESOURCE, "method": "PUT", "harmless": True}} if write else {})}]
    return box.profile(services, roles=["admin"], access=access, auth=[{"id": "key", **auth}] if auth else [],
                       assets=[{"id": "settings", "kind": "communication-setting"}])


def psk(box, key, identity="gateway"):
    return {"kind": "key", "service": "secure", "scheme": "psk", "roles": ["admin"],
            "credentials": [box.credential("admin", identity, key)]}


def one_key(box, key=None, identity="gateway", more=(), **how):
    """A server that takes the key under any identity."""
    key = key or box.password()
    return device(box, server(box, "-k", key, *more, **how), auth=psk(box, key, identity))


def key_of_identity(box, other=None, **how):
    """A server that has a key for the declared identity, and another one for everybody else."""
    key = box.password()
    table = box.write("keys", f"CoAP,gateway,{key}\n", 0o600)
    return device(box, server(box, "-k", other or box.password(), "-i", table, **how), auth=psk(box, key))


def plain_alone(box):
    """Declared as protected by a key that a DTLS service asks for; the plain port hands it out."""
    key = box.password()
    return device(box, server(box, "-k", key), auth=psk(box, key), on="plain")


def public_alone(box):
    """One resource is declared public; the others that it lists are not declared."""
    return device(box, (server(box, library="notls")[0], None), on="plain", write=False)


def certificates(box, *, any_client, library="openssl"):
    certificate, key = box.certificate("device")
    own, own_key = box.certificate("client", "gateway")
    words = ["-c", certificate, "-j", key, *(["-n"] if any_client else ["-C", own])]
    with open(own, encoding="ascii") as first, open(own_key, encoding="ascii") as second:
        pem = first.read() + second.read()
    return device(box, server(box, *words, library=library, plain=False),
                  auth={"kind": "certificate", "service": "secure", "scheme": "certificate", "roles": ["admin"],
                        "credentials": [box.credential("admin", "gateway", pem)]})


def key_or_certificate(box):
    """The key is asked for; who comes with certificates is asked for nothing."""
    certificate, key = box.certificate("device")
    return one_key(box, more=("-c", certificate, "-j", key, "-n"), plain=False)


CLOSED = {READ: "pass", PLAIN: "pass", WRITE: "pass", FOUND: "pass"}
CONFIGURATIONS = [
    Configuration("coap-server, a pre-shared key (OpenSSL)", lambda box: key_of_identity(box, plain=False), CLOSED),
    Configuration("coap-server, a pre-shared key (GnuTLS)",
                  lambda box: key_of_identity(box, plain=False, library="gnutls"), CLOSED),
    Configuration("coap-server, a client certificate", lambda box: certificates(box, any_client=False), CLOSED),
    Configuration("coap-server, resources that nobody declared", public_alone, {FOUND: "review"}),
    Configuration("coap-server, a protected resource on the plain port", plain_alone, {READ: "fail", WRITE: "fail"}),
    Configuration("coap-server, keys with a plain port beside them", one_key,
                  {READ: "pass", PLAIN: "fail", f"{FOUND}@plain": "fail", f"{FOUND}@secure": "pass"}),
    Configuration("coap-server, any client certificate or none", lambda box: certificates(box, any_client=True),
                  {READ: "fail", WRITE: "fail", PLAIN: "pass", FOUND: "fail"}),
    Configuration("coap-server, a key or nothing", key_or_certificate, {READ: "fail", PLAIN: "pass"}),
]
