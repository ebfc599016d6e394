"""The image `memcached`: memcached 1.6, with the conventions of the official image."""

import sys

from debian_base import PATH, add_packages, base, wanted, without_documentation
from oci import Image, Layer

PACKAGES = ["libcom-err2", "libdb5.3", "libevent-2.1-7", "libsasl2-2", "memcached"]
UNWANTED = ("etc/init.d", "usr/include", "usr/lib/systemd", "usr/share/memcached")


def memcached(accounts):
    layer = Layer("memcached 1.6")
    add_packages(layer, PACKAGES, lambda path: wanted(path) and not path.startswith(UNWANTED))
    accounts.add_group("memcache", 11211)
    accounts.add_user("memcache", 11211, 11211, "/nonexistent")
    accounts.write(layer)
    return layer


def entrypoint():
    layer = without_documentation("Entrypoint; no documentation")
    layer.file("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT, mode=0o755)
    return layer


# Arguments that start with a dash are memcached's.
ENTRYPOINT = """\
#!/bin/sh
set -e
case "${1:-}" in -*) set -- memcached "$@" ;; esac
exec "$@"
"""


def image():
    lowest, accounts = base()
    return Image([lowest, memcached(accounts), entrypoint()], {
        "Env": [PATH, "MEMCACHED_VERSION=1.6"],
        "Entrypoint": ["docker-entrypoint.sh"],
        "Cmd": ["memcached"],
        "User": "memcache",
        "WorkingDir": "/",
        "ExposedPorts": {"11211/tcp": {}},
        "StopSignal": "SIGTERM",
    }, tags=["latest", "1.6"])


if __name__ == "__main__":
    image().write(sys.argv[1])
