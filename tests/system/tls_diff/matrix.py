"""The TLS servers of the matrix."""
from box import ADDRESS
from servers import PSK, PSK_HEX, Server, by_gnutls, by_openssl, exactly

T10, T11, T12, T13 = "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"
SWITCHES = {T10: "-no_tls1", T11: "-no_tls1_1", T12: "-no_tls1_2", T13: "-no_tls1_3"}
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
LEGACY = "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0"
MODERN = "ECDHE+AESGCM:ECDHE+CHACHA20"
# A certificate that may be shown with each of these suites.
HOLDS = {"rsa": "rsa", "p": "ec", "ed": "ec", "dsa": "dsa"}


def holds(shown, more=()):
    return tuple(next(kind for start, kind in HOLDS.items() if name.startswith(start)) for name in shown) + tuple(more)


# ---- OpenSSL's s_server ----


def openssl(name, versions, text, shown, *words, more=(), preferred=None, **facts):
    """shown: certificates, at most two. preferred: whose order decides, where it is said."""
    def start(room):
        port = room.port()
        pairs = [[f"-{flag}", value] for name, prefix in zip(shown, ("", "d"))
                 for flag, value in zip((f"{prefix}cert", f"{prefix}key"), room.pair(name))]
        words_of = [word for pair in pairs for word in pair] or ["-nocert"]
        return room.serve("openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-quiet", "-www", "-cipher", text,
                          *(switch for version, switch in SWITCHES.items() if version not in versions), *words_of,
                          *words, port=port)
    if preferred is not None:
        facts["server_preference"] = preferred
    return Server(f"openssl-{name}", start, by_openssl(versions, text, holds(shown, more)), shown, facts)


OPENSSL = [
    openssl("13-only", [T13], MODERN, ("p256",), renegotiation=True, extended_master_secret=True),
    openssl("12-13", [T12, T13], MODERN, ("p256",), fallback_scsv=True),
    openssl("12-rsa2048", [T12], MODERN, ("rsa2048",)),
    openssl("12-rsa3072", [T12], MODERN, ("rsa3072",)),
    openssl("12-rsa4096", [T12], MODERN, ("rsa4096",)),
    openssl("12-rsa1024", [T12], MODERN + ":@SECLEVEL=0", ("rsa1024",)),
    openssl("12-p384", [T12], MODERN, ("p384",)),
    openssl("12-p521", [T12], MODERN, ("p521",)),
    openssl("12-ed25519", [T12], MODERN, ("ed25519",)),
    openssl("12-ed448", [T12], MODERN, ("ed448",)),
    openssl("13-ed25519", [T13], MODERN, ("ed25519",)),
    openssl("12-dsa", [T12], "aDSS:@SECLEVEL=0", ("dsa2048",)),
    openssl("12-both-server", [T12], "ECDHE+AES:DHE+AES", ("rsa2048", "p256"), "-serverpref", "-dhparam", "dh2048.pem",
            preferred=True, dh_bits=2048),
    openssl("12-both-client", [T12], "ECDHE+AES:DHE+AES", ("rsa2048", "p256"), "-dhparam", "dh2048.pem",
            preferred=False, dh_bits=2048),
    openssl("12-odd-order", [T12], "AES128-SHA:DHE+AES:ECDHE+AESGCM:AES256-SHA:ECDHE+AES:AES128-GCM-SHA256",
            ("rsa2048",), "-serverpref", "-dhparam", "dh2048.pem", preferred=True),
    openssl("12-chacha-first", [T12], "ECDHE", ("p256",), "-serverpref", "-prioritize_chacha", preferred=True),
    openssl("12-cbc", [T12], "ECDHE+AES:DHE+AES:!AESGCM:!AESCCM", ("rsa2048",), dh_bits=2048),
    openssl("12-gcm", [T12], "AESGCM:!aNULL:!PSK", ("rsa2048",)),
    openssl("12-ccm", [T12], "AESCCM:!PSK", ("p256",)),
    # From 3.2 on OpenSSL counts the short tag as no security.
    openssl("12-ccm8", [T12], "AESCCM8:!PSK:@SECLEVEL=0", ("rsa2048",)),
    openssl("12-chacha", [T12], "CHACHA20:!PSK", ("rsa2048",)),
    openssl("12-static-rsa", [T12], "kRSA:!PSK", ("rsa2048",)),
    openssl("12-static-rsa-one", [T12], "AES128-SHA", ("rsa2048",)),
    openssl("12-dhe1024", [T12], "DHE+AES:@SECLEVEL=0", ("rsa2048",), "-dhparam", "dh1024.pem", dh_bits=1024),
    openssl("12-dhe2048", [T12], "DHE+AES", ("rsa2048",), "-dhparam", "dh2048.pem", dh_bits=2048),
    openssl("12-anonymous", [T12], "aNULL:!eNULL:@SECLEVEL=0", (), "-dhparam", "dh2048.pem", more=["anonymous"]),
    openssl("12-null", [T12], "eNULL:!aNULL:!PSK:@SECLEVEL=0", ("rsa2048",)),
    openssl("12-psk", [T12], "PSK:!RSAPSK", (), "-psk", PSK_HEX, more=["psk"]),
    openssl("12-psk-rsa", [T12], "PSK:@SECLEVEL=0", ("rsa2048",), "-psk", PSK_HEX, "-psk_hint", "device", more=["psk"]),
    openssl("12-camellia-aria", [T12], "CAMELLIA:ARIA:!aNULL:!PSK", ("rsa2048",), "-dhparam", "dh2048.pem"),
    openssl("10-only", [T10], LEGACY, ("rsa2048",)),
    openssl("11-only", [T11], LEGACY, ("rsa2048",)),
    openssl("10-11", [T10, T11], LEGACY, ("rsa2048",), "-dhparam", "dh2048.pem"),
    openssl("10-11-ec", [T10, T11], LEGACY, ("p256",)),
    openssl("10-13", [T10, T11, T12, T13], LEGACY, ("rsa2048",), "-dhparam", "dh2048.pem", "-serverpref",
            preferred=True, fallback_scsv=True),
    openssl("any", [T10, T11, T12, T13], EVERYTHING, ("rsa2048",), "-psk", PSK_HEX, "-dhparam", "dh2048.pem",
            more=["psk", "anonymous"]),
    openssl("no-renegotiation", [T12], MODERN, ("rsa2048",), "-no_renegotiation"),
    openssl("legacy-renegotiation", [T12], MODERN, ("rsa2048",), "-legacy_renegotiation"),
    openssl("compression", [T12], MODERN, ("rsa2048",), "-comp"),
    openssl("alpn", [T12, T13], MODERN, ("p256",), "-alpn", "http/1.1,mqtt", alpn=["http/1.1", "mqtt"]),
    openssl("no-ticket", [T12, T13], MODERN, ("p256",), "-no_ticket"),
    openssl("one-group", [T12, T13], MODERN, ("rsa2048",), "-groups", "P-384", groups=["secp384r1"]),
    openssl("one-scheme", [T12], MODERN, ("rsa2048",), "-sigalgs", "RSA+SHA512",
            signature_algorithms=["rsa_pkcs1_sha512"]),
]

# ---- servers that use OpenSSL's library ----


def nginx(name, versions, text, shown, more="", **facts):
    def start(room):
        port = room.port()
        lines = "".join("ssl_certificate {}; ssl_certificate_key {};".format(*room.pair(each)) for each in shown)
        temporary = "".join(f"{kind}_temp_path {room.folder}/{name}-{kind};" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        spoken = " ".join(version.removesuffix(".0") for version in versions)
        conf = room.write(f"nginx-{name}.conf", f"daemon off; master_process off; pid {room.folder}/{name}.pid; "
                          f"error_log stderr crit; events {{}} http {{ access_log off; {temporary} server {{ listen "
                          f"{ADDRESS}:{port} ssl; {lines} ssl_protocols {spoken}; ssl_ciphers {text}; {more} }} }}")
        return room.serve("nginx", "-p", str(room.folder), "-c", conf, "-e", "stderr", port=port)
    if "ssl_dhparam" not in more:
        text += ":!DHE"  # it has none then
    return Server(f"nginx-{name}", start, by_openssl(versions, text, holds(shown)), shown, facts)


def lighttpd(name, versions, text, shown, **facts):
    def start(room):
        port = room.port()
        certificate, key = room.pair(shown[0])
        conf = room.write(f"lighttpd-{name}.conf", f"""server.modules = ("mod_openssl")
server.bind = "{ADDRESS}"
server.port = {port}
server.document-root = "{room.folder}"
ssl.engine = "enable"
ssl.pemfile = "{certificate}"
ssl.privkey = "{key}"
ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "{versions[0].removesuffix('.0')}",
  "MaxProtocol" => "{versions[-1].removesuffix('.0')}", "CipherString" => "{text}", "Options" => "-ServerPreference")
""")
        return room.serve("lighttpd", "-D", "-f", conf, port=port)
    return Server(f"lighttpd-{name}", start, by_openssl(versions, text, holds(shown)), shown, facts)


def mosquitto(name, versions, text, shown, **facts):
    """tls_version is the oldest one. A listener has a certificate or pre-shared keys."""
    def start(room):
        port = room.port()
        lines = [f"listener {port} {ADDRESS}", "user root", "allow_anonymous true", f"ciphers {text}",
                 f"tls_version {versions[0].lower()}"]
        if shown:
            lines += ["certfile {}".format(room.pair(shown[0])[0]), "keyfile {}".format(room.pair(shown[0])[1])]
        else:
            lines += ["psk_hint device", f"psk_file {room.write('psk', f'user:{PSK_HEX}')}"]
        conf = room.write(f"mosquitto-{name}.conf", "\n".join(lines) + "\n")
        return room.serve("mosquitto", "-c", conf, port=port)
    return Server(f"mosquitto-{name}", start, by_openssl(versions, text, holds(shown) if shown else ("psk",)), shown,
                  facts)


LIBRARY = [
    nginx("modern", [T12, T13], MODERN, ("p256",), "ssl_prefer_server_ciphers on;", server_preference=True),
    nginx("both", [T12, T13], MODERN, ("p256", "rsa2048"), "ssl_prefer_server_ciphers on;"),
    nginx("legacy", [T10, T11, T12], LEGACY, ("rsa2048",), "ssl_prefer_server_ciphers on; ssl_dhparam dh2048.pem;",
          server_preference=True, dh_bits=2048),
    nginx("12-debian", [T12], "HIGH:!aNULL:!MD5", ("rsa2048",), server_preference=False),
    nginx("13-only", [T13], MODERN, ("p256",)),
    lighttpd("12-13", [T12, T13], MODERN, ("p256",)),
    lighttpd("10-12", [T10, T11, T12], LEGACY, ("rsa2048",)),
    lighttpd("12-static-rsa", [T12], "kRSA:!PSK", ("rsa2048",)),
    mosquitto("12-13-p256", [T12, T13], MODERN, ("p256",)),
    mosquitto("12-13-rsa", [T12, T13], "ECDHE+AES", ("rsa2048",)),
    mosquitto("13", [T13], MODERN, ("p256",)),
    mosquitto("psk", [T12], "PSK:!RSAPSK", ()),
]

# ---- GnuTLS ----


def gnutls(name, priority, shown, *words, more=(), **facts):
    def start(room):
        port = room.port()
        pairs = [word for each in shown for word in (f"--x509certfile={room.pair(each)[0]}",
                                                     f"--x509keyfile={room.pair(each)[1]}")]
        room.write("gnutls.psk", f"user:{PSK_HEX}\n")
        return room.serve("gnutls-serv", "--http", "--quiet", "--priority", priority, "-p", str(port), *pairs, *words,
                          port=port)
    return Server(f"gnutls-{name}", start, by_gnutls(priority, holds(shown, more)), shown, facts)


GNUTLS = [
    gnutls("normal", "NORMAL", ("rsa2048",)),
    gnutls("secure256", "SECURE256", ("p384",)),
    gnutls("13-only", "NORMAL:-VERS-ALL:+VERS-TLS1.3", ("p256",)),
    gnutls("12-server", "NORMAL:-VERS-ALL:+VERS-TLS1.2:%SERVER_PRECEDENCE", ("p256",), server_preference=True),
    gnutls("10-11", "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1", ("rsa2048",)),
    gnutls("both", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-RSA", ("rsa2048", "p256")),
    gnutls("anonymous", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-DH:+ANON-ECDH", (), more=["anonymous"]),
    gnutls("psk", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK:+DHE-PSK:+ECDHE-PSK", (), "--pskpasswd=gnutls.psk",
           more=["psk"]),
]

# ---- Mbed TLS ----

ECDSA_128, ECDSA_256 = "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256", "TLS-ECDHE-ECDSA-WITH-AES-256-CCM-8"
RSA_ECDHE, RSA_DHE = "TLS-ECDHE-RSA-WITH-CHACHA20-POLY1305-SHA256", "TLS-DHE-RSA-WITH-AES-128-CBC-SHA256"
PSK_CCM, PSK_ECDHE = "TLS-PSK-WITH-AES-128-CCM-8", "TLS-ECDHE-PSK-WITH-AES-128-CBC-SHA256"
CHACHA_13, CCM_13 = "TLS1-3-CHACHA20-POLY1305-SHA256", "TLS1-3-AES-128-CCM-8-SHA256"


def mbedtls(name, oldest, newest, suites, shown=(), psk="-", **facts):
    def start(room):
        port = room.port()
        pair = room.pair(shown[0]) if shown else ("-", "-")
        return room.serve(room.programs["mbedtls"], str(port), oldest, newest, *pair, psk, ",".join(suites), port=port)
    truth = {}
    for key, wanted in (("tls12", False), ("tls13", True)):
        names = [each.replace("TLS1-3", "TLS").replace("-", "_") for each in suites
                 if each.startswith("TLS1-3") is wanted]
        if names:
            truth[key] = names
    return Server(f"mbedtls-{name}", start, exactly(**truth), shown, facts)


MBEDTLS = [
    mbedtls("12-ecdsa", "1.2", "1.2", [ECDSA_128, ECDSA_256], ("p256",), server_preference=True),
    mbedtls("12-rsa", "1.2", "1.2", [RSA_DHE, RSA_ECDHE], ("rsa2048",), server_preference=True),
    mbedtls("12-psk", "1.2", "1.2", [PSK_CCM, PSK_ECDHE], psk=PSK),
    mbedtls("12-13", "1.2", "1.3", [ECDSA_128, CHACHA_13, CCM_13], ("p256",)),
    mbedtls("13-only", "1.3", "1.3", [CHACHA_13, CCM_13], ("p384",)),
]

# ---- ours, for what no library of Debian speaks any more ----


def old_ssl(name, version, suites=(), **facts):
    def start(room):
        port = room.port()
        room.call("openssl", "x509", "-in", room.pair("rsa2048")[0], "-outform", "DER", "-out", room.path("rsa.der"))
        return room.serve("python3", "-B", room.programs["old_ssl"], str(port), version, room.path("rsa.der"), port=port)
    # With SSL 2.0 alone no refusal is relied on, so no version is claimed.
    return Server(f"ours-{name}", start, exactly(**{"ssl3": suites} if suites else {}),
                  ("rsa2048",) if version == "3" else (), facts)


OLD = [
    old_ssl("ssl3", "3", ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA")),
    old_ssl("ssl2", "2", suites_seen=["SSL2_DES_192_EDE3_CBC_WITH_MD5", "SSL2_RC4_128_WITH_MD5"]),
]

SERVERS = OPENSSL + LIBRARY + GNUTLS + MBEDTLS + OLD
