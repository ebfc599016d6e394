#!/usr/bin/env bash
# Builds the site of the docs with docfx; a warning is an error:
#
#   eng/build-docs.sh [FOLDER]      →  FOLDER/index.html, by default artifacts/site/index.html
#
# ISLET_REPOSITORY_URL (https://…/blob/main) turns links to source files into links to the repository; without it they are plain text.
# Where the packages' Release build is, the site has pages of the API too.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
source "$here/lib/report.sh"

output=${1:-$root/artifacts/site}
mkdir -p "$output"
output=$(cd "$output" && pwd)

# Prints the assemblies of the packages that have a public API, or fails if one has not been built.
api_assemblies() {
    local folder project assembly
    for folder in Runtime Modules Testing Testing.Xunit Testing.NUnit Testing.MSTest Aspire; do
        project=$(echo "src/$folder"/*.csproj)
        assembly=src/$folder/bin/Release/net10.0/$(basename "$project" .csproj).dll
        [[ -e $assembly && -e ${assembly%.dll}.xml ]] || return 1
        printf '%s\n' "$assembly"
    done
}

# add_api STAGE ASSEMBLY…: metadata of the API in STAGE/api, and its entry in the table of contents.
add_api() {
    local stage=$1 files log
    shift
    files=$(printf '"%s",' "$@")
    printf '{ "metadata": [ { "src": [ { "src": "%s", "files": [%s] } ], "output": "api" } ] }\n' "$root" "${files%,}" >"$stage/api.json"
    log=$(dotnet docfx metadata "$stage/api.json" 2>&1) || fail "the API's metadata can't be read:" "$(tail -n 10 <<<"$log")"
    [[ -e $stage/api/toc.yml ]] || fail "docfx has found no API:" "$(tail -n 10 <<<"$log")"
    # Members that the compiler adds to records are listed as inherited, but have no page.
    sed -i '/^  - [^ ]*{Clone}\$$/d' "$stage"/api/*.yml
    printf -- '- name: API\n  href: api/toc.yml\n' >>"$stage/toc.yml"
}

# docfx would need ICU, which a bare system does not have.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

cd "$root"
dotnet tool restore >/dev/null || fail "docfx can't be restored: see .config/dotnet-tools.json."
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
python3 "$here/lib/stage_docs.py" "$stage"
if assemblies=$(api_assemblies); then
    mapfile -t assemblies <<<"$assemblies"
    add_api "$stage" "${assemblies[@]}"
else
    say "Without pages of the API: the packages have not been built (dotnet build Integration.sln -c Release)."
fi
log=$(dotnet docfx build "$stage/docfx.json" --warningsAsErrors --output "$output" 2>&1) \
    || fail "the docs don't build:" "$(grep -iE 'warning|error' <<<"$log" | sed "s|$stage/||g" | head -n 40)" "$(tail -n 3 <<<"$log")"
[[ -e $output/index.html && -e $output/guide/getting-started.html ]] || fail "docfx has left no pages:" "$(tail -n 20 <<<"$log")"
say "$(find "$output" -name '*.html' | wc -l) pages in $output"
