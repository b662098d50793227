"""The mqtt_access probe against mosquitto, sound and unsound: what each person may do is what the broker's settings say.

Exit 77: mosquitto, mosquitto_pub, mosquitto_passwd or openssl is not installed.
Packages: mosquitto mosquitto-clients openssl.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "daemons"))

from box import Box, Missing  # noqa: E402

OWNER = ("admin", "kAe4-nine-lives")
VIEWER = ("viewer", "tWo5-brown-dogs")
ASSET = "cam/settings"
STATUS = "cam/status"

PROFILE = """hoshitori: profile/1
product:
  vendor: {{name: hoshitori}}
  model: HB-1
  type: other
reach:
  addresses: ["{address}"]
  liveness: {{service: broker}}
services:
  - {{id: broker, transport: tcp, port: {port}, protocol: {protocol}, purpose: broker, reason: broker}}
roles: [admin, viewer]
auth:
  - id: broker-login
    kind: password
    service: broker
    scheme: mqtt
    roles: [admin, viewer]
    credentials:
      - {{role: admin, user: admin, secret_file: admin.secret}}
      - {{role: viewer, user: viewer, secret_file: viewer.secret}}
"""

CLOSED = "allow_anonymous false\npassword_file {folder}/users\n"
# name: (address, port, protocol, settings of its listener)
BROKERS = {
    "open": ("127.0.0.1", 21883, "mqtt", "allow_anonymous true\n"),
    "closed": ("127.0.0.1", 21884, "mqtt", CLOSED),
    "lists": ("127.0.0.1", 21885, "mqtt", CLOSED + "acl_file {folder}/lists\n"),
    "tls": ("127.0.0.1", 21886, "mqtts", CLOSED + "certfile {certificate}\nkeyfile {key}\n"),
    "leaky": ("127.0.0.1", 21887, "mqtt", "allow_anonymous true\nacl_file {folder}/leaky\n"),
    "tls-open": ("127.0.0.1", 21888, "mqtts", "allow_anonymous true\ncertfile {certificate}\nkeyfile {key}\n"),
    "ipv6": ("::1", 21889, "mqtt", CLOSED),
    "tls-certificates": ("127.0.0.1", 21890, "mqtts", CLOSED + "certfile {certificate}\nkeyfile {key}\n"
                         "cafile {certificate}\nrequire_certificate true\n"),
}
LISTS = f"user admin\ntopic readwrite #\ntopic read $SYS/#\n\nuser viewer\ntopic read {STATUS}\n"
# Nobody may write, but everybody may read one topic too many.
LEAKY = f"topic read {ASSET}\n\nuser admin\ntopic readwrite #\n"

LET_IN = {"connected": True, "event": "answered", "return_code": 0, "complete": True,
          "versions": ["3.1.1", "5"], "versions_spoken": ["3.1.1", "5"]}
EVERYTHING = dict(LET_IN, can_subscribe_all=True, can_subscribe_sys=True, can_publish=True,
                  received_topics=[ASSET, STATUS])
REFUSED = {"connected": False, "event": "answered", "return_code": 5, "versions": [],
           "versions_spoken": ["3.1.1", "5"], "received_topics": None, "can_publish": None,
           "can_subscribe_all": None}

# (what, broker, parameters, expected facts; None: must be absent)
CASES = [
    ("nobody is let in by an open broker", "open", {}, EVERYTHING),
    ("nor does it look at passwords", "open", {"as": "wrong"}, EVERYTHING),
    ("nor miss one", "open", {"as": "blank"}, EVERYTHING),
    ("nobody is refused", "closed", {}, REFUSED),
    ("an empty password is refused", "closed", {"as": "blank"}, REFUSED),
    ("a wrong password is refused", "closed", {"as": "wrong"}, REFUSED),
    ("version 5 has a code of its own", "closed", {"version": "5"},
     {"connected": False, "return_code": 0x87, "reason": "Not authorized"}),
    ("the role is let in", "closed", {"as": "role"}, EVERYTHING),
    ("a lower role reads what is meant for it and writes nothing", "lists", {"as": "role", "role": "viewer"},
     dict(LET_IN, can_publish=False, received_topics=[STATUS])),
    ("a higher role reads and writes", "lists", {"as": "role", "role": "admin"}, EVERYTHING),
    ("topics that are not meant for it stay silent", "lists",
     {"as": "role", "role": "viewer", "topics": ASSET, "publish_topics": ASSET},
     dict(LET_IN, can_publish=False, received_topics=[], publishable=[])),
    ("over TLS nobody is refused", "tls", {}, REFUSED),
    ("over TLS the role is let in", "tls", {"as": "role"}, EVERYTHING),
    ("over TLS an open broker is open", "tls-open", {}, EVERYTHING),
    ("a leak that a granted subscription would not show", "leaky", {},
     dict(LET_IN, can_publish=False, received_topics=[ASSET])),
    ("TLS towards a broker that has none", "closed", {"tls": "true"},
     {"connected": None, "versions_spoken": [], "versions": []}),
    ("a broker that wants a certificate first", "tls-certificates", {"as": "role"},
     {"connected": None, "versions_spoken": [], "versions": []}),
    ("over IPv6 nobody is refused", "ipv6", {}, REFUSED),
    ("over IPv6 the role is let in", "ipv6", {"as": "role"}, EVERYTHING),
]


class Bench:
    def __init__(self, program, box):
        self.program = program
        self.box = box
        self.faults = 0

    def start(self):
        box = self.box
        box.secret(OWNER[1] + "\n", "admin.secret")
        box.secret(VIEWER[1] + "\n", "viewer.secret")
        box.write("lists", LISTS)
        box.write("leaky", LEAKY)
        users = box.write("users", "")
        for user, password in (OWNER, VIEWER):
            box.call("mosquitto_passwd", "-b", users, user, password)
        certificate, key = box.certificate()
        box.find("mosquitto_pub")
        settings = "per_listener_settings true\n" + ("user root\n" if os.geteuid() == 0 else "")
        for name, (address, port, protocol, lines) in BROKERS.items():
            settings += f"listener {port} {address}\n" + lines.format(folder=box.folder, certificate=certificate, key=key)
            box.write(f"{name}.yaml", PROFILE.format(address=address, port=port, protocol=protocol))
        box.start("mosquitto", "-c", box.write("settings", settings), tcp=[one[1] for one in BROKERS.values()])
        for topic in (ASSET, STATUS):
            box.call("mosquitto_pub", "-p", str(BROKERS["open"][1]), "-r", "-t", topic, "-m", "PLANTED")

    def probe(self, broker, params):
        command = [self.program, "probe", "mqtt_access", "--profile", f"{self.box.folder}/{broker}.yaml", "--service",
                   "broker", "--json"]
        for key, value in dict({"wait_ms": 500}, **params).items():
            command += ["--param", f"{key}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.fault(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
            return {}
        for secret in (OWNER[1], VIEWER[1], "PLANTED"):
            if secret in done.stdout + done.stderr:
                self.fault(f"{broker} {params}: a secret or a payload is shown")
        return json.loads(done.stdout)["facts"]

    def fault(self, text):
        self.faults += 1
        print(f"not ok: {text}")

    def check(self, what, broker, params, expected):
        facts = self.probe(broker, params)
        wrong = [name for name, value in expected.items() if facts.get(name) != value]
        if wrong or not facts:
            self.fault(f"{what}: expected {json.dumps({name: expected[name] for name in wrong})}, "
                       f"observed {json.dumps(facts)}")
        else:
            print(f"ok: {what}")

    def check_nobody_there(self):
        """A broker that has gone is neither open nor closed: the program says that it is not there."""
        command = [self.program, "probe", "mqtt_access", "--target", f"127.0.0.1:{BROKERS['open'][1]}", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 69 or done.stdout:
            self.fault(f"without a broker: exit {done.returncode}: {done.stdout}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    program = parser.parse_args().hoshitori
    with tempfile.TemporaryDirectory(prefix="hoshitori-mqtt-") as folder:
        bench = Bench(program, Box(folder))
        try:
            bench.start()
            for case in CASES:
                bench.check(*case)
        except Missing as missing:
            print(missing)
            sys.exit(77)
        finally:
            bench.box.stop()
        bench.check_nobody_there()
    sys.exit(1 if bench.faults else 0)


if __name__ == "__main__":
    main()
