"""Packets are kept when they are asked for, and no declared secret is in them."""
import base64
import json
import pathlib
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time
import unittest
import zipfile
from http.server import ThreadingHTTPServer

from support import Bench, HOSHITORI
from test_evidence import Echo, PLANTED, Secrets
from test_killed import QUICK

def may_capture():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
        return True
    except (OSError, AttributeError):
        return False


class Telnet(socketserver.BaseRequestHandler):
    """A console that asks for name and password, echoes the name, and repeats the password when it is wrong."""

    def line(self):
        text = b""
        while not text.endswith((b"\n", b"\0", b"\r")):
            got = self.request.recv(1)
            if not got:
                raise ConnectionError
            text += got
        return text.strip(b"\r\n\0").decode("latin-1")

    def handle(self):
        try:
            for _ in range(3):
                self.request.sendall(b"\r\nlogin: ")
                user = self.line() or self.line()
                self.request.sendall(user.encode("latin-1") + b"\r\nPassword: ")
                password = self.line() or self.line()
                if (user, password) == ("admin", PLANTED):
                    self.request.sendall(b"\r\nwelcome, who said " + password.encode("latin-1") + b"\r\n# ")
                    self.line()
                    return
                self.request.sendall(b"\r\nLogin incorrect\r\n")
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def masked_frames(content):
    """The frames of enhanced packet blocks (type 6) whose comment says that something was masked."""
    frames, at = [], 0
    while at < len(content):
        kind, size = struct.unpack_from(">II", content, at)
        block = content[at:at + size]
        if kind == 6 and b"octets of a secret masked" in block:
            captured, = struct.unpack_from(">I", block, 20)
            frames.append(block[28:28 + captured])
        at += size
    return frames


@unittest.skipUnless(may_capture(), "packets may not be captured here")
class Packets(Bench):
    def packets_of(self, out):
        with zipfile.ZipFile(out) as archive:
            return {name: archive.read(name) for name in archive.namelist() if name.endswith(".pcapng")}

    def device(self):
        """A web page and a console, both in clear text."""
        web = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        console = Server(("127.0.0.1", 0), Telnet)
        for server in (web, console):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
        secret = self.folder / "admin.password"
        secret.write_text(PLANTED + "\n", encoding="utf-8")
        secret.chmod(0o600)
        text = Secrets.PROFILE.format(port=web.server_address[1])
        text = text.replace("assets:", f"  - {{id: console, transport: tcp, port: {console.server_address[1]}, "
                            "protocol: telnet, purpose: console, reason: test}\nassets:", 1)
        text = text.replace("access:\n", "  - {id: shell, kind: password, service: console, scheme: telnet, roles: [admin],\n"
                            "     credentials: [{role: admin, user: admin, secret_file: admin.password}]}\naccess:\n", 1)
        profile = self.folder / "profile.yaml"
        profile.write_text(text, encoding="utf-8")
        return profile, console.server_address[1]

    def test_a_telnet_log_in_is_there_and_its_password_is_not(self):
        profile, port = self.device()
        done, result = self.run_device(profile, "--only", "S1.1-01", "--only", "S1.1-02", "--capture")
        self.assertIsNotNone(result, done.stderr)
        self.assertIn("masked", done.stderr)
        (name, content), = self.packets_of(self.folder / "device.hoshi").items()
        self.assertEqual(name, "wire/packets.1.pcapng")
        self.assertIn(b"Password: ", content, "the console was heard")
        ours = struct.pack(">H", port)
        console = [frame for frame in masked_frames(content) if ours in frame[:64]]
        self.assertTrue(any(b"welcome, who said " in frame for frame in console), "masked in the console's own packets")
        self.assertIn(b"X" * len(PLANTED), content)
        for form in (PLANTED.encode(), PLANTED.encode().hex().encode(), base64.b64encode(PLANTED.encode()).rstrip(b"="),
                     base64.b64encode(f"admin:{PLANTED}".encode()).rstrip(b"=")):
            self.assertNotIn(form, content)
        with zipfile.ZipFile(self.folder / "device.hoshi") as archive:
            manifest = json.loads(archive.read("META-INF/manifest.json"))
            events = [json.loads(line) for line in archive.read("log/events.jsonl").splitlines()]
        entry, = (entry for entry in manifest["entries"] if entry["path"] == name)
        self.assertEqual((entry["class"], entry["disclosure"], "sha256" in entry), ("secret", "withholdable", False))
        self.assertEqual(result["packets"], [entry["id"]])
        said, = (event["data"] for event in events if event["kind"] == "packets")
        self.assertTrue(said["whole"])
        self.assertEqual((said["size"], said["cut"], said["torn_bytes"]), (len(content), False, 0))
        self.assertGreater(said["masked"], 0)
        self.look_with_tshark(content, port, said["packets"])

    def look_with_tshark(self, content, port, packets):
        tshark = shutil.which("tshark")
        if tshark is None:
            return
        file = self.folder / "packets.pcapng"
        file.write_bytes(content)
        done = subprocess.run([tshark, "-r", str(file), "-T", "fields", "-e", "frame.number", "-e", "tcp.port", "-e", "ip.addr"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual(len(rows), packets)
        self.assertTrue(any(str(port) in row[1].split(",") for row in rows))
        self.assertEqual({address for row in rows for address in row[2].split(",") if address}, {"127.0.0.1"})

    def test_without_being_asked_nothing_is_kept(self):
        self.run_device(self.stub().profile, *QUICK, code=2)
        self.assertEqual(self.packets_of(self.folder / "device.hoshi"), {})

    def test_a_kill_leaves_whole_blocks_and_resume_a_second_file(self):
        device = self.stub()
        out = self.folder / "device.hoshi"
        partial = pathlib.Path(f"{out}.partial")
        process = subprocess.Popen([HOSHITORI, *self.run_words(device.profile, out, *QUICK, "--capture")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        file = partial / "wire" / "packets.1.pcapng"
        until = time.monotonic() + 20
        while time.monotonic() < until and not (file.exists() and file.stat().st_size > 4000):
            time.sleep(0.002)
        process.kill()
        process.wait()
        time.sleep(0.2)
        with file.open("ab") as torn:
            torn.write(b"\0\0\0\6\0\0")
        self.command("run", "--resume", str(partial), "--yes", "--progress", "none", code=2)
        kept = self.packets_of(out)
        self.assertEqual(sorted(kept), ["wire/packets.1.pcapng", "wire/packets.2.pcapng"])
        with zipfile.ZipFile(out) as archive:
            said = [json.loads(line)["data"] for line in archive.read("log/events.jsonl").splitlines()
                    if b'"kind":"packets"' in line]
        self.assertEqual([(one["session"], one["whole"]) for one in said], [(1, False), (2, True)])
        self.assertGreaterEqual(said[0]["torn_bytes"], 6)
        self.command("verify", str(out), "--signer", f"{self.key}.pub", code=0)


if __name__ == "__main__":
    unittest.main()
