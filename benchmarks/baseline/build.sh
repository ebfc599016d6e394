#!/usr/bin/env bash
# Builds the initramfs of the boot benchmark's raw baseline  →  artifacts/baseline/x86_64/initramfs.cpio
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../eng/lib/cache.sh"
source "$here/../../eng/lib/initramfs.sh"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
gcc -O2 -Wall -Wextra -Werror -static -o "$temporary/init" "$here/init.c"
pack_initramfs "$temporary/init" "$temporary/initramfs.cpio"
place "$temporary/initramfs.cpio" "$here/../../artifacts/baseline/x86_64/initramfs.cpio"
