#!/usr/bin/env python3
"""Keeps the documentation honest: what a page names is there.

docs.py [ROOT] [--hoshitori PROGRAM]   one line a problem, exit 1 if there is one
docs.py --self-test                    every rule against a sample that breaks it

Links, paths of sources, scripts and presets are looked up in the tree. Subcommands and their options come from
PROGRAM --help; without a program, subcommands come from the names of harness/cli/cmd_*.c and options are not judged.
"""
import json
import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```[ \t]*$", re.M | re.S)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[\s/(])hoshitori[ \t]+([a-z][a-z-]*)([^\n#|]*)", re.M)
SCRIPT = re.compile(r"(?:^|[\s(])(scripts/[a-z][\w.-]*)")
PRESET = re.compile(r"cmake --workflow\s+--preset ([a-z-]+)")
SOURCE = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:cmake|def|py|sh|c|h)(?!\w)")
OPTION = re.compile(r"(?<!\S)(--[a-z][a-z-]*)")
EVERYWHERE = {"--help", "--lang"}
# The walk through adding-a-probe.md makes files that the tree does not have.
EXAMPLE = "greet"
# The row of a README that says what is tested, and the one that says which commands are missing.
TESTED = ("| Clauses with checks |", "| 検査のある項目 |")
MISSING = ("| No command yet |", "| まだないコマンド |")


def code_of(text):
    """Fenced blocks and inline code, one string a piece."""
    return FENCE.findall(text) + SPAN.findall(FENCE.sub("", text))


def prose_of(text):
    return SPAN.sub("", FENCE.sub("", text))


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def link_problems(page, text, exists, headings):
    """exists(path), headings(path): of the tree; paths are relative to the page's folder."""
    for target in LINK.findall(prose_of(text)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        if path and not exists(path):
            yield f"{page}: the link to {target} leads nowhere"
        elif anchor and anchor not in headings(path):
            yield f"{page}: {path or 'the page'} has no heading #{anchor}"


def command_problems(page, text, options_of):
    """options_of: subcommand -> its options, or None when they are not known."""
    for piece in code_of(text):
        for name, rest in COMMAND.findall(piece):
            if name not in options_of:
                yield f"{page}: there is no subcommand 'hoshitori {name}'"
            elif options_of[name] is not None:
                for option in OPTION.findall(rest):
                    if option not in options_of[name] | EVERYWHERE:
                        yield f"{page}: 'hoshitori {name}' has no {option}"


def name_problems(page, text, exists, presets):
    """Scripts, workflow presets and source files; exists takes a path from the root."""
    for piece in code_of(text):
        for script in SCRIPT.findall(piece):
            if not exists(script):
                yield f"{page}: {script} is not there"
        for preset in PRESET.findall(" ".join(piece.split())):
            if preset not in presets:
                yield f"{page}: there is no workflow preset '{preset}'"
        for source in SOURCE.findall(piece) if re.fullmatch(SOURCE, piece) else []:
            if EXAMPLE not in source and not exists(source) and not exists(f"harness/{source}"):
                yield f"{page}: {source} is not there"


def commands_of(text):
    """What a reader is told to type: fenced lines without their remarks."""
    lines = [re.sub(r"\s+#.*$", "", line).strip() for block in FENCE.findall(text) for line in block.splitlines()]
    return [line for line in lines if re.match(r"(scripts/|hoshitori |export )", line)]


def pair_problems(english, japanese):
    if commands_of(english) != commands_of(japanese):
        yield "README.md and README.ja.md tell the reader to type different things"
    for name, pattern in (("commands", COMMAND), ("scripts", SCRIPT)):
        spans = [sorted({str(found) for piece in code_of(text) for found in pattern.findall(piece)})
                 for text in (english, japanese)]
        if spans[0] != spans[1]:
            yield f"README.md and README.ja.md name different {name}: {spans[0]} and {spans[1]}"


def row_of(text, starts):
    rows = [line for line in text.splitlines() if line.startswith(starts)]
    return rows[0] if len(rows) == 1 else None


def status_problems(page, text, suite, subcommands):
    """The status table claims neither more nor less than the suite and the program have."""
    row = row_of(text, TESTED)
    asked = sorted(set(re.findall(r"^\s+clause:\s*[\"']?([\w.-]+)", suite, re.M)))
    if row is None or sorted(set(re.findall(r"S\d\.\d-\d\d", row))) != asked:
        yield f"{page}: the row of clauses with checks is not {', '.join(asked)}"
    row = row_of(text, MISSING)
    for name in SPAN.findall(row or ""):
        if name in subcommands:
            yield f"{page}: '{name}' is said to be missing, but is there"
    if row is None:
        yield f"{page}: no row says which commands are missing"


# ---- the tree ----

def pages(root):
    names = subprocess.run(["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                           capture_output=True, text=True).stdout.splitlines()
    if not names:
        names = [str(path.relative_to(root)) for path in root.rglob("*.md")]
    return sorted(name for name in names if (root / name).is_file()
                  and not {"build", ".git"} & set(pathlib.PurePosixPath(name).parts))


def headings_of(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8")) if path.is_file() else ""
    return {slug(found) for found in re.findall(r"^#+ (.*)$", text, re.M)}


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=30, check=True,
                          stdin=subprocess.DEVNULL, env={"LANG": "C.UTF-8"}).stdout


def subcommands_of(root, program):
    if program is None:
        return {path.stem[len("cmd_"):].replace("_", "-"): None for path in (root / "harness/cli").glob("cmd_*.c")}
    names = re.findall(r"^  ([a-z][a-z-]*)  +\S", help_of(program), re.M)
    return {name: set(re.findall(r"--[a-z][a-z-]*", help_of(program, name))) for name in names}


def documents(page):
    """Pages that tell people what to type; a folder's own README may speak of other programs."""
    return re.fullmatch(r"[^/]+\.md|docs/.*\.md", page) is not None


def tree_problems(root, program):
    options_of = subcommands_of(root, program)
    if not options_of:
        yield "no subcommand found at all"
    presets = {preset["name"] for preset in json.loads((root / "CMakePresets.json").read_text())["workflowPresets"]}
    found = pages(root)
    for page in found:
        folder = (root / page).parent
        text = (root / page).read_text(encoding="utf-8")
        yield from link_problems(page, text, lambda path: (folder / path).exists(),
                                 lambda path: headings_of(folder / path if path else root / page))
        if documents(page):
            yield from command_problems(page, text, options_of)
            yield from name_problems(page, text, lambda path: (root / path).exists(), presets)
    suite = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "testsuites/jc-star/star1").glob("s*.yaml")))
    readmes = [root / "README.md", root / "README.ja.md"]
    for readme in readmes:
        if readme.name not in found:
            yield f"{readme.name} is not there"
            return
        yield from status_problems(readme.name, readme.read_text(encoding="utf-8"), suite, set(options_of))
    yield from pair_problems(*[readme.read_text(encoding="utf-8") for readme in readmes])


# ---- can each rule fail? ----

def self_test():
    there = {"a.md", "scripts/demo", "harness/engine/run.c"}.__contains__
    options = {"run": {"--key"}, "new": None}
    table = "| Clauses with checks | S1.1-01 |\n| No command yet | `judge` |\n"
    suite = "checks:\n  - id: a\n    clause: S1.1-01\n"
    cases = [
        # rule over a sample, and how many problems it should see
        (link_problems("p", "[x](a.md) [y](https://b.example/c)", there, lambda path: set()), 0),
        (link_problems("p", "[x](b.md)", there, lambda path: set()), 1),
        (link_problems("p", "[x](a.md#one) [y](a.md#two)", there, lambda path: {"one"}), 1),
        (link_problems("p", "`[x](b.md)`\n```\n[x](b.md)\n```\n", there, lambda path: set()), 0),
        (command_problems("p", "```\nbuild/dev/hoshitori run --key x --lang ja\n```\n", options), 0),
        (command_problems("p", "`hoshitori new probe x --source y`", options), 0),
        (command_problems("p", "```\nhoshitori fly\n```\n", options), 1),
        (command_problems("p", "type `hoshitori run --wings 2`", options), 1),
        (command_problems("p", "hoshitori is a program", options), 0),
        (name_problems("p", "`scripts/demo` `engine/run.c` `cmake --workflow --preset dev`", there, {"dev"}), 0),
        (name_problems("p", "```\nscripts/fly x\n```\n", there, set()), 1),
        (name_problems("p", "`cmake --workflow --preset fly`", there, {"dev"}), 1),
        (name_problems("p", "`engine/fly.c`", there, set()), 1),
        (pair_problems("```\nscripts/demo # a\n```\n", "```\nscripts/demo # b\n```\n"), 0),
        (pair_problems("```\nscripts/demo\n```\n", "```\nscripts/demo\nscripts/test\n```\n"), 2),
        (pair_problems("`hoshitori run`", "`hoshitori show`"), 1),
        (status_problems("p", table, suite, {"run"}), 0),
        (status_problems("p", table.replace("-01", "-02"), suite, {"run"}), 1),
        (status_problems("p", table, suite, {"judge"}), 1),
        (status_problems("p", "", suite, {"run"}), 2),
    ]
    wrong = []
    for number, (problems, wanted) in enumerate(cases):
        seen = list(problems)
        if len(seen) != wanted:
            wrong.append(f"sample {number}: {wanted} problem(s) wanted, got {seen}")
    if slug("What's a `key`?") != "whats-a-key":
        wrong.append("slug is not GitHub's")
    return wrong


def main():
    words = sys.argv[1:]
    program = None
    if "--hoshitori" in words:
        place = words.index("--hoshitori")
        program = str(pathlib.Path(words[place + 1]).resolve())
        del words[place:place + 2]
    if "--self-test" in words:
        problems = self_test()
    else:
        problems = list(tree_problems(pathlib.Path(words[0] if words else ".").resolve(), program))
    for problem in problems:
        print(problem)
    print(f"docs: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
