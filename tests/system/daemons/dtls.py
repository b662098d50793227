"""openssl s_server, gnutls-serv and the servers of libcoap as a device's DTLS service.

openssl s_server is begun anew for each handshake: where one fails, it stays with that client. gnutls-serv with
cookies does so too and cannot be told to end, so it stands for a server that no longer answers.
"""
from box import ADDRESS, P256, Configuration

VERSIONS, SUITES = "S1.1-12/dtls-versions", "S1.1-12/dtls-suites"
STRENGTH, AMPLIFICATION = "S1.1-12/dtls-certificate-strength", "S1.1-12/dtls-amplification"

SIDE_BY_SIDE = 6
# Its standard input must not end, and it must end with the shell.
AGAIN = 'mkfifo "$0"; exec 3<>"$0"; while :; do setpriv --pdeathsig KILL openssl s_server -naccept 1 "$@" <&3; done'
PSK = "00112233445566778899aabbccddeeff"
FORWARD = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
SHORT = ("rsa:1024",)


def profile(box, port, protocol="dtls"):
    """A page beside it shows that the device lives; DTLS alone has nothing to ask without its keys."""
    web = box.port()
    box.start("busybox", "httpd", "-f", "-p", f"{ADDRESS}:{web}", "-h", box.directory("www"), tcp=[web])
    return box.profile([box.service("web", web, "http", carries_assets=False),
                        box.service("secure", port, protocol, "udp")])


def openssl(name, expect, *arguments, key=P256):
    def start(box):
        port = box.port()
        box.find("openssl")
        certificate = ("-nocert",)
        if key:
            pair = box.certificate(algorithm=key)
            certificate = ("-cert", pair[0], "-key", pair[1])
        box.start("sh", "-c", AGAIN, str(box.folder / f"input-{port}"), "-accept", f"{ADDRESS}:{port}", "-quiet",
                  *certificate, *arguments, udp=[port])
        return profile(box, port)
    return Configuration(f"openssl s_server, {name}", start, expect, params=PARAMS)


def gnutls(name, expect, *arguments, key=True):
    def start(box):
        port = box.port()
        more = arguments
        if key:
            pair = box.certificate()
            more += ("--x509certfile", pair[0], "--x509keyfile", pair[1])
        else:
            more += ("--pskpasswd", box.write("psk", f"unit:{PSK}\n", 0o600), "--pskhint", "hint")
        box.start("gnutls-serv", "--udp", "--quiet", "-p", str(port), "--disable-client-cert", *more, udp=[port])
        return profile(box, port)
    return Configuration(f"gnutls-serv, {name}", start, expect, params=PARAMS)


def coap(library, name, expect, key=False):
    """It listens in DTLS on the port after the one that it is given."""
    def start(box):
        port = box.port()
        how = ("-k", "not-a-secret-of-anybody", "-h", "hint")
        if key:
            pair = box.certificate()
            how = ("-c", pair[0], "-j", pair[1], "-n")
        box.start(f"coap-server-{library}", "-A", ADDRESS, "-p", str(port), *how, udp=[port, port + 1])
        return profile(box, port + 1, "coaps")
    return Configuration(f"coap-server-{library}, {name}", start, expect, params=PARAMS)


# Everything is on this machine.
PARAMS = {"dtls_answer_ms": 700}
SOUND = {VERSIONS: "pass", SUITES: "pass", STRENGTH: "pass", AMPLIFICATION: "pass"}

CONFIGURATIONS = [
    openssl("forward secrecy, cookies", SOUND, "-dtls1_2", "-listen", "-cipher", FORWARD),
    openssl("pre-shared keys, cookies", SOUND, "-dtls1_2", "-listen", "-psk", PSK, "-cipher",
            "PSK-AES128-CCM8:@SECLEVEL=0",  # from 3.2 on OpenSSL counts the short tag as no security
            key=None),
    openssl("static RSA", {SUITES: "fail", STRENGTH: "fail"}, "-dtls1_2", "-listen", "-cipher",
            "AES128-GCM-SHA256:@SECLEVEL=0", key=SHORT),
    openssl("no encryption", {SUITES: "fail"}, "-dtls1_2", "-listen", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"),
    openssl("anybody in the middle", {SUITES: "fail"}, "-dtls1_2", "-listen", "-cipher", "AECDH-AES128-SHA:@SECLEVEL=0"),
    openssl("DTLS 1.0 beside 1.2", {VERSIONS: "fail", STRENGTH: "pass"}, "-dtls", "-listen", "-cipher",
            "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    openssl("DTLS 1.0 alone", {VERSIONS: "fail"}, "-dtls1", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    gnutls("no cookies, DTLS 1.0", {VERSIONS: "fail", AMPLIFICATION: "review"}, "--nocookie"),
    gnutls("no cookies, pre-shared keys", {SUITES: "pass", AMPLIFICATION: "pass"}, "--nocookie",
           "--priority", "NORMAL:-VERS-DTLS1.0:-KX-ALL:+PSK:-CIPHER-ALL:+AES-128-GCM", key=False),
    gnutls("no longer answers", {VERSIONS: "inconc"}),
    coap("gnutls", "pre-shared key", {VERSIONS: "pass", SUITES: "pass", STRENGTH: "pass"}),
    coap("openssl", "pre-shared key", {VERSIONS: "pass", SUITES: "review", AMPLIFICATION: "pass"}),
    coap("openssl", "a certificate", {VERSIONS: "pass", SUITES: "review", STRENGTH: "pass"}, key=True),
]
