"""The image `rabbitmq`: RabbitMQ 3.10 with its management plugin, with the conventions of the official image."""

import sys

from debian_base import PATH, add_packages, base, wanted, without_documentation
from oci import Image, Layer

PACKAGES = [
    "erlang-asn1", "erlang-base", "erlang-crypto", "erlang-eldap", "erlang-inets", "erlang-mnesia", "erlang-os-mon", "erlang-parsetools",
    "erlang-public-key", "erlang-runtime-tools", "erlang-ssl", "erlang-syntax-tools", "erlang-tools", "erlang-xmerl", "rabbitmq-server",
]
UNWANTED = (
    "etc/default", "etc/init.d", "etc/logrotate.d", "usr/include", "usr/lib/ocf", "usr/lib/systemd", "usr/sbin", "usr/bin/rabbitmqadmin",
    "usr/lib/rabbitmq/autocomplete",
)
RABBITMQ = (999, 999)


def rabbitmq(accounts):
    layer = Layer("RabbitMQ 3.10")
    add_packages(layer, PACKAGES, lambda path: wanted(path) and not path.startswith(UNWANTED))
    accounts.add_group("rabbitmq", RABBITMQ[1])
    accounts.add_user("rabbitmq", *RABBITMQ, "/var/lib/rabbitmq", "/bin/bash")
    accounts.write(layer)
    for folder in ("etc/rabbitmq", "etc/rabbitmq/conf.d", "var/lib/rabbitmq", "var/log/rabbitmq"):
        layer.directory(folder, owner=RABBITMQ)
    return layer


def entrypoint():
    layer = without_documentation("Configuration and entrypoint; no documentation")
    layer.file("etc/rabbitmq/conf.d/10-defaults.conf", CONFIGURATION, owner=RABBITMQ)
    layer.file("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT, mode=0o755)
    return layer


# The log belongs on the standard output; the user guest may come from outside, as every other.
CONFIGURATION = """\
loopback_users.guest = false
log.console = true
log.file = false
"""

# RabbitMQ itself reads RABBITMQ_DEFAULT_USER, RABBITMQ_DEFAULT_PASS and RABBITMQ_DEFAULT_VHOST. As root it is run as the user rabbitmq.
ENTRYPOINT = """\
#!/bin/sh
set -e
case "${1:-}" in
    rabbitmq*)
        if [ "$(id -u)" = 0 ]; then
            find /var/lib/rabbitmq /etc/rabbitmq \\! -user rabbitmq -exec chown rabbitmq: {} +
            exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups -- "$0" "$@"
        fi ;;
esac
exec "$@"
"""


def image():
    lowest, accounts = base()
    return Image([lowest, rabbitmq(accounts), entrypoint()], {
        "Env": [f"{PATH}:/usr/lib/rabbitmq/bin", "HOME=/var/lib/rabbitmq", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "RABBITMQ_VERSION=3.10", "RABBITMQ_LOGS=-"],
        "Entrypoint": ["docker-entrypoint.sh"],
        "Cmd": ["rabbitmq-server"],
        "WorkingDir": "/",
        "Volumes": {"/var/lib/rabbitmq": {}},
        "ExposedPorts": {"5671/tcp": {}, "5672/tcp": {}, "15672/tcp": {}},
        "StopSignal": "SIGTERM",
    }, tags=["latest", "3.10"])


if __name__ == "__main__":
    image().write(sys.argv[1])
