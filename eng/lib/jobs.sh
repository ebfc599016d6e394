# Work that is done side by side. Source it.
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"

job_names=() job_processes=()

# start_job NAME COMMAND…: runs it in parallel with the others; each line of its output begins with its name.
start_job() {
    local name=$1
    shift
    # A script's background processes would not hear of Ctrl-C; with job control each job is a group that can be ended as one.
    set -m
    ( set -euo pipefail; "$@" 2>&1 | while IFS= read -r line; do printf '%-8s %s\n' "$name:" "$line"; done ) </dev/null &
    set +m
    job_names+=("$name") job_processes+=($!)
    trap stop_jobs EXIT
    trap 'exit 130' INT TERM
}

stop_jobs() {
    local process
    for process in "${job_processes[@]}"; do kill -- "-$process" 2>/dev/null || true; done
}

# Waits for all. One that fails has said why at once; the others go on, so that what they make is there the next time.
finish_jobs() {
    local i failed=()
    for i in "${!job_processes[@]}"; do
        wait "${job_processes[i]}" || failed+=("${job_names[i]}")
    done
    job_names=() job_processes=()
    (( ${#failed[@]} == 0 )) || fail "this failed: ${failed[*]}. The reason is above, in the lines that begin with the name."
}
