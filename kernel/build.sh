#!/usr/bin/env bash
# Builds the guest's kernel from Debian's linux-source-6.1 and kernel/patches:
#
#   kernel/build.sh [x86_64|arm64]      →  artifacts/guest/x86_64/vmlinux, artifacts/guest/arm64/Image
#
# The result is cached by what went into it; a second build copies it. ISLET_KERNEL_SOURCE names another source archive.
set -euo pipefail


here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../eng/lib/cache.sh"
source "$here/../eng/lib/progress.sh"

case "${1:-x86_64}" in
    x86_64) arch=x86_64 kbuild_arch=x86_64 cross='' target=vmlinux image=vmlinux ;;
    arm64)  arch=arm64 kbuild_arch=arm64 cross=aarch64-linux-gnu- target=Image image=arch/arm64/boot/Image ;;
    *) fail "unknown architecture '$1': x86_64 and arm64 are known." ;;
esac
(( $# <= 1 )) || fail "usage: kernel/build.sh [x86_64|arm64]"
[[ $arch == x86_64 && $(uname -m) != x86_64 ]] && cross=x86_64-linux-gnu-
[[ $arch == arm64 && $(uname -m) == aarch64 ]] && cross=''

pinned=$(<"$here/version.txt")
source_archive=${ISLET_KERNEL_SOURCE:-/usr/src/linux-source-${pinned%.*}.tar.xz}
output=$here/../artifacts/guest/$arch/$target

# Half of the archive: sources for hardware that no guest has. Their makefiles and options are read all the same.
not_unpacked=(drivers/{gpu,infiniband,media,scsi,staging,net/ethernet,net/wireless}/'*.[ch]' sound/'*.[ch]' 'Documentation/*.'{rst,txt,yaml}
    'arch/*.'{dts,dtsi})

check_tools() {
    local tool missing=()
    for tool in "${cross}gcc:gcc${cross:+-${cross%-}}" make:make flex:flex bison:bison bc:bc patch:patch xz:xz-utils flock:util-linux; do
        command -v "${tool%%:*}" >/dev/null || missing+=("${tool#*:}")
    done
    [[ -e $source_archive ]] || missing+=("linux-source-${pinned%.*}")
    (( ${#missing[@]} == 0 )) || fail "the kernel can't be built without: ${missing[*]}. Install them (apt-get install ${missing[*]})."
}

# Debian replaces a version with the next security fix of the same longterm series, so a newer one is taken, and said;
# an older one, or another series, is not what the configuration was made for.
check_version() {
    local found=$1 what=$2
    [[ ${found%.*} == "${pinned%.*}" ]] && (( ${found##*.} >= ${pinned##*.} )) \
        || fail "$what is Linux $found, but kernel/version.txt pins $pinned. Install linux-source-${pinned%.*} of at least that version."
    [[ $found == "$pinned" ]] || say "Linux $found is newer than the pinned $pinned; building it."
}

package_version() {
    [[ -z ${ISLET_KERNEL_SOURCE:-} ]] && dpkg-query -W -f '${Version}' "linux-source-${pinned%.*}" 2>/dev/null || echo unknown
}

apply_patches() {
    local patch
    for patch in "$here"/patches/*.patch; do
        patch --quiet -p1 <"$patch" || fail "$(basename "$patch") does not apply to this kernel."
    done
}

configure() {
    local make=("$@")
    {
        "${make[@]}" tinyconfig
        scripts/kconfig/merge_config.sh -m .config "$here/config-common" "$here/config-$arch"
        "${make[@]}" olddefconfig
    } >config.log 2>&1 || fail "the kernel could not be configured; the last lines:" "$(tail -n 20 config.log)"
    verify_config
}

# A misspelt option, or one whose dependency is missing, is dropped without a word; that must not go unseen.
verify_config() {
    local line option lost=()
    while IFS= read -r line; do
        case $line in
            CONFIG_*=*) grep -qxF -- "$line" .config || lost+=("$line") ;;
            '# CONFIG_'*' is not set')
                option=${line#\# } option=${option%% *}
                ! grep -q "^$option=" .config || lost+=("$line (but $(grep "^$option=" .config))") ;;
        esac
    done < <(cat "$here/config-common" "$here/config-$arch")
    (( ${#lost[@]} == 0 )) || fail "these options did not take effect:" "${lost[@]}"
}

# Halves what compiling takes; see cc.sh. Any file with ordinary flags will do.
precompile_headers() {
    ISLET_PRECOMPILE_WITH=lib/ctype.o "$@" "-j$(nproc)" lib/ctype.o >precompile.log 2>&1 \
        || say "The common headers can't be precompiled for $arch, so this takes longer: $(tail -n 1 precompile.log)"
}

build() {
    local into=$1 tree=$1/tree
    mkdir "$tree"
    say "Unpacking $(basename "$source_archive") …"
    XZ_OPT=-T0 tar -xf "$source_archive" -C "$tree" --strip-components=1 "${not_unpacked[@]/#/--exclude=*/}"
    cp "$here"/{cc.sh,common.h} "$into"
    cd "$tree"
    # cmd_check_local_export is a check for those who write the kernel.
    local make=(make "ARCH=$kbuild_arch" "CROSS_COMPILE=$cross" "CC=$into/cc.sh ${cross}gcc" cmd_check_local_export=:
        KBUILD_BUILD_USER=islet KBUILD_BUILD_HOST=islet "KBUILD_BUILD_TIMESTAMP=@${SOURCE_DATE_EPOCH:-0}")
    check_version "$("${make[@]}" -s kernelversion)" "$source_archive"
    apply_patches
    configure "${make[@]}"
    precompile_headers "${make[@]}"
    "${make[@]}" "-j$(( $(nproc) + 1 ))" "$target" 2>&1 | show_progress "$into/build.log" "$arch kernel" \
        || fail "the kernel did not compile; the last lines:" "$(tail -n 25 "$into/build.log")"
    # The loader needs the segments and the PVH note only.
    if [[ $target == vmlinux ]]; then "${cross}strip" --strip-all "$image"; fi
    mv "$image" "$into/$target"
    cp .config "$into/config"
    cd "$into"
    rm -rf "$tree" cc.sh command common.h*
}

main() {
    local version key
    check_tools
    version=$(package_version)
    [[ $version == unknown ]] || check_version "${version%-*}" linux-source
    key=$(cat "$here"/{version.txt,config-common,"config-$arch",build.sh,cc.sh,common.h} "$here"/patches/*.patch \
        <("${cross}gcc" --version) <(echo "$version" "${ISLET_KERNEL_SOURCE:-}") | content_key)
    cached "kernel-$arch-$key" build
    place "$cached_folder/$target" "$output"
    place "$cached_folder/config" "$(dirname "$output")/kernel.config"
}

# In a function, so that bash has read all of it: this file may change while the kernel is built.
main; exit
