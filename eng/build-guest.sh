#!/usr/bin/env bash
# Builds the agent and packs it as /init   →  artifacts/guest/x86_64/initramfs.cpio
#
# The result is cached by the hash of the sources.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
source "$here/lib/cache.sh"
source "$here/lib/initramfs.sh"

for tool in dotnet:dotnet-sdk-10.0 cpio:cpio gcc:gcc flock:util-linux; do
    command -v "${tool%%:*}" >/dev/null || fail "the agent can't be built without ${tool%%:*}. Install ${tool#*:}."
done

build() {
    local folder=$1
    say "Building the agent …"
    cd "$root"
    dotnet publish src/Guest/Islet.Guest.csproj -c Release -r linux-x64 -o "$folder/publish" -v quiet --nologo >"$folder/build.log" 2>&1 \
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
    gcc --version
} | content_key)
cached "guest-x86_64-$key" build
place "$cached_folder/initramfs.cpio" "$root/artifacts/guest/x86_64/initramfs.cpio"
