# shellcheck shell=bash
# Small helpers shared by the scripts beside it. Sourced, never run.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export top

# Progress goes to stderr: stdout is kept for what a caller may want to read.
say() { printf '%s\n' "$*" >&2; }

# die CODE MESSAGE: codes follow the program's own (64 usage, 69 something outside is missing, 70 our fault).
die() {
    local code=$1
    shift
    say "${0##*/}: $*"
    exit "$code"
}

# EPOCHREALTIME has the locale's decimal mark.
now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    printf '%s' "$((now / 1000))"
}

seconds() { printf '%d.%01d s' "$(($1 / 1000))" "$(($1 % 1000 / 100))"; }

# timed TITLE COMMAND...: runs COMMAND as it is, then prints one line with the time it took. Returns its exit code.
timed() {
    local title=$1 started code=0 word=""
    shift
    started=$(now_ms)
    "$@" || code=$?
    [ "$code" -eq 0 ] || word="  exit code $code"
    printf '%-60s %10s%s\n' "$title" "$(seconds $(($(now_ms) - started)))" "$word" >&2
    return "$code"
}

# step TITLE COMMAND...: like timed, but COMMAND's output goes to a log, whose end is shown only when COMMAND failed.
step() {
    local title=$1 log code=0
    shift
    log=$(mktemp "${TMPDIR:-/tmp}/hoshitori-step.XXXXXX")
    timed "$title" into "$log" "$@" || code=$?
    [ "$code" -eq 0 ] || tail -n "${HOSHITORI_LOG_LINES:-60}" "$log" | sed 's/^/    /' >&2
    rm -f "$log"
    return "$code"
}

into() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null
}

# Configures and builds a preset, targets optional: build_preset check [TARGET...]
build_preset() {
    local preset=$1
    shift
    cd "$top" && cmake --preset "$preset" && cmake --build --preset "$preset" --parallel "$(jobs)" ${1:+--target "$@"}
}

jobs() { nproc 2>/dev/null || echo 2; }
