#!/usr/bin/env bash
# All C# is formatted as .editorconfig says. `dotnet format Integration.sln` mends what this reports.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
source "$here/../lib/report.sh"

dotnet restore "$root/Integration.sln" -v quiet --nologo >/dev/null || fail "The packages can't be restored."
differences=$(dotnet format "$root/Integration.sln" --no-restore --verify-no-changes 2>&1) \
    || fail "Run dotnet format Integration.sln; it differs here:" "$(grep -E 'error|warning' <<<"$differences" | head -n 40)"
say "All C# is formatted."
