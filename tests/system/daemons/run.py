"""run.py DAEMON...: runs every configuration of these daemons, and compares each verdict with the expected one.
run.py --count: how many configurations there are, and whether each daemon has enough of both kinds.

Exit: 0 as expected, 1 not, 77 no configuration can be started here. HOSHITORI_BUILD: the folder with the programs.
"""
import concurrent.futures
import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from box import Box, Missing, write_params, write_profile

HERE = pathlib.Path(__file__).parent
LEAST = 45
RUN_SECONDS = 120
SKIPPED = 77
NO_DAEMON = {"box", "run", "accounts"}


def hoshitori(*words):
    program = pathlib.Path(os.environ["HOSHITORI_BUILD"]) / "hoshitori"
    return subprocess.run([str(program), *words], capture_output=True, text=True, timeout=RUN_SECONDS, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""})


def run_device(box, profile, checks, params):
    """Every check of a run by its id, or a fault in words."""
    key, out = str(box.folder / "lab.key"), str(box.folder / "device.hoshi")
    made = hoshitori("key", "new", "--no-passphrase", key)
    only = [word for check in checks for word in ("--only", check)]
    done = hoshitori("run", "--profile", write_profile(box, profile), "--key", key, "--out", out, "--yes", "--progress",
                     "none", *(("--params", write_params(box, params)) if params else ()), *only)
    if made.returncode != 0 or not os.path.exists(out):
        return None, f"no bundle: exit {done.returncode}: {done.stderr.strip()} {made.stderr.strip()}"
    shown = hoshitori("show", out, "--signer", f"{key}.pub", "--json")
    if shown.returncode != 0:
        return None, f"show: exit {shown.returncode}: {shown.stderr.strip()}"
    result = json.loads(shown.stdout)
    return {check["id"]: check for clause in result["clauses"] for check in clause["checks"]}, None


def compare(expect, judged):
    """What is not as expected, in words."""
    faults = []
    for wanted, verdict in expect.items():
        subjects = [name for name in judged if name == wanted or name.split("@", 1)[0] == wanted]
        if not subjects:
            faults.append(f"{wanted}: was not judged")
        faults += [f"{name}: {judged[name]['verdict']} ({judged[name].get('reason')}), expected {verdict}"
                   for name in subjects if judged[name]["verdict"] != verdict]
    return faults


def try_configuration(configuration):
    """Faults in words; empty: as expected."""
    with tempfile.TemporaryDirectory(prefix="hoshitori-daemon-") as folder:
        box = Box(folder)
        try:
            profile = configuration.start(box)
            judged, fault = run_device(box, profile, sorted({name.split("@", 1)[0] for name in configuration.expect}),
                                       configuration.params)
            if fault:
                return [fault]
            faults = compare(configuration.expect, judged)
            if not box.all_alive():
                faults.append("the daemon did not live through the run")
            if configuration.after:
                faults += configuration.after(box)
            return faults
        finally:
            box.stop()


def daemon_names():
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NO_DAEMON)


def try_timed(configuration):
    """(faults, or None when it cannot be started here; the line to be printed)"""
    begun = time.monotonic()
    try:
        wrong = try_configuration(configuration)
    except Missing as missing:
        return None, f"skip  {configuration.name}: {missing}"
    return wrong, f"{'FAULT' if wrong else 'ok   '} {configuration.name} ({time.monotonic() - begun:.1f} s)"


def run_daemon(name):
    """What came of each configuration: its faults, or None. SIDE_BY_SIDE of the module: how many of them mostly wait, on
    ports of their own."""
    module = importlib.import_module(name)
    with concurrent.futures.ThreadPoolExecutor(getattr(module, "SIDE_BY_SIDE", 1)) as pool:
        for wrong, line in pool.map(try_timed, module.CONFIGURATIONS):
            print(line, *(wrong or ()), sep="\n        ", flush=True)
            yield wrong


def count():
    total, short = 0, []
    for name in daemon_names():
        configurations = importlib.import_module(name).CONFIGURATIONS
        sound = sum(one.sound for one in configurations)
        total += len(configurations)
        print(f"{name}: {sound} sound, {len(configurations) - sound} unsound")
        if sound < 1 or len(configurations) - sound < 2:
            short.append(name)
    print(f"{total} configurations, at least {LEAST} are wanted")
    for name in short:
        print(f"{name}: one sound and two unsound configurations are the least")
    return 1 if short or total < LEAST else 0


def main(arguments):
    if arguments == ["--count"]:
        return count()
    results = [wrong for name in arguments for wrong in run_daemon(name)]
    skipped = results.count(None)
    bad = sum(bool(wrong) for wrong in results)
    print(f"{len(results) - bad - skipped} configurations as expected, {bad} not, {skipped} skipped")
    if skipped == len(results):
        return SKIPPED
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
