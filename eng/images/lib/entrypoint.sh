# Shared by the entrypoints of the databases, by the conventions of the official images. It is sourced.

scripts=/docker-entrypoint-initdb.d

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# from_file_or_value NAME DEFAULT: sets NAME from NAME_FILE, or leaves it, or gives it the default.
from_file_or_value() {
    local name=$1 file_name=$1_FILE value=$2
    [[ -z ${!name:-} || -z ${!file_name:-} ]] || fail "both $name and $file_name are set; only one of them may be."
    if [[ -n ${!file_name:-} ]]; then
        [[ -r ${!file_name} ]] || fail "$file_name names ${!file_name}, which can't be read."
        value=$(<"${!file_name}")
    elif [[ -n ${!name:-} ]]; then
        value=${!name}
    fi
    export "$name=$value"
    unset "$file_name"
}

# Is there anything to run? A server started for nothing to do would cost a second or more under emulation.
has_scripts() { compgen -G "$scripts/*" >/dev/null; }

# run_scripts RUN_SQL…: shell scripts by themselves, SQL by `RUN_SQL… FILE`.
run_scripts() {
    local script
    has_scripts || return 0
    for script in "$scripts"/*; do
        case $script in
            *.sh)
                printf 'running %s\n' "$script"
                # shellcheck source=/dev/null
                if [[ -x $script ]]; then "$script"; else source "$script"; fi ;;
            *.sql)    printf 'running %s\n' "$script"; "$@" "$script" ;;
            *.sql.gz) printf 'running %s\n' "$script"; "$@" <(gunzip -c "$script") ;;
            *)        printf 'ignoring %s\n' "$script" ;;
        esac
    done
}
