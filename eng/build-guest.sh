#!/usr/bin/env bash
# Builds the agent and packs it as /init   →  artifacts/guest/ARCHITECTURE/initramfs.cpio
#
#   eng/build-guest.sh [x86_64|arm64]        default: x86_64
#
# The result is cached by the hash of the sources.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
source "$here/lib/cache.sh"
source "$here/lib/initramfs.sh"

architecture=${1:-x86_64}
case $architecture in
    x86_64) runtime=linux-x64 compiler=gcc package=gcc ;;
    arm64)  runtime=linux-arm64 compiler=aarch64-linux-gnu-gcc package=gcc-aarch64-linux-gnu ;;
    *)      fail "usage: eng/build-guest.sh [x86_64|arm64]" ;;
esac
if [[ $architecture == arm64 && $(uname -m) == aarch64 ]]; then compiler=gcc package=gcc; fi

for tool in dotnet:dotnet-sdk-10.0 cpio:cpio "$compiler:$package" flock:util-linux; do
    command -v "${tool%%:*}" >/dev/null || fail "the agent can't be built without ${tool%%:*}. Install ${tool#*:}."
done

build() {
    local folder=$1
    say "Building the agent for $architecture …"
    cd "$root"
    dotnet publish src/Guest/Islet.Guest.csproj -c Release -r "$runtime" -o "$folder/publish" -v quiet --nologo >"$folder/build.log" 2>&1 \
        || fail "the agent did not build:" "$(grep error "$folder/build.log" | sort -u | head -n 20)" "$(tail -n 5 "$folder/build.log")"
    if readelf -l "$folder/publish/Islet.Guest" | grep -q INTERP; then
        fail "the agent is not a static program; nothing in the initramfs could load it."
    fi
    pack_initramfs "$folder/publish/Islet.Guest" "$folder/initramfs.cpio"
    rm -rf "$folder/publish"
}

key=$(cd "$root" && {
    find src/Guest src/Protocol \( -name bin -o -name obj \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
    sha256sum Directory.*.props global.json eng/build-guest.sh eng/lib/initramfs.sh
    dotnet --version
    "$compiler" --version
} | content_key)
cached "guest-$architecture-$key" build
place "$cached_folder/initramfs.cpio" "$root/artifacts/guest/$architecture/initramfs.cpio"
