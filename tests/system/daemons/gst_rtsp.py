"""The RTSP server of GStreamer, with a test picture for a camera's eye."""
import os
import subprocess

from box import Configuration, Missing

# The interpreter that Debian's python3-gi belongs to, whatever comes first in PATH.
PYTHON = "/usr/bin/python3"
STREAM, WRONG, COMMON = ("S1.1-01/stream-without-credentials", "S1.1-01/wrong-password-refused",
                         "S1.1-02/common-credentials")
IMPORTS = """import sys, gi
gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); gi.require_version('GstRtsp', '1.0')
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
Gst.init(None)
sys.exit(0 if all(Gst.ElementFactory.find(name) for name in ('videotestsrc', 'rtpvrawpay')) else 1)
"""
# PATH=open or PATH=guarded, for each path.
SERVER = IMPORTS.rsplit("sys.exit", 1)[0] + """
port, method, password = sys.argv[1:4]
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1'); server.set_service(port)
auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken(); token.set_string('media.factory.role', 'user')
nobody = GstRtspServer.RTSPToken(); nobody.set_string('media.factory.role', 'nobody')
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST if method == 'digest' else GstRtsp.RTSPAuthMethod.BASIC)
auth.add_digest('admin', password, token)
auth.add_basic(GstRtspServer.RTSPAuth.make_basic('admin', password), token)
auth.set_default_token(nobody)
server.set_auth(auth)
for word in sys.argv[4:]:
    path, kind = word.split('=')
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch('( videotestsrc ! video/x-raw,width=16,height=16,framerate=5/1 ! rtpvrawpay name=pay0 )')
    permissions = GstRtspServer.RTSPPermissions()
    for role in ('user', 'nobody'):
        permissions.add_permission_for_role(role, 'media.factory.access', True)
        permissions.add_permission_for_role(role, 'media.factory.construct', role == 'user' or kind == 'open')
    factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)
server.attach(None)
GLib.MainLoop().run()
"""


def start(box, method, password, *paths, access=()):
    if not os.path.exists(PYTHON) or subprocess.run([PYTHON, "-c", IMPORTS], capture_output=True, check=False,
                                                    timeout=60).returncode != 0:
        raise Missing("python3-gi, gir1.2-gst-rtsp-server-1.0 or gstreamer1.0-plugins-good is not installed")
    port = box.port()
    box.start(PYTHON, box.write("server.py", SERVER), str(port), method, password, *paths, tcp=[port])
    return box.profile(
        [box.service("stream", port, "rtsp")],
        assets=[{"id": "video", "kind": "personal-data"}],
        auth=[{"id": "stream-login", "kind": "password", "service": "stream", "scheme": method, "path": "/live",
               "roles": ["admin"], "credentials": [box.credential("admin", "admin", password)]}],
        access=list(access))


def public(path):
    return {"id": "test-picture", "asset": "video", "service": "stream", "auth": "none", "read": {"path": path}}


CONFIGURATIONS = [
    Configuration("GStreamer RTSP, Digest", lambda box: start(box, "digest", box.password(), "/live=guarded"),
                  {STREAM: "pass", WRONG: "pass", COMMON: "pass"}),
    Configuration("GStreamer RTSP, Basic", lambda box: start(box, "basic", box.password(), "/live=guarded"),
                  {STREAM: "pass", WRONG: "pass", COMMON: "pass"}),
    Configuration("GStreamer RTSP, a path declared public",
                  lambda box: start(box, "digest", box.password(), "/live=guarded", "/video=open",
                                    access=[public("/video")]),
                  {STREAM: "pass", WRONG: "pass"}),
    Configuration("GStreamer RTSP, an open path that is not declared",
                  lambda box: start(box, "digest", box.password(), "/live=guarded", "/video=open"),
                  {STREAM: "fail", WRONG: "pass"}),
    Configuration("GStreamer RTSP, nothing asked", lambda box: start(box, "digest", box.password(), "/live=open"),
                  {STREAM: "fail", WRONG: "fail"}),
    Configuration("GStreamer RTSP, Digest with a common password",
                  lambda box: start(box, "digest", "12345", "/live=guarded"),
                  {STREAM: "pass", WRONG: "pass", COMMON: "fail"}),
]
