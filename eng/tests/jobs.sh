#!/usr/bin/env bash
# The parallel jobs of the set-up: they run at the same time, each line has its job's name, and a failure is reported.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/there" "$folder/back"

# In a process of its own, as the set-up is.
run_jobs() {
    timeout 60 bash -euo pipefail -c '
        source "$1/../lib/jobs.sh"
        folder=$2
        # Each opens a pipe that only the other one opens as well.
        first() { echo hello >"$folder/there"; read -r word <"$folder/back"; say "heard $word"; }
        second() { read -r word <"$folder/there"; say "heard $word"; echo welcome >"$folder/back"; }
        good() { say fine; echo made >"$folder/result"; }
        bad() { fail "it is broken" "by this"; }
        waits() { sleep 1000 & echo $! >"$folder/process"; wait; }
        shift 2
        for name; do start_job "$name" "$name"; done
        if [[ $name == waits ]]; then
            until [[ -s $folder/process ]]; do sleep 0.05; done
            exit 1
        fi
        finish_jobs
        say done
    ' jobs "$here" "$folder" "$@" 2>&1
}

expect() {
    [[ $2 == "$3" ]] || { echo "$1: expected '$3', found '$2'"; exit 1; }
    echo "ok $1"
}

output=$(run_jobs first second)
expect "two at once run side by side" "$(sort <<<"$output" | tr '\n' '|')" "done|first:   heard welcome|second:  heard hello|"

output=$(run_jobs bad good) && { echo "a job that failed was taken for good"; exit 1; }
expect "a failure says why" "$(grep -c '^bad:     error: it is broken$' <<<"$output")" 1
expect "with its evidence" "$(grep -c '^bad:         by this$' <<<"$output")" 1
expect "and is the end's reason" "$(tail -n 1 <<<"$output")" \
    "error: this failed: bad. The reason is above, in the lines that begin with the name."
expect "the others go on" "$(cat "$folder/result")" made

run_jobs waits && { echo "the end of the script was taken for good"; exit 1; }
process=$(<"$folder/process")
for (( i = 0; i < 100; i++ )); do
    [[ -d /proc/$process ]] || break
    sleep 0.1
done
expect "nothing runs on behind a script that has ended" "$([[ -d /proc/$process ]] && echo running || echo ended)" ended
