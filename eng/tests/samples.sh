#!/usr/bin/env bash
# The samples of the fixture packages pass as a user runs them: `dotnet test` in the sample's own folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../lib/report.sh"

"$here/../images/build.sh"
for sample in XunitSample NUnitSample MSTestSample; do
    cd "$here/../../samples/$sample"
    # ISLET_REQUIRE: a sample whose tests are skipped has shown nothing.
    output=$(ISLET_REQUIRE=1 dotnet test -c Release --nologo 2>&1) || fail "$sample does not pass:" "$output"
    grep -qE 'Passed! +- Failed: +0, Passed: +5, Skipped: +0' <<<"$output" || fail "$sample did not run its five tests:" "$output"
    say "$sample: $(tail -n 1 <<<"$output")"
done
