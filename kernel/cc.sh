#!/usr/bin/env bash
# The C compiler that kernel/build.sh gives to the kernel's makefiles. Most of a compiler's work here is reading the same headers for
# each of a thousand files; behind this script it reads them once:
#
#   cc.sh GCC ARGUMENT…
#
# When the object that ISLET_PRECOMPILE_WITH names is compiled, common.h beside this script is precompiled with the same flags. From
# then on a file is compiled with that header before its own ones if this changes nothing:
#   - its flags are the same. Its names (KBUILD_MODNAME and such) are not, and are given behind the header; none of the headers could use
#     them outside a macro, as they are not defined there, and precompiling would fail;
#   - it defines nothing before its first header, which some header might heed, and makes no trace points;
#   - the compiler accepts the precompiled header, and has no complaint.
# Everything else is compiled as if this script were not there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Takes a call as the makefiles make it apart: … -c -o OUTPUT SOURCE.
parse() {
    local argument
    (( $# > 4 )) && [[ ${*: -4:2} == '-c -o' && ${*: -1} == *.c ]] || return 1
    output=${*: -2:1} source=${*: -1} dependencies='' names=() command=()
    set -- "${@:1:$#-4}"
    while (( $# > 0 )); do
        argument=$1
        shift
        case $argument in
            -Wp,-MMD,*) dependencies=${argument#-Wp,-MMD,} ;;
            -DKBUILD_*=* | -D__KBUILD_*=*) names+=("${argument#-D}") ;;
            -include)
                # These three begin common.h.
                [[ $1 =~ /linux/(compiler-version|kconfig|compiler_types)\.h$ ]] || command+=(-include "$1")
                shift ;;
            *) command+=("$argument") ;;
        esac
    done
    [[ -n $dependencies ]]
}

precompile() {
    "${command[@]}" -x c-header -o "$here/common.h.gch" "$here/common.h"
    printf '%s\n' "${command[*]}" >"$here/command"
}

may_come_behind_the_header() {
    [[ -e $here/command && ${command[*]} == "$(<"$here/command")" ]] && awk '
        /CREATE_TRACE_POINTS/ { exit 1 }
        /^[ \t]*#[ \t]*include/ { included = 1 }
        !included && /^[ \t]*#[ \t]*(define|undef)/ { exit 1 }' "$source"
}

compile_behind_the_header() {
    local name complaints
    for name in "${names[@]}"; do
        printf '#define %s %s\n' "${name%%=*}" "${name#*=}"
    done >"$output.names.h"
    complaints=$("${command[@]}" -Winvalid-pch -include "$here/common.h" -include "$output.names.h" -c -o "$output" "$source" 2>&1) || return 1
    [[ -z $complaints ]] || return 1
    # The tree is built once and thrown away: which headers a file depends on need not be known.
    printf '%s: %s\n' "$output" "$source" >"$dependencies"
}

if parse "$@"; then
    if [[ $output == "${ISLET_PRECOMPILE_WITH:-}" ]]; then precompile; fi
    if may_come_behind_the_header && compile_behind_the_header; then exit; fi
fi
exec "$@"
