"""What a dishonest operator can do with the signing key at hand: a bundle changed and signed again."""
import base64
import hashlib
import json
import subprocess
import zipfile

LOG = "log/events.jsonl"
MANIFEST = "META-INF/manifest.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def tree(leaves):
    """RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def chained(events):
    """(lines, digest of the last one)"""
    head, lines = bytes(32), []
    for event in events:
        lines.append(canonical({**event, "prev": head.hex()}))
        head = hashlib.sha256(lines[-1]).digest()
    return lines, head


def signed(envelope, key, subject):
    statement = json.loads(base64.b64decode(envelope["dsseEnvelope"]["payload"]))
    statement["subject"][0]["digest"]["sha256"] = subject
    payload = canonical(statement)
    encoded = f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=encoded, capture_output=True,
                               check=True).stdout
    envelope["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    envelope["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    return canonical(envelope)


def write(path, entries):
    with zipfile.ZipFile(path, "w") as out:
        for name in sorted(entries, key=lambda name: (name != "mimetype", name != MANIFEST, name)):
            info = zipfile.ZipInfo(name)
            info.create_system = 0
            out.writestr(info, entries[name])
            info.external_attr = 0


def forge(bundle, out, key, change):
    """change(events) edits the parsed event log in place; everything that hangs on it is made to fit."""
    with zipfile.ZipFile(bundle) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    events = [json.loads(line) for line in entries[LOG].splitlines()]
    change(events)
    lines, head = chained(events)
    entries[LOG] = b"".join(line + b"\n" for line in lines)
    manifest = json.loads(entries[MANIFEST])
    manifest["log"].update(count=len(lines), head=head.hex(), root=tree(lines).hex())
    for entry in manifest["entries"]:
        if entry["path"] == LOG:
            entry.update(size=len(entries[LOG]), sha256=hashlib.sha256(entries[LOG]).hexdigest())
    entries[MANIFEST] = canonical(manifest)
    subject = hashlib.sha256(entries[MANIFEST]).hexdigest()
    for name in entries:
        if name.startswith("META-INF/att/"):
            entries[name] = signed(json.loads(entries[name]), key, subject)
    write(out, entries)
