# Output of the scripts for the person who runs them. Source it; it only defines functions.

say() { printf '%s\n' "$*"; }

# Ends the script: the first argument is the sentence, the others are evidence, one line each.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    (( $# == 0 )) || printf '    %s\n' "$@" >&2
    exit 1
}

# 75 → 1 min 15 s
duration() {
    if (( $1 < 60 )); then echo "$1 s"; else echo "$(( $1 / 60 )) min $(( $1 % 60 )) s"; fi
}

# A test that can't run here says why and ends with this code.
skip() {
    say "skipped: $1"
    exit 77
}
