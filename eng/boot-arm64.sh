#!/usr/bin/env bash
# Builds the arm64 kernel and boots it once, emulated, until a program of ours has tried what Islet needs of it:
#
#   eng/boot-arm64.sh [--cached]      --cached: only where it has been built
#
# Exit code 77: it can't be done here, for the reason printed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib/kernel_check.sh"

(( $# == 0 )) || [[ $# == 1 && $1 == --cached ]] || fail "usage: eng/boot-arm64.sh [--cached]"
readonly how="eng/setup.sh --arm64 installs and builds what it takes."

compiler=aarch64-linux-gnu-gcc
if [[ $(uname -m) == aarch64 ]]; then compiler=gcc; fi
for tool in "$compiler" qemu-system-aarch64 mke2fs; do
    command -v "$tool" >/dev/null || skip "$tool is missing; $how"
done
[[ -e ${ISLET_KERNEL_SOURCE:-/usr/src/linux-source-6.1.tar.xz} ]] || skip "the kernel's source is missing; $how"

code=0
if (( $# == 1 )); then export ISLET_CACHED_ONLY=1; fi
"$here/../kernel/build.sh" arm64 || code=$?
(( code != 77 )) || skip "the arm64 kernel has not been built on this machine; $how"
(( code == 0 )) || exit "$code"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
check_kernel "$folder" "$compiler" qemu-system-aarch64 \
    -M virt,gic-version=3 -accel tcg -cpu cortex-a72 -smp 2 -m 512 \
    -kernel "$here/../artifacts/guest/arm64/Image" -append 'console=ttyAMA0 quiet panic=-1' \
    -drive "id=disk,if=none,file=$folder/disk.ext4,format=raw" -device virtio-blk-pci,drive=disk \
    -netdev user,id=network -device virtio-net-pci,netdev=network,romfile= \
    -device virtio-rng-pci -device virtio-balloon-pci \
    -device virtio-serial-pci -chardev null,id=agent -device virtserialport,chardev=agent,name=islet.agent
