"""net-snmp's agent: communities, users of the user-based security model, and both."""
import os

from box import ADDRESS, Configuration

NOBODY, WRONG, COMMON = ("S1.1-01/snmp-without-credentials", "S1.1-01/wrong-password-refused",
                         "S1.1-02/common-communities")
SOUND = {NOBODY: "pass", WRONG: "pass", COMMON: "pass"}
V1_ONLY = ('com2sec all default {community}\ngroup readers v1 all\nview all included .1\n'
           'access readers "" v1 noauth exact all none none\n')


def start(box, config, scheme, credential, **more):
    """An agent of that configuration, declared with that credential (user, secret)."""
    port = box.port()
    state = box.directory("state")
    conf = box.write("snmpd.conf", config + "sysDescr EX-1\nagentuser root\n", 0o600)
    # No MIB files: they make the start slow and are not needed to answer.
    environment = {**os.environ, "SNMP_PERSISTENT_DIR": state, "MIBS": "", "MIBDIRS": ""}
    box.start("snmpd", "-f", "-Lo", "-C", "-c", conf, "-p", f"{state}/pid", f"udp:{ADDRESS}:{port}", udp=[port],
              env=environment)
    auth = {"id": "agent-login", "kind": "password", "service": "agent", "scheme": scheme, "roles": ["admin"],
            "credentials": [box.credential("admin", *credential)]}
    usm = more.pop("usm", None)
    return box.profile([box.service("agent", port, "snmp", "udp")], auth=[{**auth, **({"usm": usm} if usm else {})}],
                       **more)


def community(box, word, config="rocommunity {community}\n"):
    return start(box, config.format(community=word), "snmp", ("", word))


def user(box, level, hash_name="SHA", extra="", name="operator", cipher="AES"):
    password = box.password()
    declared = {"hash": hash_name.lower().replace("-", ""), "cipher": cipher.lower() if level == "priv" else "none"}
    # The tokens of createUser are net-snmp's own names.
    config = f'createUser {name} {hash_name} "{password}" {cipher} "{password}"\nrouser {name} {level}\n{extra}'
    return start(box, config, "snmpv3", (name, password), usm=declared)


def both(box):
    """A community that nobody guesses, and "private" beside it, which may write what the profile lets us write."""
    word = box.password()
    profile = start(box, f"rocommunity {word}\nrwcommunity private\n", "snmp", ("", word),
                    assets=[{"id": "settings", "kind": "communication-setting"}],
                    access=[{"asset": "settings", "service": "agent", "auth": "agent-login", "role": "admin",
                             "read": {"path": "/1.3.6.1.2.1.1.6.0"}, "write": {"path": "/1.3.6.1.2.1.1.6.0"}}])
    box.location = lambda: box.call("snmpget", "-v2c", "-c", "private", "-Oqv", "-m", "",
                                    f"{ADDRESS}:{profile['services'][0]['port']}", "1.3.6.1.2.1.1.6.0")
    box.located = box.location()
    return profile


def is_unchanged(box):
    return [] if box.location() == box.located else [f"sysLocation was {box.located!r} and is {box.location()!r}"]


CONFIGURATIONS = [
    Configuration("snmpd, v2c, a community of its own", lambda box: community(box, box.password()), SOUND),
    Configuration("snmpd, v1 only, a community of its own", lambda box: community(box, box.password(), V1_ONLY), SOUND),
    Configuration("snmpd, v3 authPriv, SHA and AES", lambda box: user(box, "priv"), SOUND),
    Configuration("snmpd, v3 authPriv, SHA-256 and DES", lambda box: user(box, "priv", "SHA-256", cipher="DES"), SOUND),
    Configuration("snmpd, community public", lambda box: community(box, "public"), {**SOUND, COMMON: "fail"}),
    Configuration("snmpd, private writes beside a good community", both, {**SOUND, COMMON: "fail"}, is_unchanged),
    Configuration("snmpd, the model as community", lambda box: community(box, "EX-1"), {**SOUND, COMMON: "fail"}),
    Configuration("snmpd, v3 user reads without authentication", lambda box: user(box, "noauth"),
                  {**SOUND, NOBODY: "fail"}),
    Configuration("snmpd, v3 beside a well-known user without authentication",
                  lambda box: user(box, "priv", extra="createUser initial\nrouser initial noauth\n"),
                  {**SOUND, NOBODY: "fail"}),
    Configuration("snmpd, v3 beside community public", lambda box: user(box, "priv", extra="rocommunity public\n"),
                  {**SOUND, COMMON: "fail"}),
]
