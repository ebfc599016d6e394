#!/usr/bin/env bash
# Sets up this machine, builds everything once and runs every test: ./test.sh [--slow] [part of a name …]; without a name, all.
# With --slow also those that take long: many rounds, large inputs.
#
# tests/*/*.csproj are test projects; eng/tests/*.sh are scripts that pass with 0, are skipped with 77, and else fail. The
# last line is "N passed, N failed, N skipped"; logs and reports are in TestResults/.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$root/eng/lib/report.sh"

limit=30m
results=$root/TestResults
passed=0 failed=0 skipped=0

# record PASSED FAILED SKIPPED NAME SECONDS
record() {
    passed=$(( passed + $1 )) failed=$(( failed + $2 )) skipped=$(( skipped + $3 ))
    printf '%s: %d passed, %d failed, %d skipped (%s)\n' "$4" "$1" "$2" "$3" "$(duration "$5")"
}

# with_limit LOG COMMAND…: a process that hangs is ended with everything in its group.
with_limit() {
    local log=$1
    shift
    timeout --kill-after=30 "$limit" "$@" >"$log" 2>&1 </dev/null
}

# The end of a log, and before it what a crashed .NET process said first, since its stack trace can be long.
print_tail() { { grep -m 1 -A 2 -E '^(Process terminated|Unhandled exception)' "$1" || true; tail -n "$2" "$1"; } | sed 's/^/         /'; }

run_project() {
    local project=$1 name log report started=$SECONDS code=0 program summary counts problem=
    name=$(basename "$(dirname "$project")")
    log=$results/$name.log report=$results/$name.trx
    program=$(dotnet msbuild "$project" -getProperty:TargetPath -p:Configuration=Release)
    program=${program%.dll}
    say "$name …"
    with_limit "$log" "$program" -noLogo -noColor -longRunning 120 -trx "$report" || code=$?
    # A test host that crashed has left no report, or a part of one.
    if summary=$(python3 "$root/eng/lib/read_results.py" "$report" 2>/dev/null); then
        sed '$d' <<<"$summary"
        read -ra counts <<<"$(tail -n 1 <<<"$summary")"
        if (( counts[0] + counts[1] + counts[2] == 0 )); then
            problem="it ran no tests"
        elif (( code != 0 && counts[1] == 0 )); then
            problem="it ended with code $code although no test failed"
        fi
    else
        counts=(0 0 0)
        problem="it ended with code $code and left no report"
    fi
    case $code in 124|137) problem="it was still running after $limit and was ended" ;; esac
    if [[ -n $problem ]]; then
        say "  FAILED $name: $problem; the end of $log:"
        print_tail "$log" 20
        counts[1]=$(( counts[1] + 1 ))
    fi
    record "${counts[@]}" "$name" $(( SECONDS - started ))
}

run_script() {
    local script=$1 name log started=$SECONDS code=0 counts=(0 0 0)
    name=eng/tests/$(basename "$script")
    log=$results/$(basename "$script" .sh).log
    say "$name …"
    with_limit "$log" "$script" || code=$?
    case $code in
        0)  counts[0]=1 ;;
        77) counts[2]=1; say "  $(tail -n 1 "$log")" ;;
        *)  counts[1]=1
            case $code in
                124|137) say "  FAILED $name: it was still running after $limit and was ended; the end of $log:" ;;
                *)       say "  FAILED $name: code $code; the end of $log:" ;;
            esac
            print_tail "$log" 20 ;;
    esac
    record "${counts[@]}" "$name" $(( SECONDS - started ))
}

wanted() {
    local file=$1 part
    shift
    (( $# > 0 )) || return 0
    for part in "$@"; do [[ $file == *"$part"* ]] && return 0; done
    return 1
}

if [[ ${1:-} == --slow ]]; then
    export ISLET_SLOW_TESTS=1
    limit=2h
    shift
fi

# All that a run writes to the place for temporary files goes with it: programs that are killed leave theirs, and so do .NET's own tools.
# Any user may write there, as in /tmp, because some tests run as another one.
TMPDIR=$(mktemp -d /tmp/islet-tests.XXXXXX)
export TMPDIR
chmod 1777 "$TMPDIR"
trap 'rm -rf --one-file-system "$TMPDIR"' EXIT

"$root/eng/setup.sh" --test
rm -rf "$results"
mkdir -p "$results"

cd "$root"
say "Building …"
if ! dotnet build Integration.sln -c Release -v quiet --nologo >"$results/build.log" 2>&1; then
    say "  FAILED the build:"
    grep -E 'error' "$results/build.log" | sort -u | head -n 40 || print_tail "$results/build.log" 20
    say "0 passed, 1 failed, 0 skipped"
    exit 1
fi

for project in tests/*/*.csproj; do
    if wanted "$project" "$@"; then run_project "$project"; fi
done
for script in eng/tests/*.sh; do
    if wanted "$script" "$@"; then run_script "$script"; fi
done

# Nothing that ran is no success.
(( passed + failed + skipped > 0 )) || { say "  FAILED there is no test named like '$*'"; failed=1; }
say "$passed passed, $failed failed, $skipped skipped"
(( failed == 0 ))
