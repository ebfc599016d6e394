#!/usr/bin/env bash
# Finds out what the Aspire adapter can be compiled against on this machine, and prints it: Package where Aspire.Hosting can be
# restored from its feeds, else Contract, the double in tests/Support/Aspire.Hosting.Contract. Builds read the answer from
# artifacts/aspire-hosting.txt. It is asked for once per machine; a feed that lacks the package is asked again after a week.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
source "$here/lib/cache.sh"

readonly limit=90s
version=$(sed -n 's/.*Include="Aspire\.Hosting" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
[[ -n $version ]] || fail "Directory.Packages.props names no version of Aspire.Hosting."

# ask FOLDER: writes the answer into it. The project is in the checkout, so that its feeds are the ones asked.
ask() {
    local project answer=Contract
    mkdir -p "$root/artifacts"
    project=$(mktemp -d "$root/artifacts/aspire-hosting.XXXXXX")
    cat >"$project/Probe.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Aspire.Hosting" Version="$version" /></ItemGroup>
</Project>
END
    if timeout --kill-after=5 "$limit" dotnet restore "$project/Probe.csproj" -v quiet -p:ImportDirectoryBuildProps=false \
        -p:ImportDirectoryPackagesProps=false >/dev/null 2>&1 </dev/null; then
        answer=Package
    fi
    rm -rf "$project"
    printf '%s\n' "$answer" >"$1/answer.txt"
}

name=aspire-hosting-$( { printf '%s\n' "$version"; cd "$root" && dotnet nuget list source --format short; } | content_key)
if [[ $(cat "$cache_root/$name/answer.txt" 2>/dev/null) == Contract ]]; then
    find "$cache_root/$name" -mindepth 1 -name answer.txt -mtime +7 -exec rm -rf "$cache_root/$name" \; -quit
fi
cached "$name" ask >&2
place "$cached_folder/answer.txt" "$root/artifacts/aspire-hosting.txt"
cat "$cached_folder/answer.txt"
