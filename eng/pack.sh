#!/usr/bin/env bash
# Makes Islet's packages, with their symbols:
#
#   eng/pack.sh FOLDER [MSBUILD-ARGUMENT …]      →  FOLDER/*.nupkg, FOLDER/*.snupkg
#
# The guest must have been built (eng/setup.sh). The folder is a feed: dotnet nuget add source FOLDER
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib/report.sh"

(( $# > 0 )) || fail "usage: eng/pack.sh FOLDER [MSBUILD-ARGUMENT …]"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift

# Paths of this machine have no place in what others get.
output=$(dotnet msbuild "$here/packages.proj" -restore -t:Pack -nologo -m -v:minimal \
    -p:Configuration=Release -p:ContinuousIntegrationBuild=true "-p:PackageOutputPath=$folder" "$@" 2>&1) \
    || fail "the packages can't be made:" "$(grep error <<<"$output" | sort -u | head -n 20)" "$(tail -n 5 <<<"$output")"
for package in "$folder"/*.nupkg; do say "$(basename "$package")"; done
