#!/usr/bin/env bash
# Builds what the benchmarks compare with and run inside  →  artifacts/baseline/x86_64/initramfs.cpio, service
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../eng/lib/cache.sh"
source "$here/../../eng/lib/initramfs.sh"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
for program in init service; do
    gcc -O2 -Wall -Wextra -Werror -static -o "$temporary/$program" "$here/$program.c"
done
pack_initramfs "$temporary/init" "$temporary/initramfs.cpio"
place "$temporary/initramfs.cpio" "$here/../../artifacts/baseline/x86_64/initramfs.cpio"
place "$temporary/service" "$here/../../artifacts/baseline/x86_64/service"
