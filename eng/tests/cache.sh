#!/usr/bin/env bash
# The build cache: built once, also by two at once; a failed build leaves nothing behind.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
XDG_CACHE_HOME=$(mktemp -d)
export XDG_CACHE_HOME
trap 'rm -rf "$XDG_CACHE_HOME"' EXIT
builds=$XDG_CACHE_HOME/builds

# In a process of its own, as every build is.
build_cached() {
    bash -euo pipefail -c '
        source "$1/../lib/cache.sh"
        build() { echo built >>"$1"; [[ $2 == good ]] || fail "the build failed, as it should."; echo content >"$3/file"; }
        cached "$2" build "$3" "$4"
        cat "$cached_folder/file"
    ' cache "$here" "$@"
}

expect() {
    [[ $2 == "$3" ]] || { echo "$1: expected '$3', found '$2'"; exit 1; }
    echo "ok $1"
}

build_cached thing-1 "$builds" good >"$XDG_CACHE_HOME/first" &
build_cached thing-1 "$builds" good >"$XDG_CACHE_HOME/second"
wait
expect "two at once build once" "$(wc -l <"$builds")" 1
expect "the first has the result" "$(tail -n 1 "$XDG_CACHE_HOME/first")" content
expect "the second has the result" "$(tail -n 1 "$XDG_CACHE_HOME/second")" content

failed=$(build_cached thing-2 "$builds" bad 2>&1) && { echo "a failed build was taken for good"; exit 1; }
expect "a failure is told" "$failed" "error: the build failed, as it should."
expect "a failure leaves nothing" "$(find "$XDG_CACHE_HOME/islet/build" -name '*thing-2*' -not -name '*.lock')" ""
found=$(ISLET_CACHED_ONLY=1 build_cached thing-1 "$builds" good | tail -n 1)
expect "what is there is taken when nothing may be built" "$found" content
code=0
ISLET_CACHED_ONLY=1 build_cached thing-3 "$builds" good >/dev/null || code=$?
expect "what is not there is not built then" "$code, $(grep -c . "$builds")" "77, 2"
expect "the next build starts from the beginning" "$(build_cached thing-2 "$builds" good | tail -n 1)" content
