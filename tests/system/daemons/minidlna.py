"""MiniDLNA, a media server: its UPnP actions have no log-in at all."""
from box import Configuration

UPNP, PORTS = "S1.1-01/upnp-without-credentials", "S1.1-13/undeclared-tcp"
CONFIG = """media_dir=A,{media}
db_dir={folder}/db
log_dir={folder}/db
port={port}
friendly_name=EX-1
network_interface=lo
inotify=no
"""
HARMLESS = ["ContentDirectory:1#GetSearchCapabilities", "ContentDirectory:1#GetSortCapabilities",
            "ContentDirectory:1#GetSystemUpdateID", "ConnectionManager:1#GetProtocolInfo",
            "ConnectionManager:1#GetCurrentConnectionIDs"]
BROWSE = "ContentDirectory:1#Browse"


def action(name, auth):
    return {"id": name.replace("#", "-").replace(":", "-").lower(), "asset": "media", "service": "upnp", "auth": auth,
            "read": {"path": f"/{name}"}, **({} if auth == "none" else {"role": "admin"})}


def start(box, public=(), guarded=()):
    port = box.port()
    media = box.directory("media")
    box.write("media/holiday.mp3", "ID3")
    box.directory("db")
    words = ["-S", "-R", "-f", box.write("minidlna.conf", CONFIG.format(media=media, folder=box.folder, port=port)),
             "-P", str(box.folder / "minidlna.pid")]
    box.start("minidlnad", *words, tcp=[port], udp=[1900])
    services = [box.service("web", port, "http"), box.service("upnp", 1900, "ssdp", transport="udp")]
    return box.profile(
        services,
        assets=[{"id": "media", "kind": "personal-data"}],
        auth=[{"id": "web-login", "kind": "password", "service": "web", "scheme": "basic", "path": "/",
               "roles": ["admin"], "credentials": [box.credential("admin", "admin", box.password())]}] if guarded else [],
        access=[action(name, "none") for name in public] + [action(name, "web-login") for name in guarded])


CONFIGURATIONS = [
    Configuration("MiniDLNA, every action that reads declared public", lambda box: start(box, [*HARMLESS, BROWSE]),
                  {UPNP: "pass", PORTS: "pass"}),
    Configuration("MiniDLNA, what it lists is said to be behind a log-in", lambda box: start(box, HARMLESS, [BROWSE]),
                  {UPNP: "fail"}),
    Configuration("MiniDLNA, nothing declared of its actions", start, {UPNP: "review"}),
]
