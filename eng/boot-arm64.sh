#!/usr/bin/env bash
# Builds the arm64 kernel and boots it once, emulated, until a program of ours has tried what Islet needs of it. Exit code
# 77: it can't be done here, for the reason printed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib/kernel_check.sh"

compiler=aarch64-linux-gnu-gcc
if [[ $(uname -m) == aarch64 ]]; then compiler=gcc; fi
require_command "$compiler" gcc-aarch64-linux-gnu
require_command qemu-system-aarch64 qemu-system-arm
require_command mke2fs e2fsprogs
[[ -e ${ISLET_KERNEL_SOURCE:-/usr/src/linux-source-6.1.tar.xz} ]] || skip "the kernel's source is missing; install linux-source-6.1."

"$here/../kernel/build.sh" arm64

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
check_kernel "$folder" "$compiler" qemu-system-aarch64 \
    -M virt,gic-version=3 -accel tcg -cpu cortex-a72 -smp 2 -m 512 \
    -kernel "$here/../artifacts/guest/arm64/Image" -append 'console=ttyAMA0 quiet panic=-1' \
    -drive "id=disk,if=none,file=$folder/disk.ext4,format=raw" -device virtio-blk-pci,drive=disk \
    -netdev user,id=network -device virtio-net-pci,netdev=network,romfile= \
    -device virtio-rng-pci -device virtio-balloon-pci \
    -device virtio-serial-pci -chardev null,id=agent -device virtserialport,chardev=agent,name=islet.agent
