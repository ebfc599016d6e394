#!/usr/bin/env bash
# The Aspire sample passes as a user runs it, where Aspire's packages can be restored: `dotnet test` in its own folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../lib/report.sh"

if [[ $("$here/../aspire-hosting.sh") != Package ]]; then
    say "samples/AspireShop is not built here: Aspire.Hosting can't be restored from this machine's feeds"
    exit 77
fi
cd "$here/../../samples/AspireShop"
output=$(dotnet test AspireShop.slnx -c Release --nologo -p:AspireHosting=Package 2>&1) || fail "AspireShop does not pass:" "$output"
grep -qE 'Passed! +- Failed: +0, Passed: +2, Skipped: +0' <<<"$output" || fail "AspireShop did not run its two tests:" "$output"
say "AspireShop: $(tail -n 1 <<<"$output")"
