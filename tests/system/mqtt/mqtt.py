"""The mqtt_access probe against mosquitto, sound and unsound: what each person may do is what the broker's settings say.

Exit 77: mosquitto, mosquitto_pub, mosquitto_passwd or openssl is not installed.
Packages: mosquitto mosquitto-clients openssl.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

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
    "tls": ("127.0.0.1", 21886, "mqtts", CLOSED + "certfile {folder}/cert\nkeyfile {folder}/key\n"),
    "leaky": ("127.0.0.1", 21887, "mqtt", "allow_anonymous true\nacl_file {folder}/leaky\n"),
    "tls-open": ("127.0.0.1", 21888, "mqtts", "allow_anonymous true\ncertfile {folder}/cert\nkeyfile {folder}/key\n"),
    "ipv6": ("::1", 21889, "mqtt", CLOSED),
    "tls-certificates": ("127.0.0.1", 21890, "mqtts", CLOSED + "certfile {folder}/cert\nkeyfile {folder}/key\n"
                         "cafile {folder}/cert\nrequire_certificate true\n"),
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


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


class Bench:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.broker = None
        self.faults = 0
        os.chmod(folder, 0o755)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def start(self):
        self.write("admin.secret", OWNER[1] + "\n", 0o600)
        self.write("viewer.secret", VIEWER[1] + "\n", 0o600)
        self.write("lists", LISTS)
        self.write("leaky", LEAKY)
        users = self.write("users", "")
        for user, password in (OWNER, VIEWER):
            subprocess.run([find("mosquitto_passwd"), "-b", users, user, password], check=True, capture_output=True)
        subprocess.run([find("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=broker", "-keyout", f"{self.folder}/key", "-out", f"{self.folder}/cert"],
                       check=True, capture_output=True)
        settings = "per_listener_settings true\n" + ("user root\n" if os.geteuid() == 0 else "")
        for name, (address, port, protocol, lines) in BROKERS.items():
            settings += f"listener {port} {address}\n" + lines.format(folder=self.folder)
            self.write(f"{name}.yaml", PROFILE.format(address=address, port=port, protocol=protocol))
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.broker = subprocess.Popen([find("mosquitto"), "-c", self.write("settings", settings)],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for topic in (ASSET, STATUS):
            self.publish(topic)

    def publish(self, topic):
        for _ in range(50):
            if subprocess.run([find("mosquitto_pub"), "-p", str(BROKERS["open"][1]), "-r", "-t", topic, "-m", "PLANTED"],
                              check=False, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
            sys.exit(f"mosquitto does not answer: {log.read()}")

    def stop(self):
        self.broker.terminate()
        try:
            self.broker.wait(5)
        except subprocess.TimeoutExpired:
            self.broker.kill()
            self.broker.wait()

    def probe(self, broker, params):
        command = [self.program, "probe", "mqtt_access", "--profile", f"{self.folder}/{broker}.yaml", "--service",
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
    missing = [name for name in ("mosquitto", "mosquitto_pub", "mosquitto_passwd", "openssl") if not find(name)]
    if missing:
        print(f"not installed: {' '.join(missing)}")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(program, folder)
        bench.start()
        try:
            for case in CASES:
                bench.check(*case)
        finally:
            bench.stop()
        bench.check_nobody_there()
    sys.exit(1 if bench.faults else 0)


if __name__ == "__main__":
    main()
