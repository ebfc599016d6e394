#!/usr/bin/env bash
# Sets up this machine, then starts PostgreSQL and Redis, each in a machine of its own, and asks them something.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$root/eng/setup.sh" --demo
cd "$root"
exec dotnet run -c Release --project samples/Quickstart -- "$@"
