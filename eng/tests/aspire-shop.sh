#!/usr/bin/env bash
# The Aspire sample passes as a user runs it: `dotnet test` in its own folder, and `dotnet run` of its AppHost, asked over HTTP and stopped.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../lib/report.sh"

# Where the service is by its launch profile.
readonly address=http://localhost:5080
readonly patience=600

# Prints what the service answers to GET PATH; fails when it does not.
ask() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())' "$address$1" 2>/dev/null; }

cd "$here/../../samples/AspireShop"
output=$(dotnet test --solution AspireShop.slnx -c Release --no-ansi 2>&1) || fail "AspireShop does not pass:" "$output"
grep -qE '^ *succeeded: 2$' <<<"$output" && grep -qE '^ *skipped: 0$' <<<"$output" || fail "AspireShop did not run its two tests:" "$output"
say "AspireShop: $(grep -m 1 'duration:' <<<"$output")"

! ask / >/dev/null || fail "something else answers at $address. End it: the sample's service is to be there."
log=$(mktemp)
dotnet run --project AppHost -c Release --no-build >"$log" 2>&1 &
host=$!
trap 'kill "$host" 2>/dev/null || true; wait "$host" 2>/dev/null || true; rm -f "$log"' EXIT

begun=$SECONDS
until answer=$(ask /articles/1); do
    kill -0 "$host" 2>/dev/null || fail "the AppHost ended before its service answered:" "$(tail -n 40 "$log")"
    (( SECONDS - begun < patience )) || fail "the service did not answer within $patience s:" "$(tail -n 40 "$log")"
    sleep 0.2
done
[[ $answer == *'A jar of honey'* ]] || fail "the service answered something else:" "$answer"

kill "$host"
wait "$host" || true
! ask /articles/1 >/dev/null || fail "the service still answers, although its AppHost has ended."
say "AspireShop by dotnet run: answered after $(( SECONDS - begun )) s"
