#!/usr/bin/env bash
# The Aspire sample with its dashboard in a browser: resources run, details and log open, a checkpoint, a roll-back that undoes a sale,
# a fork, a shell. With --screenshots FOLDER it writes the pictures of docs/guide/aspire.md there. It takes chromium, nodejs and npm.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
browser=$root/eng/browser
source "$here/../lib/report.sh"

screenshots=()
if [[ ${1:-} == --screenshots ]]; then screenshots=("$(cd "$2" && pwd)"); fi

CHROMIUM=$(command -v chromium || command -v chromium-browser || true)
export CHROMIUM
for program in "${CHROMIUM:-chromium}" node npm; do
    command -v "$program" >/dev/null || { say "skipped: there is no $program; install chromium, nodejs and npm"; exit 77; }
done

# The version and the digest of the one package are in the lock file.
npm ci --prefix "$browser" --no-audit --no-fund --silent || fail "npm can't install playwright-core, which drives the browser."
dotnet build "$root/samples/AspireShop/AppHost" -c Release -v quiet --nologo >/dev/null || fail "AspireShop does not build."

log=$(mktemp)
apphost=
end_apphost() {
    # As Ctrl+C does: the AppHost ends its machines and its orchestrator.
    if [[ -n $apphost ]] && kill -INT "$apphost" 2>/dev/null; then wait "$apphost" || true; fi
    apphost=
}
trap 'end_apphost; rm -f "$log"' EXIT

# As `dotnet run` with the launch profile, but on free ports, and without the dashboard's login.
start_apphost() {
    cd "$root/samples/AspireShop/AppHost"
    set -m # A background job of its own process group gets SIGINT.
    env ASPNETCORE_ENVIRONMENT=Development DOTNET_ENVIRONMENT=Development ASPIRE_ALLOW_UNSECURED_TRANSPORT=true \
        ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS=true DcpPublisher__RandomizePorts=true \
        ASPNETCORE_URLS=http://localhost:0 ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:0 ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL=http://localhost:0 \
        dotnet bin/Release/net10.0/AspireShop.AppHost.dll >"$log" 2>&1 &
    apphost=$!
    set +m
    url=
    while [[ -z $url ]]; do
        kill -0 "$apphost" 2>/dev/null || fail "The AppHost has ended:" "$(cat "$log")"
        sleep 1
        url=$(grep -aoE 'Dashboard: +http://[^ ]+' "$log" | head -n 1 | awk '{print $2}') || true
    done
}

# Aspire's dashboard 13.6 sometimes sets the focus to a dialog's list before the browser has made it, and then fails as a whole. That is
# no fault of the sample's: it is tried again.
is_dashboards_own_fault() { grep -qa 'InteractionsInputDialog.<OnAfterRenderAsync>' "$log" && grep -qa "reading 'focus'" "$log"; }

for attempt in 1 2 3; do
    start_apphost
    if node "$browser/dashboard.mjs" "$url" "${screenshots[@]}"; then
        say "The dashboard of AspireShop passes."
        exit
    fi
    (( attempt < 3 )) && is_dashboards_own_fault || fail "The dashboard of AspireShop does not show what it should; the AppHost said:" "$(tail -n 30 "$log")"
    say "The dashboard has failed by a fault of its own (the focus of a dialog's list); once more."
    end_apphost
done
