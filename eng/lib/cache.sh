# Keeps build results once per machine, by the hash of their inputs. Source it.
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"

cache_root=${XDG_CACHE_HOME:-$HOME/.cache}/islet/build

# The key of what is read from standard input.
content_key() { sha256sum | cut -c1-16; }

# cached NAME BUILD…: sets cached_folder to the folder of that name. When there is none, `BUILD… FOLDER` fills a temporary
# one, which is then renamed: a build that fails, or is killed, leaves nothing that a later one would take for whole.
# Two at once wait for one another; the second takes the result of the first. A result that was not used for a month is removed.
# With ISLET_CACHED_ONLY=1 nothing is built: the script ends with 77 where it would be.
cached() {
    local name=$1 lock started=$SECONDS
    shift
    cached_folder=$cache_root/$name
    if [[ -d $cached_folder ]]; then
        touch "$cached_folder"
        return
    fi
    if [[ ${ISLET_CACHED_ONLY:-} == 1 ]]; then
        say "$name has not been built."
        exit 77
    fi
    mkdir -p "$cache_root"
    exec {lock}>"$cache_root/$name.lock"
    flock "$lock"
    if [[ ! -d $cached_folder ]]; then
        cached_temporary=$(mktemp -d "$cache_root/.$name.XXXXXX")
        chmod 755 "$cached_temporary"
        trap 'rm -rf "$cached_temporary"' EXIT
        ( "$@" "$cached_temporary" )
        mv -T "$cached_temporary" "$cached_folder"
        trap - EXIT
        find "$cache_root" -mindepth 1 -maxdepth 1 -type d -name "${name%-*}-*" -mtime +30 -exec rm -rf {} +
        say "Built ${name%-*} in $(duration $(( SECONDS - started )))."
    fi
    exec {lock}>&-
}

# place FILE DESTINATION: copies unless it is there already; readers of the destination see the old file or the new one.
place() {
    local source=$1 destination=$2 temporary
    cmp -s "$source" "$destination" && return
    mkdir -p "$(dirname "$destination")"
    temporary=$(mktemp "$destination.XXXXXX")
    cp --reflink=auto "$source" "$temporary"
    chmod --reference="$source" "$temporary"
    mv "$temporary" "$destination"
}
