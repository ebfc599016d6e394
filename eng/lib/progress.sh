# Progress of long builds. Source it.

# show_progress LOG WHAT: keeps standard input in LOG and counts its lines: on a terminal in one line that is rewritten,
# else once in a while.
show_progress() {
    local log=$1 what=$2 line count=0 shown=$SECONDS started=$SECONDS
    while IFS= read -r line; do
        printf '%s\n' "$line"
        count=$(( count + 1 ))
        if [[ -t 2 ]]; then
            (( count % 10 )) || printf '\r%s: %d steps, %s ' "$what" "$count" "$(duration $(( SECONDS - started )))" >&2
        elif (( SECONDS - shown >= 30 )); then
            shown=$SECONDS
            printf '%s: %d steps, %s\n' "$what" "$count" "$(duration $(( SECONDS - started )))" >&2
        fi
    done >"$log"
    if [[ -t 2 ]]; then printf '\n' >&2; fi
}
