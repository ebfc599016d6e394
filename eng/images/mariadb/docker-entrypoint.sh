#!/usr/bin/env bash
# Creates the system tables when there are none, runs the scripts in /docker-entrypoint-initdb.d, and becomes mariadbd.
# It honours the variables of the official image, by the names MARIADB_… and MYSQL_…; NAME_FILE instead of NAME reads the value
# from a file.
#
#   MARIADB_ROOT_PASSWORD                    of root; required unless MARIADB_ALLOW_EMPTY_ROOT_PASSWORD is set
#   MARIADB_ROOT_HOST                        from where root may connect, in addition to localhost; %
#   MARIADB_DATABASE                         a database to create
#   MARIADB_USER, MARIADB_PASSWORD           a user to create, with all rights in that database
set -Eeuo pipefail

# shellcheck source=../lib/entrypoint.sh
source /usr/local/lib/entrypoint.sh

datadir=/var/lib/mysql

# Each variable has an older name.
read_variable() {
    local name=$1 older=MYSQL_$1
    from_file_or_value "$older" ''
    from_file_or_value "MARIADB_$name" "${!older}"
}

read_variables() {
    local name
    for name in ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD ROOT_HOST DATABASE USER PASSWORD; do read_variable "$name"; done
    : "${MARIADB_ROOT_HOST:=%}"
    if [[ -z $MARIADB_ROOT_PASSWORD && -z $MARIADB_ALLOW_EMPTY_ROOT_PASSWORD ]]; then
        fail "root has no password. Set MARIADB_ROOT_PASSWORD, or, to let root in without one, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1."
    fi
    [[ -z $MARIADB_USER || -n $MARIADB_PASSWORD ]] || fail "the user $MARIADB_USER has no password. Set MARIADB_PASSWORD."
}

# The folders that mariadbd writes to belong to it, even if another user made or mounted them.
prepare_folders() {
    mkdir -p "$datadir" /run/mysqld
    [[ $(id -u) == 0 ]] || return 0
    find "$datadir" /run/mysqld \! -user mysql -exec chown mysql: {} +
}

# text 'it''s' → 'it\'s', as a literal.
literal() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

# The accounts, and the database, as statements to be run once the system tables exist.
accounts() {
    local root user database
    root=$(literal "$MARIADB_ROOT_PASSWORD")
    printf 'FLUSH PRIVILEGES;\nALTER USER root@localhost IDENTIFIED BY %s;\n' "$root"
    if [[ $MARIADB_ROOT_HOST != localhost ]]; then
        user=root@$(literal "$MARIADB_ROOT_HOST")
        printf 'CREATE USER %s IDENTIFIED BY %s;\nGRANT ALL ON *.* TO %s WITH GRANT OPTION;\n' "$user" "$root" "$user"
    fi
    database=${MARIADB_DATABASE//\`/\`\`}
    if [[ -n $database ]]; then printf 'CREATE DATABASE IF NOT EXISTS `%s`;\n' "$database"; fi
    if [[ -n $MARIADB_USER ]]; then
        user=$(literal "$MARIADB_USER")@\'%\'
        printf 'CREATE USER %s IDENTIFIED BY %s;\n' "$user" "$(literal "$MARIADB_PASSWORD")"
        # In a GRANT an underscore stands for any character.
        if [[ -n $database ]]; then printf 'GRANT ALL ON `%s`.* TO %s;\n' "${database//_/\\_}" "$user"; fi
    fi
}

# The server that makes its own tables can make the accounts in the same breath: starting another one for them would cost seconds
# under emulation.
create_tables() {
    local statements
    statements=$(mktemp)
    accounts >"$statements"
    mariadb-install-db --datadir="$datadir" --auth-root-authentication-method=normal --skip-test-db --cross-bootstrap \
        --extra-file="$statements" >/dev/null
    rm "$statements"
}

run_sql_file() {
    MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --user=root --comments ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} <"$1"
}

# No client outside can connect before the scripts have run: the server that they talk to has no TCP port.
with_temporary_server() {
    local line server
    exec {output}< <(exec mariadbd --skip-networking --skip-log-bin 2>&1)
    server=$!
    while IFS= read -r line <&"$output" && printf '%s\n' "$line"; do
        [[ $line != *'ready for connections'* ]] || break
    done
    cat <&"$output" &
    "$@"
    kill "$server"
    wait
}

main() {
    # Arguments that start with a dash are mariadbd's own.
    [[ ${1:-} != -* ]] || set -- mariadbd "$@"
    [[ ${1:-} == mariadbd || ${1:-} == mysqld ]] || exec "$@"

    prepare_folders
    if [[ $(id -u) == 0 ]]; then
        exec setpriv --reuid=mysql --regid=mysql --init-groups -- "${BASH_SOURCE[0]}" "$@"
    fi
    if [[ ! -d $datadir/mysql ]]; then
        read_variables
        create_tables
        if has_scripts; then with_temporary_server run_scripts run_sql_file; fi
        unset "${!MARIADB_@}" "${!MYSQL_@}"
    fi
    exec "$@"
}

main "$@"
