"""alone.py BUILD [DEFECT...]: each defect of the camera by itself, against the whole of star 1.

Prints one row a defect: which clauses failed, which were left to a person, and how that deviates from the clause that
the stub says it violates. Three at a time, each in a network of its own; a row takes half a minute without
instrumentation. Exit: 1 when a row deviates. Not a test that is run with the others: the combinations of test_exact
ask the same of fewer runs.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

AT_ONCE = 3
OWN_NETWORK = pathlib.Path(__file__).parents[2] / "support" / "own-network"


def one(defect):
    """One whole run, inside its own network: prints the verdicts that are not a pass."""
    import test_exact
    bench = test_exact.Whole()
    bench.setUp()
    try:
        done, result = bench.whole((defect,) if defect else ())
        json.dump(test_exact.turned(result) if result else {"error": [done.stderr[-400:]]}, sys.stdout)
    finally:
        bench.doCleanups()


def in_own_network(defect):
    done = subprocess.run([OWN_NETWORK, sys.executable, __file__, "--one", defect], capture_output=True, text=True, check=False)
    try:
        return defect, json.loads(done.stdout)
    except ValueError:
        return defect, {"error": [done.stderr[-400:]]}


def main(build, *names):
    os.environ["HOSHITORI_BUILD"] = str(pathlib.Path(build).resolve())
    os.environ["HOSHITORI_SOURCE"] = str(pathlib.Path(__file__).parents[3])
    listed = json.loads(subprocess.run([f"{build}/hoshitori-stub", "--list", "--json"], capture_output=True, check=True).stdout)
    clauses = {row["name"]: row["clause"] for row in listed["defects"] if row["product"] == "camera"}
    deviating = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for defect, turned in pool.map(in_own_network, names or ["", *clauses]):
            found = {verdict: sorted({name.split("/")[0] for name in turned.get(verdict, [])})
                     for verdict in ("fail", "review", "inconc")}
            wanted = [clauses[defect]] if defect else []
            others = {verdict: names for verdict, names in turned.items() if verdict not in found}
            exact = sorted({clause for clauses in found.values() for clause in clauses}) == wanted and not others
            deviating += not exact
            words = " ".join(f"{verdict} {' '.join(names)}" for verdict, names in found.items() if names)
            print(f"{defect or '(sound)':34} {' '.join(wanted):8} {'exact' if exact else 'DEVIATES'}: {words or 'nothing'}"
                  f"{'' if exact else ' ' + json.dumps(turned)}", flush=True)
    return 1 if deviating else 0


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        one(sys.argv[2])
    else:
        sys.exit(main(*sys.argv[1:]))
