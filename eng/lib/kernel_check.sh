# Booting a kernel with a program that tries what Islet needs of it (eng/kernel-check). Source it.
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"
source "$(dirname "${BASH_SOURCE[0]}")/initramfs.sh"

kernel_check_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../kernel-check" && pwd)

require_command() {
    command -v "$1" >/dev/null || skip "$1 is missing; install $2."
}

# check_kernel FOLDER COMPILER QEMU…: compiles the check, makes it a disk, and boots the machine that QEMU… describes with
# the folder's initramfs.cpio and disk.ext4. Prints the check's lines; fails unless its last one says that it passed.
check_kernel() {
    local folder=$1 compiler=$2
    shift 2
    "$compiler" -O2 -Wall -Wextra -Werror -static -o "$folder/init" "$kernel_check_source"/*.c
    pack_initramfs "$folder/init" "$folder/initramfs.cpio"
    truncate -s 64M "$folder/disk.ext4"
    mke2fs -q -F -t ext4 -O 64bit,metadata_csum "$folder/disk.ext4"
    timeout --kill-after=5 180 "$@" -no-reboot -nodefaults -no-user-config -display none -serial "file:$folder/console" \
        -initrd "$folder/initramfs.cpio" </dev/null \
        || fail "QEMU ended with code $?, or the kernel did not come to an end; the console says:" "$(tail -n 40 "$folder/console")"
    cat "$folder/console"
    grep -q '^kernel check passed' "$folder/console" || fail "the kernel lacks something:" "$(grep FAILED "$folder/console")"
}
