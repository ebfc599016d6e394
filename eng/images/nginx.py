"""The image `nginx`: nginx 1.22, with the conventions of the official image."""

import sys

from debian_base import PATH, add_packages, base, wanted, without_documentation
from oci import Image, Layer

PACKAGES = ["nginx", "nginx-common"]
UNWANTED = (
    "etc/default", "etc/init.d", "etc/logrotate.d", "etc/nginx/modules", "etc/nginx/sites", "etc/nginx/snippets", "etc/ufw", "usr/lib/systemd",
    "usr/share/apport", "usr/share/vim",
)
NGINX = (101, 101)


def nginx(accounts):
    layer = Layer("nginx 1.22")
    add_packages(layer, PACKAGES, lambda path: wanted(path) and not path.startswith(UNWANTED))
    accounts.add_group("nginx", NGINX[1])
    accounts.add_user("nginx", *NGINX, "/nonexistent")
    accounts.write(layer)
    layer.directory("var/lib/nginx", owner=NGINX)
    layer.directory("var/log/nginx")
    layer.symlink("var/log/nginx/access.log", "/dev/stdout")
    layer.symlink("var/log/nginx/error.log", "/dev/stderr")
    return layer


def entrypoint():
    layer = without_documentation("Configuration and entrypoint; no documentation")
    layer.file("etc/nginx/nginx.conf", SERVER)
    layer.file("etc/nginx/conf.d/default.conf", SITE)
    layer.directory("docker-entrypoint.d")
    layer.file("docker-entrypoint.sh", ENTRYPOINT, mode=0o755)
    return layer


SERVER = """\
user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid  /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include  /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log  /var/log/nginx/access.log combined;
    sendfile  on;
    keepalive_timeout  65;
    include  /etc/nginx/conf.d/*.conf;
}
"""

SITE = """\
server {
    listen  80;
    server_name  localhost;

    location / {
        root  /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
"""

# The scripts in /docker-entrypoint.d prepare the configuration, in the order of their names.
ENTRYPOINT = """\
#!/bin/sh
set -e
if [ "${1:-}" = nginx ]; then
    for script in /docker-entrypoint.d/*; do
        case "$script" in
            *.envsh) . "$script" ;;
            *.sh) if [ -x "$script" ]; then "$script"; fi ;;
        esac
    done
fi
exec "$@"
"""


def image():
    lowest, accounts = base()
    return Image([lowest, nginx(accounts), entrypoint()], {
        "Env": [PATH, "NGINX_VERSION=1.22"],
        "Entrypoint": ["/docker-entrypoint.sh"],
        "Cmd": ["nginx", "-g", "daemon off;"],
        "WorkingDir": "/",
        "ExposedPorts": {"80/tcp": {}},
        "StopSignal": "SIGQUIT",
    }, tags=["latest", "1.22"])


if __name__ == "__main__":
    image().write(sys.argv[1])
