#!/usr/bin/env bash
# Makes a machine ready: installs what is missing and builds what Islet boots. Everything is done once; later it only looks.
#
#   eng/setup.sh [--demo|--test] [--arm64]
#
# --demo (the default): to run Islet · --test: to run its tests as well · --arm64: to run images for arm64 on x86-64, too, which
# takes the other QEMU and a guest of its own; without it, the tests for arm64 are skipped.
#
# On Debian and Ubuntu with root or passwordless sudo it installs by itself; elsewhere it says what to install and ends with 2.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
source "$here/lib/cache.sh"
source "$here/lib/jobs.sh"

# package | how to see that it is there: a command, or a file | what for
demo_packages() {
    cat <<END
qemu-system-x86             | qemu-system-x86_64                                | runs the machines
qemu-utils                  | qemu-img                                          | disks to compare with, in tests and benchmarks
linux-source-6.1            | ${ISLET_KERNEL_SOURCE:-/usr/src/linux-source-6.1.tar.xz} | the source of the guest's kernel
gcc                         | gcc                                               | compiles the kernel and the agent's launcher
libc6-dev                   | /usr/include/stdio.h                              | compiles the kernel's tools and the agent's launcher
make                        | make                                              | builds the kernel
patch                       | patch                                             | builds the kernel
flex                        | flex                                              | builds the kernel
bison                       | bison                                             | builds the kernel
bc                          | bc                                                | builds the kernel
xz-utils                    | xz                                                | unpacks the kernel's source
zlib1g-dev                  | /usr/include/zlib.h                               | links the agent
cpio                        | cpio                                              | packs the agent
python3                     | python3                                           | makes the local images
debian-archive-keyring      | /usr/share/keyrings/debian-archive-keyring.gpg    | makes the local images
e2fsprogs                   | mke2fs                                            | file systems to compare with, in tests and benchmarks
END
}

test_packages() {
    cat <<'END'
golang-go                             | go                                                   | an independent client of the agent
golang-google-grpc-dev                | /usr/share/gocode/src/google.golang.org/grpc         | an independent client of the agent
python3-grpcio                        | /usr/lib/python3/dist-packages/grpc                  | an independent client of the agent
python3-protobuf                      | /usr/lib/python3/dist-packages/google/protobuf       | an independent client of the agent
docker-registry                       | docker-registry                                      | a registry to pull from
apache2-utils                         | htpasswd                                             | passwords for that registry
qemu-user-static                      | qemu-aarch64-static                                  | runs programs for arm64 in machines for x86-64
bzip2                                 | bzip2                                                | compresses layers in its way
zstd                                  | zstd                                                 | compresses layers in its way
chromium                              | chromium                                             | shows Aspire's dashboard
nodejs                                | node                                                 | drives that browser
npm                                   | npm                                                  | fetches the library that drives it
END
}

arm64_packages() {
    cat <<'END'
gcc-aarch64-linux-gnu                 | aarch64-linux-gnu-gcc                                | compiles the arm64 kernel and agent
libc6-dev-arm64-cross                 | /usr/aarch64-linux-gnu/include/stdio.h               | compiles the check of the arm64 kernel
qemu-system-arm                       | qemu-system-aarch64                                  | runs arm64 machines
END
}

purpose=--demo arm64=
for argument; do
    case $argument in
        --demo|--test) purpose=$argument ;;
        --arm64) arm64=yes ;;
        *) fail "usage: eng/setup.sh [--demo|--test] [--arm64]" ;;
    esac
done
packages=$(
    demo_packages
    [[ $purpose != --test ]] || test_packages
    [[ -z $arm64 ]] || arm64_packages
)

# Prints the lines of the packages that are missing.
missing_packages() {
    local package probe reason
    while IFS='|' read -r package probe reason; do
        package=${package// /} probe=${probe// /}
        case $probe in
            /*) [[ -e $probe ]] && continue ;;
            *)  PATH=$PATH:/usr/sbin:/sbin command -v "$probe" >/dev/null && continue ;;
        esac
        printf '%-36s %s\n' "$package" "${reason# }"
    done <<<"$packages"
}

is_debian() {
    [[ -r /etc/os-release ]] && command -v apt-get >/dev/null && grep -qE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

# The sentence says what is in the way; the rest is for the person to do.
give_up() {
    printf 'error: %s\n' "$1" >&2
    printf 'Install these (named as in Debian 12), then run this again:\n%s\n' "$2" >&2
    exit 2
}

install_packages() {
    local missing=$1 sudo=() names unknown=() name log
    mapfile -t names < <(awk '{print $1}' <<<"$missing")
    if ! is_debian; then
        give_up "packages are missing, and this is neither Debian nor Ubuntu, so they can't be installed from here." "$missing"
    fi
    if (( EUID != 0 )); then
        sudo -n true 2>/dev/null \
            || give_up "packages are missing, and installing them needs root: sudo apt-get install ${names[*]}" "$missing"
        sudo=(sudo -n)
    fi
    say "Installing:"
    printf '%s\n' "$missing"
    "${sudo[@]}" apt-get -q -q update
    for name in "${names[@]}"; do
        [[ $(LC_ALL=C apt-cache policy "$name") == *'Candidate: '[!\(]* ]] || unknown+=("$name")
    done
    if (( ${#unknown[@]} > 0 )); then
        give_up "this system has no package ${unknown[*]}. Instead of linux-source-6.1, ISLET_KERNEL_SOURCE may name an archive of it." \
            "$missing"
    fi
    log=$(mktemp)
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -q -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${names[@]}" \
        >"$log" 2>&1 || fail "apt-get install failed:" "$(tail -n 20 "$log")"
    rm "$log"
    missing=$(missing_packages)
    [[ -z $missing ]] || fail "these were installed, but are still not to be found:" "$missing"
}

require_sdk() {
    command -v dotnet >/dev/null || {
        printf 'error: the .NET SDK is missing.\n' >&2
        printf 'Install version 10.0.100 or later from https://dotnet.microsoft.com/download, then run this again.\n' >&2
        exit 2
    }
    (cd "$root" && dotnet --version >/dev/null 2>&1) || {
        printf 'error: no installed .NET SDK is one that global.json accepts: %s\n' "$(tr -d ' \n' <"$root/global.json")" >&2
        printf 'Installed are:\n%s\n' "$(dotnet --list-sdks)" >&2
        printf 'Install version 10.0.100 or later from https://dotnet.microsoft.com/download, then run this again.\n' >&2
        exit 2
    }
}

# Measured on a busy machine: the processor time of a build, nearly all of which is compiling, done on as many processors as there are.
readonly kernel_minutes=8
say_how_long() {
    compgen -G "$cache_root/kernel-x86_64-*/vmlinux" >/dev/null && return
    say "The first run builds a Linux kernel: $kernel_minutes minutes of processor time, so about $(( (kernel_minutes + $(nproc) - 1) / $(nproc) )) min" \
        "on this machine's $(nproc) processors if they have nothing else to do. It is kept in $cache_root."
}

build_kernels() {
    "$root/kernel/build.sh" x86_64
    if [[ -n $arm64 ]]; then "$root/kernel/build.sh" arm64; fi
}

build_agents() {
    "$here/build-guest.sh"
    # One that was built before must not stay behind the library: it is packed, and the tests run it.
    if [[ -n $arm64 || -e $root/artifacts/guest/arm64/initramfs.cpio ]]; then "$here/build-guest.sh" arm64; fi
}

build_what_is_booted() {
    say_how_long
    start_job kernel build_kernels
    start_job agent build_agents
    if [[ $purpose == --test ]]; then
        start_job images "$here/images/build.sh"
    else
        start_job images "$here/images/build.sh" debian postgres redis
    fi
    finish_jobs
}

started=$SECONDS
require_sdk
missing=$(missing_packages)
[[ -z $missing ]] || install_packages "$missing"
build_what_is_booted
say "Ready, after $(duration $(( SECONDS - started )))."
