#!/usr/bin/env bash
# Creates the database cluster when there is none, runs the scripts in /docker-entrypoint-initdb.d, and becomes postgres.
# It honours the variables of the official image; NAME_FILE instead of NAME reads the value from a file.
#
#   POSTGRES_PASSWORD           of the superuser; required unless POSTGRES_HOST_AUTH_METHOD=trust
#   POSTGRES_USER               the superuser; postgres
#   POSTGRES_DB                 a database to create; named like the user
#   POSTGRES_INITDB_ARGS        more arguments for initdb
#   POSTGRES_HOST_AUTH_METHOD   for connections over TCP, also from 127.0.0.1; scram-sha-256
#   PGDATA                      where the cluster is; /var/lib/postgresql/data
set -Eeuo pipefail

# shellcheck source=../lib/entrypoint.sh
source /usr/local/lib/entrypoint.sh

read_variables() {
    from_file_or_value POSTGRES_PASSWORD ''
    from_file_or_value POSTGRES_USER postgres
    from_file_or_value POSTGRES_DB "$POSTGRES_USER"
    from_file_or_value POSTGRES_INITDB_ARGS ''
    : "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}"
}

# The folders that postgres writes to belong to it, even if another user made or mounted them.
prepare_folders() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA" || true
    chmod 3775 /var/run/postgresql || true
    [[ $(id -u) == 0 ]] || return 0
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres {} +
}

require_password() {
    if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
        fail "the database has no superuser password. Set POSTGRES_PASSWORD, or, to accept every client, POSTGRES_HOST_AUTH_METHOD=trust."
    fi
}

# Until the real server runs, nothing waits for the disk: there is no data yet that a crash of the machine could lose.
#
# Published ports may reach the server as connections from 127.0.0.1, so that address is not trusted, unlike initdb's
# default; the unix socket, which only the container's own processes reach, is.
create_cluster() {
    # The arguments come as one string, quoted as for a shell. An empty line in the password file means no password.
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") --no-sync --no-instructions' \
        '--auth-local=trust --auth-host="$POSTGRES_HOST_AUTH_METHOD"' "$POSTGRES_INITDB_ARGS"
    printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

# No client outside can connect before the cluster is complete: the server that the scripts talk to has no TCP port.
with_temporary_server() {
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -c fsync=off -p ${PGPORT:-5432}" -w -s start
    "$@"
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w -s stop
}

run_sql() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "$@"
}

create_database() {
    [[ $POSTGRES_DB != postgres ]] || return 0
    run_sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
}

run_sql_file() { run_sql --dbname "$POSTGRES_DB" -f "$1"; }

complete_cluster() {
    create_database
    run_scripts run_sql_file
}

main() {
    # Arguments that start with a dash are postgres's own.
    [[ ${1:-} != -* ]] || set -- postgres "$@"
    [[ ${1:-} == postgres ]] || exec "$@"

    prepare_folders
    if [[ $(id -u) == 0 ]]; then
        exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
    fi
    if [[ ! -s $PGDATA/PG_VERSION ]]; then
        read_variables
        require_password
        create_cluster
        if [[ $POSTGRES_DB != postgres ]] || has_scripts; then
            PGPASSWORD=$POSTGRES_PASSWORD with_temporary_server complete_cluster
        fi
        unset POSTGRES_PASSWORD
    fi
    exec "$@"
}

main "$@"
