"""The image `postgres`: PostgreSQL 15, with the conventions of the official image."""

import pathlib
import sys

from debian_base import PATH, add_packages, add_shared_entrypoint, base, wanted, without_documentation
from oci import Image, Layer

PACKAGES = [
    "postgresql-15", "postgresql-client-15", "tzdata",
    # The libraries that they are linked with. The just-in-time compiler, and with it LLVM, is left out: it is larger than all the rest.
    "libbsd0", "libcom-err2", "libffi8", "libgnutls30", "libgssapi-krb5-2", "libhogweed6", "libicu72", "libidn2-0", "libk5crypto3",
    "libkeyutils1", "libkrb5-3", "libkrb5support0", "libldap-2.5-0", "libmd0", "libnettle8", "libp11-kit0", "libpq5", "libreadline8",
    "libsasl2-2", "libtasn1-6", "libunistring2", "libxml2", "libxslt1.1",
]
UNWANTED = (
    "usr/lib/postgresql/15/lib/bitcode", "usr/lib/postgresql/15/lib/llvmjit", "usr/share/zoneinfo/right", "usr/lib/systemd", "etc/init.d",
)
SAMPLE = "usr/share/postgresql/15/postgresql.conf.sample"
POSTGRES = (999, 999)
SECOND = 10**9


def postgres(accounts):
    layer = Layer("PostgreSQL 15")
    add_packages(layer, PACKAGES, lambda path: wanted(path) and not path.startswith(UNWANTED))
    accounts.add_group("postgres", POSTGRES[1])
    accounts.add_user("postgres", *POSTGRES, "/var/lib/postgresql", "/bin/bash")
    accounts.write(layer)
    layer.directory("var/lib/postgresql", owner=POSTGRES)
    layer.directory("var/lib/postgresql/data", mode=0o1777, owner=POSTGRES)
    return layer


def entrypoint(sample):
    layer = without_documentation("Entrypoint; no documentation")
    layer.directory("docker-entrypoint-initdb.d")
    add_shared_entrypoint(layer, pathlib.Path(__file__).with_name("postgres") / "docker-entrypoint.sh")
    # Clients come from outside the container.
    layer.file(SAMPLE, sample.replace("#listen_addresses = 'localhost'", "listen_addresses = '*'"))
    return layer


def image():
    lowest, accounts = base()
    product = postgres(accounts)
    return Image([lowest, product, entrypoint(product.content(SAMPLE).decode())], {
        "Env": [f"{PATH}:/usr/lib/postgresql/15/bin", "LANG=C.UTF-8", "PG_MAJOR=15", "PGDATA=/var/lib/postgresql/data"],
        "Entrypoint": ["docker-entrypoint.sh"],
        "Cmd": ["postgres"],
        "WorkingDir": "/",
        "Volumes": {"/var/lib/postgresql/data": {}},
        "ExposedPorts": {"5432/tcp": {}},
        # The fast shutdown: it ends the sessions and writes a checkpoint.
        "StopSignal": "SIGINT",
        "Healthcheck": {
            "Test": ["CMD-SHELL", "pg_isready -q -h 127.0.0.1"],
            "Interval": 2 * SECOND, "Timeout": 5 * SECOND, "StartPeriod": 60 * SECOND, "Retries": 5,
        },
    }, tags=["latest", "15"])


if __name__ == "__main__":
    image().write(sys.argv[1])
