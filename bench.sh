#!/usr/bin/env bash
# Sets up this machine, then measures: ./bench.sh [name …]; without a name, everything.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$root/eng/setup.sh" --demo
"$root/benchmarks/baseline/build.sh"
cd "$root"
exec dotnet run -c Release --project benchmarks -- "$@"
