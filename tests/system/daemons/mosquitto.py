"""mosquitto as a device's broker: who is let in, and what the list of permissions leaves to whom."""
import dataclasses
import os

from box import ADDRESS, Configuration

WRONG, COMMON = "S1.1-01/wrong-password-refused", "S1.1-02/common-credentials"
NOBODY, VERSIONS = "S1.1-01/mqtt-without-credentials", "S1.1-01/mqtt-wrong-password-refused"
READS, WRITES = "S1.1-01/mqtt-lower-role-reads", "S1.1-01/mqtt-lower-role-writes"
PROTOCOL = "S1.1-13/declared-protocol"
GUESSING = "S1.1-04/guessing-rate"

SIDE_BY_SIDE = 4
SETTINGS, STATUS, NOTE = "cam/settings", "cam/status", "cam/note"
ADMIN_ALL = "user admin\ntopic readwrite #\ntopic read $SYS/#\n\n"
VIEWER_STATUS = f"user viewer\ntopic read {STATUS}\n"
SOUND_LIST = ADMIN_ALL + VIEWER_STATUS


@dataclasses.dataclass(frozen=True)
class Broker:
    anonymous: bool = False
    lists: str = ""
    tls: bool = False
    password: str = ""  # of admin; a good one unless given
    looks: bool = True  # at passwords


def words(box, broker, port, passwords):
    """The configuration file."""
    lines = ["per_listener_settings true"]
    if os.geteuid() == 0:
        lines.append("user root")  # where the folder is root's alone, another user could not read it
    lines += [f"listener {port} {ADDRESS}", f"allow_anonymous {'true' if broker.anonymous else 'false'}",
              "sys_interval 1"]
    if broker.looks:
        users = box.write("users", "", 0o600)
        for user, password in passwords.items():
            box.call("mosquitto_passwd", "-b", users, user, password)
        lines.append(f"password_file {users}")
    if broker.lists:
        lines.append(f"acl_file {box.write('lists', broker.lists, 0o600)}")
    if broker.tls:
        certificate, key = box.certificate()
        lines += [f"certfile {certificate}", f"keyfile {key}"]
    return "\n".join(lines) + "\n"


def retain(box, broker, port, password):
    """What a camera leaves at its broker, for whoever may read it."""
    who = ["-u", "admin", "-P", password] if broker.looks else []
    trust = ["--cafile", box.certificate()[0], "--insecure"] if broker.tls else []
    for topic in (SETTINGS, STATUS):
        box.call("mosquitto_pub", "-h", ADDRESS, "-p", str(port), "-r", "-q", "1", "-t", topic, "-m", "PLANTED", *who,
                 *trust)


def start(box, broker):
    port = box.port()
    passwords = {"admin": broker.password or box.password(), "viewer": box.password()}
    box.find("mosquitto_pub")
    box.start("mosquitto", "-c", box.write("mosquitto.conf", words(box, broker, port, passwords)), tcp=[port])
    retain(box, broker, port, passwords["admin"])
    return box.profile(
        [box.service("broker", port, "mqtts" if broker.tls else "mqtt")],
        roles=("admin", "viewer"),
        limits={"concurrency": 4, "connections_per_second": 40000, "login_attempts": 60, "fragile": False},
        assets=[{"id": "settings", "kind": "communication-setting"}, {"id": "note", "kind": "communication-setting"}],
        auth=[{"id": "broker-login", "kind": "password", "service": "broker", "scheme": "mqtt",
               "roles": ["admin", "viewer"],
               "credentials": [box.credential(role, role, password) for role, password in passwords.items()]}],
        access=[{"asset": "settings", "service": "broker", "auth": "broker-login", "role": "admin",
                 "read": {"topic": SETTINGS}},
                {"asset": "note", "service": "broker", "auth": "broker-login", "role": "admin",
                 "write": {"topic": NOTE, "harmless": True}}])


def broker(name, expect, **more):
    # Retained messages come at once over loopback.
    return Configuration(f"mosquitto, {name}", lambda box: start(box, Broker(**more)), expect,
                         params={"mqtt_listen_ms": 400})


SOUND = {NOBODY: "pass", VERSIONS: "pass", READS: "pass", WRITES: "pass", PROTOCOL: "pass"}

CONFIGURATIONS = [
    broker("passwords and a list of permissions", {**SOUND, WRONG: "pass", COMMON: "pass"}, lists=SOUND_LIST),
    broker("the same over TLS", {**SOUND, WRONG: "pass"}, lists=SOUND_LIST, tls=True),
    broker("everybody is somebody", {NOBODY: "fail", WRONG: "fail", VERSIONS: "fail"}, anonymous=True, looks=False),
    broker("nobody is let in beside the passwords", {NOBODY: "fail", WRONG: "pass", VERSIONS: "pass"}, anonymous=True),
    broker("nobody reads everything and writes nothing", {NOBODY: "fail", READS: "pass"}, anonymous=True,
           lists="topic read #\n\n" + SOUND_LIST),
    broker("nobody hears the broker itself alone", {NOBODY: "review"}, anonymous=True,
           lists="topic read $SYS/#\n\n" + SOUND_LIST),
    broker("nobody is let in and hears nothing", {NOBODY: "review"}, anonymous=True, lists=SOUND_LIST),
    broker("no list of permissions", {READS: "fail", WRITES: "fail"}),
    broker("the viewer reads the settings", {READS: "fail", WRITES: "pass"},
           lists=SOUND_LIST + f"topic read {SETTINGS}\n"),
    broker("the viewer writes the note", {READS: "pass", WRITES: "fail"}, lists=SOUND_LIST + f"topic write {NOTE}\n"),
    broker("nobody over TLS", {NOBODY: "fail", VERSIONS: "pass"}, anonymous=True, tls=True),
    broker("a common password", {WRONG: "pass", COMMON: "fail"}, password="admin"),
    broker("guessing as fast as one likes", {WRONG: "pass", GUESSING: "fail"}),
    broker("a common password over TLS", {COMMON: "fail"}, password="1234", tls=True),
]
