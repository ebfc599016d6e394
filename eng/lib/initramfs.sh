# Initial RAM file systems of one program. Source it.

# pack_initramfs PROGRAM ARCHIVE: an uncompressed newc archive whose /init is PROGRAM, the same for the same program.
# The kernel's own built-in archive already brings /dev/console.
pack_initramfs() {
    local program=$1 archive=$2 root
    root=$(mktemp -d)
    install -m 755 "$program" "$root/init"
    touch -d @0 "$root/init"
    (cd "$root" && echo init | cpio --quiet -o -H newc --reproducible --owner 0:0) >"$archive"
    rm -rf "$root"
}
