#!/usr/bin/env bash
# Every script of the repository parses, stops at the first error, and, where shellcheck is installed, passes it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t scripts < <(git ls-files | grep -E '\.sh$|^\.ci/run$')
(( ${#scripts[@]} > 10 ))

for script in "${scripts[@]}"; do
    bash -n "$script"
    [[ $script == */lib/* ]] && continue  # Sourced by others.
    grep -qE '^set -E?euo pipefail$' "$script" || { echo "$script does not stop at the first error"; exit 1; }
    [[ -x $script ]] || { echo "$script is not executable"; exit 1; }
done
echo "${#scripts[@]} scripts parse"

if command -v shellcheck >/dev/null; then
    shellcheck --external-sources --source-path=SCRIPTDIR --shell=bash --severity=warning "${scripts[@]}"
    echo "shellcheck has no complaints"
fi
