#!/usr/bin/env bash
# The agent for arm64, where it has been built (eng/setup.sh --arm64), starts as the first process of its kernel on QEMU's virt machine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/../lib/report.sh"

guest=$root/artifacts/guest/arm64
readonly how="eng/setup.sh --arm64 installs and builds what it takes."
command -v qemu-system-aarch64 >/dev/null || skip "qemu-system-aarch64 is missing; $how"
[[ -e $guest/Image && -e $guest/initramfs.cpio ]] || skip "the arm64 kernel or agent has not been built on this machine; $how"

# The agent finds its port and says that it is ready; nothing answers there, so QEMU is ended from here.
console=$(mktemp)
trap 'kill "$qemu" 2>/dev/null || true; rm -f "$console"' EXIT
qemu-system-aarch64 -M virt,gic-version=3 -accel tcg -cpu cortex-a72 -smp 1 -m 256 -nodefaults -display none -no-reboot \
    -kernel "$guest/Image" -initrd "$guest/initramfs.cpio" -append 'console=ttyAMA0 panic=-1' -serial "file:$console" \
    -device virtio-rng-pci -device virtio-serial-pci -chardev null,id=agent -device virtserialport,chardev=agent,name=islet.agent \
    </dev/null &
qemu=$!
for (( second = 0; second < 120; second++ )); do
    if grep -q '^islet: ready' "$console"; then
        say "The arm64 agent is ready after about $second s."
        exit 0
    fi
    kill -0 "$qemu" 2>/dev/null || break
    sleep 1
done
fail "the arm64 agent did not become ready; its console says:" "$(tail -n 20 "$console")"
