"""What travels in clear when one logs in to other daemons of this folder: the same accounts with and without encryption."""
import coap
import gst_rtsp
import lighttpd
import mosquitto
import nginx
import openssh
import snmpd
import telnetd
import vsftpd

from box import Configuration

CLEAR, UDP = "S1.1-12/secrets-in-clear", "S1.1-12/encrypted-udp"


def nginx_over_tls(box):
    certificate, key = box.certificate()
    profile = nginx.start(box, box.password(), more=f"ssl_certificate {certificate}; ssl_certificate_key {key};")
    service = profile["services"][0]
    config = (box.folder / "nginx.conf").read_text(encoding="utf-8")
    box.write("nginx.conf", config.replace(f"listen 127.0.0.1:{service['port']};",
                                           f"listen 127.0.0.1:{service['port']} ssl;"))
    box.call("nginx", "-c", str(box.folder / "nginx.conf"), "-e", str(box.folder / "nginx.err"), "-s", "reload")
    service["protocol"] = "https"
    return profile


def digest_with_marker(box):
    """Digest hides the password; the page behind it, with what was put on the device, is there for all to read."""
    profile = lighttpd.start(box, box.password())
    box.write("root/settings/index.html", "<h1>settings</h1> <input name=key value=sunflower&amp;seeds>")
    profile["assets"][0]["marker_file"] = box.secret("sunflower&seeds")
    return profile


def broker(tls):
    return mosquitto.broker("", {}, lists=mosquitto.SOUND_LIST, tls=tls).start


def snmp(level=None):
    return lambda box: snmpd.user(box, level) if level else snmpd.community(box, box.password())


SIDE_BY_SIDE = 3
CONFIGURATIONS = [
    Configuration("in clear: nginx, Basic over TLS", nginx_over_tls, {CLEAR: "pass"}),
    Configuration("in clear: nginx, Basic", lambda box: nginx.start(box, box.password()), {CLEAR: "fail"}),
    Configuration("in clear: lighttpd, Digest", lambda box: lighttpd.start(box, box.password()), {CLEAR: "pass"}),
    Configuration("in clear: lighttpd, Digest before a page with a marker", digest_with_marker, {CLEAR: "fail"}),
    Configuration("in clear: sshd", openssh.start, {CLEAR: "pass"}),
    Configuration("in clear: telnetd", lambda box: telnetd.start(box, telnetd.busybox_telnetd), {CLEAR: "fail"}),
    Configuration("in clear: vsftpd", lambda box: vsftpd.start(box, options=vsftpd.NOBODY), {CLEAR: "fail"}),
    Configuration("in clear: GStreamer RTSP, Digest",
                  lambda box: gst_rtsp.start(box, "digest", box.password(), "/live=guarded"), {CLEAR: "pass"}),
    Configuration("in clear: GStreamer RTSP, Basic",
                  lambda box: gst_rtsp.start(box, "basic", box.password(), "/live=guarded"), {CLEAR: "fail"}),
    Configuration("in clear: mosquitto over TLS", broker(True), {CLEAR: "pass"}),
    Configuration("in clear: mosquitto", broker(False), {CLEAR: "fail"}),
    Configuration("in clear: snmpd, v3 authPriv", snmp("priv"), {CLEAR: "pass", UDP: "review"}),
    Configuration("in clear: snmpd, v2c", snmp(), {CLEAR: "fail", UDP: "review"}),
    Configuration("in clear: coap-server, with keys and without", coap.one_key,
                  {f"{UDP}@secure": "pass", f"{UDP}@plain": "fail"}),
]
