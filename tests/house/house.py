#!/usr/bin/env python3
"""Checks on ourselves: the rules of the house that a compiler does not know.

house.py [ROOT]              every rule over the tree; one line a problem, exit 1 if there is one
house.py [ROOT] --self-test  every rule against a sample that breaks it: a rule that cannot fail is none
"""
import pathlib
import re
import subprocess
import sys

FILE_LINES = 600
FUNCTION_LINES = 70

LAYERS = {
    "base": {"base"},
    "wire": {"base", "wire"},
    "image": {"base", "wire", "image"},
    "xml": {"base", "xml"},
    "import": {"base", "xml", "import"},
    "reading": {"base", "reading"},
    "model": {"base", "model"},
    "channel": {"base", "wire", "model", "channel"},
    "probe": {"xml", "base", "wire", "model", "channel", "probe"},
    "control": {"base", "wire", "model", "channel", "probe", "control"},
    "probes": {"base", "wire", "model", "channel", "xml", "import", "reading", "image", "probe", "control"},
    "evidence": {"base", "model", "evidence"},
    "engine": {"base", "wire", "model", "channel", "import", "probe", "control", "evidence", "engine"},
    "report": {"base", "model", "evidence", "report"},
    "cli": {"base", "wire", "model", "channel", "import", "probe", "control", "evidence", "engine", "report", "cli"},
    "verify": {"base", "model", "evidence", "verify"},
}

# Libraries that one folder alone may know, by the header's name.
LIBRARIES = [
    (re.compile(r"yaml\.h$"), {"model"}),
    (re.compile(r"curl/|pcap/|libssh/|MQTT\w+\.h$|coap"), {"channel"}),
    (re.compile(r"mbedtls/(ssl|net_sockets)\.h$"), {"channel"}),
    (re.compile(r"mbedtls/"), {"channel", "evidence"}),
    (re.compile(r"openssl/"), {"evidence", "verify"}),
    (re.compile(r"zlib\.h$"), {"evidence"}),
    (re.compile(r"seccomp\.h$"), {"engine", "verify"}),
    (re.compile(r"expat\.h$"), {"xml"}),
    (re.compile(r"libxml/|poppler|glib\.h$|iconv\.h$"), {"reading"}),
    (re.compile(r"qrencode\.h$"), {"report"}),
    (re.compile(r"archive(_entry)?\.h$|sqfs/|ext2fs/"), {"image"}),
    (re.compile(r"crypt\.h$"), {"probes"}),
    (re.compile(r"sys/socket\.h$"), {"channel", "cli"}),
]

BANNED = re.compile(r"\b(strcpy|strcat|strncpy|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|gmtime|localtime|alloca)\s*\(")
BANNED_ON_PURPOSE = {"harness/base/banned.h", "tests/house/banned.c"}
PRINTING = re.compile(r"\b(printf|puts|putchar|perror|vprintf)\s*\(|\bstdout\b|\bstderr\b")
MARKERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# IPA forbids these; they stand here and nowhere else.
PHRASES = ["JC-STAR適合予定", "適合ラベル対応", "適合ラベル取得申請中", "complete security",
           "free of vulnerabilities", "officially endorsed", "safe in any environment"]


def stripped(text):
    """The code without comments and without what is inside string literals; lines keep their numbers."""
    def blank(match):
        kept = re.sub(r"[^\n]", " ", match.group(0))
        return kept if match.group(0)[0] == "/" else '"' + kept[1:-1] + '"' if len(kept) > 1 else kept
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def layer_of(path):
    parts = pathlib.PurePosixPath(path).parts
    return parts[1] if len(parts) > 2 and parts[0] == "harness" and parts[1] in LAYERS else None


def rule_includes(path, text):
    layer = layer_of(path)
    if layer is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        angled = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if quoted:
            target = quoted.group(1)
            if target.startswith("support/") and re.search(r"_(test|fuzz)\.c$", path):
                continue
            if ".." in target:
                yield f"{path}:{number}: includes '{target}' by a relative path"
            elif "/" in target and target.split("/")[0] not in LAYERS[layer]:
                yield f"{path}:{number}: {layer}/ may not include '{target}'"
            elif layer == "evidence" and target.startswith("model/") and target != "model/verdict.h":
                yield f"{path}:{number}: evidence/ sees model/verdict.h alone, not '{target}'"
            elif "/" not in target and layer != "probes":
                yield f"{path}:{number}: say which layer '{target}' belongs to"
        elif angled:
            for pattern, allowed in LIBRARIES:
                if pattern.search(angled.group(1)):
                    if layer not in allowed:
                        yield f"{path}:{number}: <{angled.group(1)}> belongs to {'/'.join(sorted(allowed))} alone"
                    break


def rule_sizes(path, text):
    if not path.endswith((".c", ".h")):
        return
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines, more than {FILE_LINES}"
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start + 1 > FUNCTION_LINES:
                yield f"{path}:{start}: a function of {number - start + 1} lines, more than {FUNCTION_LINES}"
            start = None


def rule_banned(path, text):
    if path.endswith((".c", ".h")) and path not in BANNED_ON_PURPOSE:
        for number, line in enumerate(stripped(text).splitlines(), 1):
            found = BANNED.search(line)
            if found:
                yield f"{path}:{number}: {found.group(1)} is banned"


def rule_printing(path, text):
    layer = layer_of(path)
    if layer in (None, "cli", "verify") or not path.endswith(".c") or re.search(r"_(test|fuzz)\.c$", path):
        return
    for number, line in enumerate(stripped(text).splitlines(), 1):
        if PRINTING.search(line):
            yield f"{path}:{number}: below cli/ nothing prints"


def rule_markers(path, text):
    if path.startswith(("harness/", "firmware-stubs/", "tests/", "scripts/")) and not path.startswith("tests/house/"):
        for number, line in enumerate(text.splitlines(), 1):
            found = MARKERS.search(line)
            if found:
                yield f"{path}:{number}: '{found.group(1)}' is left over"


def rule_phrases(path, text):
    if path.startswith("tests/house/"):
        return
    folded = " ".join(text.lower().split())
    for phrase in PHRASES:
        if phrase.lower() in folded:
            yield f"{path}: '{phrase}' is a phrase that IPA forbids"


RULES = [rule_includes, rule_sizes, rule_banned, rule_printing, rule_markers, rule_phrases]


def probe_problems(name, files, readme):
    """files: paths inside harness/probes/<name>/."""
    if "probe.c" not in files:
        yield f"harness/probes/{name}: no probe.c"
    for what, pattern in (("parser or probe test", r"_test\.c$"), ("fuzz target", r"_fuzz\.c$")):
        if not any(re.search(pattern, file) for file in files):
            yield f"harness/probes/{name}: no {what}"
    fixtures = [file for file in files if file.startswith("fixtures/")]
    if not fixtures:
        yield f"harness/probes/{name}: no fixtures/"
    if readme is None:
        yield f"harness/probes/{name}: no README.md"
        return
    for fixture in fixtures:
        if pathlib.PurePosixPath(fixture).name not in readme:
            yield f"harness/probes/{name}: README.md does not say where {fixture} comes from"


def clause_problems(where, clauses, suite):
    """Every clause is asked by a check, or says why not."""
    asked = set(re.findall(r"^\s*(?:-\s+)?clause:\s*[\"']?([\w.-]+)", suite, re.M))
    blocks = re.split(r"^\s*-\s+id:\s*", clauses, flags=re.M)[1:]
    ids = []
    for block in blocks:
        clause = re.match(r"[\"']?([\w.-]+)", block).group(1)
        if not re.match(r"[SP]\d?[\w]*[.-]", clause) or "/" in block.splitlines()[0]:
            continue
        ids.append(clause)
        if clause not in asked and not re.search(r"^\s+exception:", block, re.M):
            yield f"{where}: {clause} has neither a check nor an exception"
        if not re.search(r"^\s+basis:", block, re.M):
            yield f"{where}: {clause} does not say its basis"
    if not ids:
        yield f"{where}: no clause found"


def policy_problems(path, text, suites):
    """A policy is named after its id, used by a suite, and no entry claims the official text."""
    name = pathlib.PurePosixPath(path).name
    if not name.endswith(".yaml") or not re.search(r"^hoshitori: policy/1$", text, re.M):
        yield f"{path}: not a policy"
    elif not re.search(rf"^id: {re.escape(name[:-len('.yaml')])}$", text, re.M):
        yield f"{path}: the id is not the file's name"
    if f"../policy/{name}" not in suites:
        yield f"{path}: no suite uses it"
    if re.search(r"level: official|basis: official", text):
        yield f"{path}: claims the official text, which was not at hand"


def tracked(root):
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True)
    if listing.returncode == 0 and listing.stdout:
        return [name for name in listing.stdout.splitlines() if (root / name).is_file()]
    return [str(path.relative_to(root)) for path in root.rglob("*")
            if path.is_file() and not {"build", ".git"} & set(path.relative_to(root).parts)]


def tree_problems(root):
    names = tracked(root)
    for name in names:
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for rule in RULES:
            yield from rule(name, text)
    folders = sorted({name.split("/")[2] for name in names if re.match(r"harness/probes/[^/]+/", name)})
    if not folders:
        yield "harness/probes: no probe at all"
    for folder in folders:
        prefix = f"harness/probes/{folder}/"
        readme = root / prefix / "README.md"
        yield from probe_problems(folder, [name[len(prefix):] for name in names if name.startswith(prefix)],
                                  readme.read_text(encoding="utf-8") if readme.exists() else None)
    policies = [name for name in names if re.fullmatch(r"testsuites/[^/]+/policy/.*", name)]
    suites = [name for name in names if re.fullmatch(r"testsuites/[^/]+/[^/]+/suite\.yaml", name)]
    if not suites:
        yield "testsuites: no suite at all"
    for suite in suites:
        clauses = root / suite.replace("suite.yaml", "clauses.yaml")
        asks = [path for path in sorted((root / suite).parent.glob("*.yaml")) if path != clauses]
        yield from clause_problems(suite, clauses.read_text(encoding="utf-8"),
                                   "".join(path.read_text(encoding="utf-8") for path in asks))
    asked = "".join((root / suite).read_text(encoding="utf-8") for suite in suites)
    for policy in policies:
        yield from policy_problems(policy, (root / policy).read_text(encoding="utf-8"), asked)


def self_test():
    long_function = "int f(void)\n{\n" + "    g();\n" * FUNCTION_LINES + "}\n"
    broken = [
        (rule_includes, "harness/wire/a.c", '#include "channel/tcp.h"\n'),
        (rule_includes, "harness/evidence/a.c", '#include "model/plan.h"\n'),
        (rule_includes, "harness/probes/a/probe.c", '#include "../b/b.h"\n'),
        (rule_includes, "harness/engine/a.c", "#include <curl/curl.h>\n"),
        (rule_sizes, "harness/a.c", "int a;\n" * (FILE_LINES + 1)),
        (rule_sizes, "harness/a.c", long_function),
        (rule_banned, "harness/a.c", "strcpy(a, b);\n"),
        (rule_printing, "harness/engine/a.c", 'printf("x");\n'),
        (rule_markers, "harness/a.c", "/* " + "TO" + "DO */\n"),
        (rule_phrases, "docs/a.md", "Officially\nendorsed"),
    ]
    sound = [
        (rule_includes, "harness/engine/a.c", '#include "base/text.h"\n#include <stdio.h>\n'),
        (rule_includes, "harness/evidence/a.c", '#include "model/verdict.h"\n#include <mbedtls/md.h>\n'),
        (rule_sizes, "harness/a.c", "int f(void)\n{\n    return 0;\n}\n"),
        (rule_banned, "harness/a.c", '/* strcpy(a, b) */ say("strcpy(a)"); snprintf(a, 1, "");\n'),
        (rule_printing, "harness/cli/a.c", 'printf("x");\n'),
        (rule_printing, "harness/engine/a.c", 'snprintf(a, 1, "stdout");\n'),
    ]
    wrong = [f"{rule.__name__} did not see: {text[:40]!r}" for rule, path, text in broken if not list(rule(path, text))]
    wrong += [f"{rule.__name__} objects to: {text[:40]!r}" for rule, path, text in sound if list(rule(path, text))]
    if len(list(probe_problems("a", [], None))) != 5:
        wrong.append("probe_problems does not see an empty folder")
    if list(probe_problems("a", ["probe.c", "probe_test.c", "probe_fuzz.c", "fixtures/x.bin"], "x.bin: from y")):
        wrong.append("probe_problems objects to a whole folder")
    clauses = "clauses:\n  - id: S1.1-01\n    basis: secondary\n  - id: S1.1-02\n    title: x\n"
    if len(list(clause_problems("s", clauses, "checks:\n  - id: a\n    clause: S1.1-01\n"))) != 2:
        wrong.append("clause_problems does not see a clause without check and basis")
    policy = "hoshitori: policy/1\nid: a\nbases: [{id: x, basis: secondary}]\n"
    if list(policy_problems("testsuites/x/policy/a.yaml", policy, "policies: [../policy/a.yaml]")):
        wrong.append("policy_problems objects to a sound one")
    for path, text, suites in (("p/b.yaml", policy, "../policy/b.yaml"), ("p/a.yaml", policy, ""),
                               ("p/a.yaml", policy + "{level: official}", "../policy/a.yaml"),
                               ("p/a.txt", policy, "../policy/a.txt")):
        if len(list(policy_problems(path, text, suites))) != 1:
            wrong.append(f"policy_problems did not see what is wrong with {path}")
    return wrong


def main():
    given = [word for word in sys.argv[1:] if not word.startswith("--")]
    root = pathlib.Path(given[0] if given else pathlib.Path(__file__).parent.parent.parent).resolve()
    problems = self_test() if "--self-test" in sys.argv else list(tree_problems(root))
    for problem in problems:
        print(problem)
    print(f"house: {len(problems)} problem(s)")
    return 1 if problems else 0


sys.exit(main())
