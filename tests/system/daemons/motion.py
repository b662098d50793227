"""Motion, a camera's software: pictures over HTTP, and a page that sets everything. Its eye is a file."""
import base64
import time
import urllib.error
import urllib.request

from box import ADDRESS, START_SECONDS, Configuration

READ = "S1.1-01/read-without-credentials"
VIDEO, SETTINGS = f"{READ}@video@stream", f"{READ}@settings@web"
METHODS = {"none": 0, "digest": 2}
# 64 by 64 grey pixels.
PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyD"
    "g4+Tj4eHg4eTk5ubm7q6srLZ2eD/////xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEA"
    "AAAAAAAAAAAAAAAAAAAA/8AAEQgAQABAAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/9k=")
CONFIG = """daemon off
log_file {folder}/motion.txt
target_dir {folder}
netcam_url jpeg://{folder}/eye.jpg
width 64
height 64
framerate 5
text_scale 1
movie_output off
picture_output off
webcontrol_localhost on
webcontrol_port {web}
webcontrol_parms 2
webcontrol_auth_method {web_method}
webcontrol_authentication admin:{password}
webcontrol_lock_attempts 1000
stream_localhost on
stream_port {stream}
stream_auth_method {stream_method}
stream_authentication admin:{password}
"""


def wait_for_picture(port):
    """Motion opens its doors some seconds after its ports."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{ADDRESS}:{port}/0/current", timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("motion shows no picture")


def start(box, password, web="digest", stream="digest"):
    ports = {"web": box.port(), "stream": box.port()}
    (box.folder / "eye.jpg").write_bytes(PICTURE)
    config = CONFIG.format(folder=box.folder, web=ports["web"], stream=ports["stream"], web_method=METHODS[web],
                           stream_method=METHODS[stream], password=password)
    # It looks at the file again when the file is newer.
    box.start("sh", "-c", f"while sleep 0.2; do touch {box.folder}/eye.jpg; done")
    box.start("motion", "-n", "-c", box.write("motion.conf", config), tcp=ports.values())
    wait_for_picture(ports["stream"])
    paths = {"web": "/0/config/list", "stream": "/0/current"}
    return box.profile(
        [box.service(name, ports[name], "http") for name in ports],
        assets=[{"id": "settings", "kind": "security-setting"}, {"id": "video", "kind": "personal-data"}],
        auth=[{"id": f"{name}-login", "kind": "password", "service": name, "path": paths[name], "roles": ["admin"],
               "scheme": "digest",
               "credentials": [box.credential("admin", "admin", password)]} for name in ports],
        access=[{"asset": asset, "service": name, "auth": f"{name}-login", "role": "admin",
                 "read": {"path": paths[name]}} for asset, name in (("settings", "web"), ("video", "stream"))])


# No log-in is guessed here: a wrong one takes Motion two seconds, and other daemons have the same mechanisms.
CONFIGURATIONS = [
    Configuration("Motion, Digest", lambda box: start(box, box.password()), {VIDEO: "pass", SETTINGS: "pass"}),
    Configuration("Motion, pictures for anybody", lambda box: start(box, box.password(), stream="none"),
                  {VIDEO: "fail", SETTINGS: "pass"}),
    Configuration("Motion, settings for anybody", lambda box: start(box, box.password(), web="none"),
                  {VIDEO: "pass", SETTINGS: "fail"}),
]
