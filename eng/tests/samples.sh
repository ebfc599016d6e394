#!/usr/bin/env bash
# The samples of the fixture packages pass as a user runs them: `dotnet test` in the sample's own folder, all three at once.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
samples=$here/../../samples
source "$here/../lib/report.sh"

"$here/../images/build.sh"

# One after the other: builds of the same projects would write the same files.
names=(XunitSample NUnitSample MSTestSample)
for name in "${names[@]}"; do
    output=$(dotnet build "$samples/$name" -c Release --nologo -v quiet 2>&1) || fail "$name does not build:" "$output"
done

outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT

run() {
    cd "$samples/$1"
    # ISLET_REQUIRE: a sample whose tests are skipped has shown nothing.
    ISLET_REQUIRE=1 dotnet test -c Release --no-ansi >"$outputs/$1" 2>&1
}

# ran LOG: all five tests passed.
ran() { grep -q '^Test run summary: Passed!' "$1" && grep -qE '^ *succeeded: 5$' "$1" && grep -qE '^ *skipped: 0$' "$1"; }

declare -A running
for name in "${names[@]}"; do
    run "$name" &
    running[$name]=$!
done

failed=()
for name in "${names[@]}"; do
    if wait "${running[$name]}" && ran "$outputs/$name"; then
        say "$name: $(grep -m 1 'duration:' "$outputs/$name")"
    else
        failed+=("$name")
        cat "$outputs/$name"
    fi
done
(( ${#failed[@]} == 0 )) || fail "these have not passed their five tests: ${failed[*]}"
