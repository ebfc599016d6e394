#!/usr/bin/env bash
# The x86-64 kernel boots on QEMU's microvm and has what Islet needs of it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../lib/kernel_check.sh"

require_command qemu-system-x86_64 qemu-system-x86
require_command gcc gcc
require_command mke2fs e2fsprogs
[[ $(uname -m) == x86_64 ]] || skip "the check is compiled for the host, which is not x86-64."

"$here/../../kernel/build.sh" x86_64

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
check_kernel "$folder" gcc qemu-system-x86_64 \
    -M microvm,x-option-roms=off,isa-serial=on,rtc=on,pit=on,pic=on,acpi=off -accel tcg -cpu max -smp 2 -m 512 \
    -kernel "$here/../../artifacts/guest/x86_64/vmlinux" -append 'console=ttyS0 quiet reboot=t panic=-1' \
    -drive "id=disk,if=none,file=$folder/disk.ext4,format=raw" -device virtio-blk-device,drive=disk \
    -netdev user,id=network -device virtio-net-device,netdev=network \
    -device virtio-rng-device -device virtio-balloon-device \
    -device virtio-serial-device -chardev null,id=agent -device virtserialport,chardev=agent,name=islet.agent
