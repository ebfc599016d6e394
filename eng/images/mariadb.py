"""The image `mariadb`: MariaDB 10.11, with the conventions of the official image."""

import pathlib
import sys

from debian_base import PATH, add_packages, add_shared_entrypoint, base, wanted, without_documentation
from oci import Image, Layer

PACKAGES = [
    "mariadb-client-core", "mariadb-common", "mariadb-server-core",
    # The libraries that they are linked with.
    "libaio1", "libbsd0", "libedit2", "libmariadb3", "libmd0", "libncurses6", "libnuma1", "liburing2",
]
UNWANTED = ("usr/bin/innochecksum", "usr/bin/mariadb-upgrade", "usr/bin/mysql_upgrade")
MYSQL = (999, 999)

# HELP's texts: loading them takes longer than all other system tables together.
HELP_TABLES = "usr/share/mysql/fill_help_tables.sql"

# Names are never looked up: clients come from addresses that have none.
SERVER = """\
[mariadbd]
bind-address = *
skip-name-resolve
host-cache-size = 0
"""


def mariadb(accounts):
    layer = Layer("MariaDB 10.11")
    add_packages(layer, PACKAGES, lambda path: wanted(path) and not path.startswith(UNWANTED))
    accounts.add_group("mysql", MYSQL[1])
    accounts.add_user("mysql", *MYSQL, "/var/lib/mysql")
    accounts.write(layer)
    layer.directory("var/lib/mysql", owner=MYSQL)
    layer.directory("etc/mysql/conf.d")
    layer.symlink("etc/mysql/my.cnf", "mariadb.cnf")
    return layer


def entrypoint():
    layer = without_documentation("Entrypoint; no documentation")
    add_shared_entrypoint(layer, pathlib.Path(__file__).with_name("mariadb") / "docker-entrypoint.sh")
    layer.directory("docker-entrypoint-initdb.d")
    layer.file("etc/mysql/mariadb.conf.d/05-container.cnf", SERVER)
    layer.file(HELP_TABLES, "")
    return layer


def image():
    lowest, accounts = base()
    return Image([lowest, mariadb(accounts), entrypoint()], {
        "Env": [PATH, "LANG=C.UTF-8", "MARIADB_VERSION=10.11"],
        "Entrypoint": ["docker-entrypoint.sh"],
        "Cmd": ["mariadbd"],
        "WorkingDir": "/",
        "Volumes": {"/var/lib/mysql": {}},
        "ExposedPorts": {"3306/tcp": {}},
        "StopSignal": "SIGTERM",
    }, tags=["latest", "10.11"])


if __name__ == "__main__":
    image().write(sys.argv[1])
