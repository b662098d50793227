"""The committed table of what other tools say otherwise, and the page that is made from it."""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "probes" / "tls-differences.md"


def table():
    return json.loads((HERE / "differences.json").read_text(encoding="utf-8"))


class Known:
    """Takes note of differences; then says which are not explained and which are no longer seen."""

    def __init__(self, versions):
        self.versions = versions
        self.table = table()
        self.unexplained = []
        self.seen = set()
        for peer, version in versions.items():
            if not self.same_tool(peer):
                print(f"{peer} is {version}; the table is of {self.table['tools'][peer]}: its differences are only shown")

    def same_tool(self, peer):
        return self.versions[peer] == self.table["tools"][peer]

    def explains(self, peer, server, kind, line):
        """The entry's place in the table, or None."""
        for index, entry in enumerate(self.table["differences"]):
            if (entry["peer"] == peer and entry["kind"] == kind and re.fullmatch(entry["server"], server)
                    and re.fullmatch(entry["line"], line)):
                return index
        return None

    def see(self, peer, server, kind, line):
        index = self.explains(peer, server, kind, line)
        if index is None:
            self.unexplained.append((peer, f"{server}: {kind} against {peer}: {line}"))
        else:
            self.seen.add(index)

    def faults(self, started, asked_testssl):
        """started: names of the servers that were there; asked_testssl: those of them that testssl was pointed at."""
        found = []
        for peer, words in self.unexplained:
            if self.same_tool(peer):
                found.append(words)
            else:
                print("shown only:", words)
        for index, entry in enumerate(self.table["differences"]):
            peer = entry["peer"]
            asked = asked_testssl if peer == "testssl" else started
            if (index not in self.seen and peer in self.versions and self.same_tool(peer)
                    and any(re.fullmatch(entry["server"], name) for name in asked)
                    and (peer != "testssl" or all(name in asked for name in started))):
                found.append(f"no longer seen: {entry}")
        return found


def page(servers):
    known = table()
    tools = ", ".join(f"{name} {version}" for name, version in known["tools"].items())
    lines = ["# Where the TLS scanners differ", "",
             "<!-- Made from tests/system/tls_diff/differences.json by tls_diff.py --write; change that. -->", "",
             f"`ctest -R system.tls_diff` starts {len(servers)} servers, asks hoshitori, sslscan and nmap about each, and",
             "compares versions, suites, groups, signature schemes, keys, the size of DHE's primes and whose order decides. For",
             "each server its configuration states what it accepts; ours must say just that. Every difference of another tool",
             "is named here with its reason and with who is right. The table is of", f"{tools} (Debian 12); other versions'",
             "differences are shown by the test and do not fail it.", "",
             f"testssl.sh takes up to a minute a server. It was asked once about {len(known['testssl_asked'])} of them, for versions",
             "and suites; the test asks it about one.", ""]
    for key, reason in known["reasons"].items():
        entries = [entry for entry in known["differences"] if entry["reason"] == key]
        lines += [f"## {key}", "", reason["text"], "", f"Right: {reason['right']}. Basis: {reason['basis']}.", "",
                  "| tool | who says it | servers | what |", "|---|---|---|---|"]
        lines += ["| " + " | ".join([entry["peer"], entry["kind"]] + [f"`{entry[name]}`".replace("|", "\\|")
                                                                      for name in ("server", "line")]) + " |"
                  for entry in entries] + [""]
    lines += ["## The servers", ""] + [f"- {name}" for name in sorted(server.name for server in servers)]
    return "\n".join(lines) + "\n"


def document(servers, write):
    text = page(servers)
    if write:
        PAGE.write_text(text, encoding="utf-8")
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
    return [] if same else [f"{PAGE.name} is not what the table says: run tls_diff.py --write"]
