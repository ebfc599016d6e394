#!/usr/bin/env bash
# Builds the test images from Debian packages as OCI image layouts, without root and without a container engine:
#
#   eng/images/build.sh [NAME …]      →  artifacts/images/NAME/
#
# Each NAME.py here that has an `image` is one; without a name, all are built. A result is cached by the hash of what it is made from.
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

# The hash of what an image is made from: what all share, and its own.
key_of() {
    local own=("$here/$1.py")
    [[ ! -d $here/$1 ]] || own+=("$here/$1"/*)
    [[ $1 != busybox_* ]] || own+=("$here/busybox.py")
    cat "$here"/{build.sh,debian_base.py,debian_packages.py,oci.py} "$here"/lib/* "${own[@]}" | content_key
}

mapfile -t known < <(grep -l '^def image' "$here"/*.py | xargs -n 1 basename -s .py)
(( $# > 0 )) || set -- "${known[@]}"
for name in "$@"; do
    [[ " ${known[*]} " == *" $name "* ]] || fail "there is no image '$name': known are ${known[*]}."
    cached "image-$name-$(key_of "$name")" build "$name"
    [[ -e $output/$name/index.json ]] && cmp -s "$output/$name/index.json" "$cached_folder/index.json" && continue
    mkdir -p "$output"
    temporary=$(mktemp -d "$output/.$name.XXXXXX")
    chmod 755 "$temporary"
    cp -r --reflink=auto "$cached_folder/." "$temporary"
    rm -rf "${output:?}/$name"
    mv -T "$temporary" "$output/$name"
done
