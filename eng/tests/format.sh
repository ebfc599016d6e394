#!/usr/bin/env bash
# All C# is formatted as .editorconfig says. `dotnet format Integration.sln` mends what this reports, except long lines.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/../lib/report.sh"

# dotnet format leaves max_line_length alone. No line is exempt: a long text is broken with +, or its parts get names.
limit=$(sed -n 's/^max_line_length = //p' "$root/.editorconfig")
long=$(cd "$root" && git ls-files -z --cached --others --exclude-standard '*.cs' | xargs -0 python3 -c '
import os, sys
limit = int(sys.argv[1])
for path in filter(os.path.exists, sys.argv[2:]):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if len(line.rstrip("\n")) > limit:
                print(f"{path}:{number}: {len(line.rstrip())} columns")
' "$limit")
[[ -z $long ]] || fail "Break these lines, which are longer than $limit columns:" "$long"
say "No line of C# is longer than $limit columns."

dotnet restore "$root/Integration.sln" -v quiet --nologo >/dev/null || fail "The packages can't be restored."
differences=$(dotnet format "$root/Integration.sln" --no-restore --verify-no-changes 2>&1) \
    || fail "Run dotnet format Integration.sln; it differs here:" "$(grep -E 'error|warning' <<<"$differences" | head -n 40)"
say "All C# is formatted."
