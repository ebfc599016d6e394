#!/usr/bin/env bash
# The Aspire sample by the Aspire CLI: published, run in the background, waited for, given the commands of a micro-VM, and stopped.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/../lib/report.sh"

# Where the service is by its launch profile.
readonly service=http://localhost:5080
apphost=$root/samples/AspireShop/AppHost/AspireShop.AppHost.csproj

work=$(mktemp -d /tmp/islet-cli.XXXXXX)
# The CLI writes down in the present folder which AppHost it has found.
cd "$work"
aspire() { timeout --kill-after=10 600 "$work/tool/aspire" "$1" --apphost "$apphost" --non-interactive --nologo "${@:2}" </dev/null; }
finish() {
    aspire stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

version=$(sed -n 's/.*Include="Aspire.Hosting" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
output=$(dotnet tool install Aspire.Cli --version "$version" --tool-path "$work/tool" 2>&1) || fail "the Aspire CLI can't be installed:" "$output"
output=$(dotnet build "$apphost" -c Debug -v quiet --nologo 2>&1) || fail "AspireShop does not build:" "$output"

# A user of its own from here on: the CLI keeps logs and a development certificate for each, with which Redis has TLS.
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} NUGET_PACKAGES=${NUGET_PACKAGES:-$HOME/.nuget/packages} HOME=$work/home
export ASPIRE_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
mkdir "$HOME"

# must SENTENCE COMMAND…: prints what the command prints; fails when it does.
must() {
    local sentence=$1 output
    shift
    output=$("$@" 2>&1) || fail "$sentence" "$output"
    printf '%s\n' "$output"
}

# ask PATH [DATA]: what the service answers to GET, or with data to POST. Checkpoints and roll-backs close its connections, which it finds out
# by the first request.
ask() {
    python3 - "$service$1" "${@:2}" <<'END'
import sys, time, urllib.error, urllib.request
for attempt in range(20):
    try:
        print(urllib.request.urlopen(sys.argv[1], *(data.encode() for data in sys.argv[2:]), timeout=10).read().decode())
        break
    except urllib.error.HTTPError as error:
        if error.code != 500: raise
        time.sleep(0.5)
else:
    sys.exit(f"{sys.argv[1]} fails.")
END
}

must "the AppHost can't be published." aspire publish --no-build -o "$work/out" >/dev/null
must "the manifest can't be published." aspire do publish-manifest --no-build -o "$work/manifest" >/dev/null
manifest=$(cat "$(find "$work/manifest" -name '*.json')")
[[ $manifest == *'"container.v'* && $manifest != *icrovm* ]] || fail "the manifest has other than ordinary containers:" "$manifest"
say "ok aspire publish"

! ask / >/dev/null 2>&1 || fail "something else answers at $service. End it: the sample's service is to be there."
must "the AppHost does not run." aspire run --detach --no-build >/dev/null
must "the service does not become healthy." aspire wait service --timeout 500 >/dev/null
[[ $(ask /articles/1) == *'A jar of honey'* ]] || fail "the service answers something else: $(ask /articles/1)"
say "ok aspire run"

[[ $(must "there is no checkpoint." aspire resource postgres microvm-checkpoint -- --name kept) == *'"name": "kept"'* ]] \
    || fail "the checkpoint's result has not its name."
before=$(ask /articles/1 | grep -o '"inStock":[0-9]*')
ask /articles/1/sales sold >/dev/null
[[ $(ask /articles/1) != *"$before"* ]] || fail "nothing was sold."
must "there is no roll-back." aspire resource postgres microvm-roll-back >/dev/null
[[ $(ask /articles/1) == *"$before"* ]] || fail "the roll-back has not brought the sold article back."
[[ $(must "there are no logs." aspire logs postgres) == *'[sys] The micro-VM runs'* ]] || fail "the log of postgres has no line of Islet's."
say "ok aspire resource, aspire logs"

must "the AppHost does not stop." aspire stop >/dev/null
! ask /articles/1 >/dev/null 2>&1 || fail "the service still answers, although its AppHost was stopped."
say "AspireShop passes by the Aspire CLI $version."
