#!/usr/bin/env bash
# Builds the test images from Debian packages as OCI image layouts, without root and without a container engine:
#
#   eng/images/build.sh [debian|redis|postgres …]      →  artifacts/images/<name>/
#
# The result is cached by the hash of these scripts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../lib/cache.sh"

output=$here/../../artifacts/images
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

for tool in apt-get:apt dpkg-deb:dpkg python3:python3; do
    command -v "${tool%%:*}" >/dev/null || fail "the test images can't be built without ${tool#*:}. Install it."
done
[[ -e $keyring ]] || fail "the test images can't be built without $keyring. Install debian-archive-keyring."

build() {
    local name=$1 folder=$2
    say "Building the image $name from Debian packages …"
    PYTHONDONTWRITEBYTECODE=1 python3 "$here/$name.py" "$folder"
}

(( $# > 0 )) || set -- debian redis postgres
key=$(find "$here" -type f -not -name '*.pyc' -not -name verify.py -print0 | sort -z | xargs -0 cat | content_key)
for name in "$@"; do
    [[ -e $here/$name.py && $name =~ ^(debian|redis|postgres)$ ]] || fail "there is no image '$name': debian, redis and postgres are known."
    cached "image-$name-$key" build "$name"
    [[ -e $output/$name/index.json ]] && cmp -s "$output/$name/index.json" "$cached_folder/index.json" && continue
    mkdir -p "$output"
    temporary=$(mktemp -d "$output/.$name.XXXXXX")
    chmod 755 "$temporary"
    cp -r --reflink=auto "$cached_folder/." "$temporary"
    rm -rf "${output:?}/$name"
    mv -T "$temporary" "$output/$name"
done
