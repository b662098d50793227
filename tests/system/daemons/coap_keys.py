"""coap-server of libcoap: which pre-shared keys it takes, and under which identities."""
from box import Configuration
from coap import key_of_identity, one_key

WRONG, IDENTITY, KNOWN = ("S1.1-01/coap-wrong-key-refused", "S1.1-01/coap-identity-checked", "S1.1-02/coap-known-keys")

CONFIGURATIONS = [
    Configuration("coap-server, a key for its identity alone", lambda box: key_of_identity(box, plain=False),
                  {WRONG: "pass", IDENTITY: "pass", KNOWN: "pass"}),
    Configuration("coap-server, one key under any identity", lambda box: one_key(box, plain=False, library="gnutls"),
                  {WRONG: "pass", IDENTITY: "review"}),
    Configuration("coap-server, the key of a public example",
                  lambda box: one_key(box, "secretPSK", "Client_identity", plain=False), {KNOWN: "fail"}),
    Configuration("coap-server, a known key among several", lambda box: key_of_identity(box, "secretPSK", plain=False),
                  {KNOWN: "fail"}),
]
