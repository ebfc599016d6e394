"""The image `redis`: Redis 7.0, with the conventions of the official image."""

import sys

from debian_base import PATH, add_packages, base, wanted, without_documentation
from oci import Image, Layer

PACKAGES = ["libatomic1", "libjemalloc2", "liblzf1", "redis-server", "redis-tools"]
SECOND = 10**9


def redis(accounts):
    layer = Layer("Redis 7.0")
    add_packages(layer, PACKAGES, lambda path: wanted(path) and not path.startswith(("etc/init.d", "etc/logrotate.d", "usr/lib/systemd")))
    accounts.add_group("redis", 999)
    accounts.add_user("redis", 999, 999, "/data")
    accounts.write(layer)
    layer.directory("data", owner=(999, 999))
    return layer


def entrypoint():
    layer = without_documentation("Entrypoint; no documentation")
    layer.file("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT, mode=0o755)
    return layer


# Arguments that start with a dash are redis-server's; as root, Redis is run as the user redis.
ENTRYPOINT = """\
#!/bin/sh
set -e
case "${1:-}" in -*|*.conf) set -- redis-server "$@" ;; esac
if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
    chown redis: .
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi
exec "$@"
"""


def image():
    lowest, accounts = base()
    return Image([lowest, redis(accounts), entrypoint()], {
        "Env": [PATH, "REDIS_VERSION=7.0"],
        "Entrypoint": ["docker-entrypoint.sh"],
        # Without protected mode a client from outside the container may connect; the container's network is its own.
        "Cmd": ["redis-server", "--protected-mode", "no"],
        "WorkingDir": "/data",
        "Volumes": {"/data": {}},
        "ExposedPorts": {"6379/tcp": {}},
        "StopSignal": "SIGTERM",
        "Healthcheck": {
            "Test": ["CMD", "redis-cli", "ping"], "Interval": 2 * SECOND, "Timeout": 5 * SECOND, "StartPeriod": 30 * SECOND, "Retries": 5,
        },
    }, tags=["latest", "7.0"])


if __name__ == "__main__":
    image().write(sys.argv[1])
