"""The image `debian`: a shell, ordinary tools, a few users, and one of each kind of file that an image may hold."""

import sys

from debian_base import PATH, add_packages, base, wanted, without_documentation
from oci import Image, Layer

TOOLS = ["attr", "busybox", "libbsd0", "libcap2-bin", "libmd0", "libncursesw6", "libproc2-0", "netcat-openbsd", "procps"]
APPLETS = ["httpd", "ip", "less", "ping", "vi", "wget"]

# Version 2 of the kernel's struct vfs_cap_data: effective, and CAP_NET_BIND_SERVICE permitted.
MAY_BIND_LOW_PORTS = "\x01\x00\x00\x02" + "\x00\x04\x00\x00" + "\x00" * 12


def tools(accounts):
    layer = Layer("Debian 12: tools and users")
    add_packages(layer, TOOLS, wanted)
    for applet in APPLETS:
        layer.symlink(f"usr/bin/{applet}", "busybox")
    netcat = layer.content("usr/bin/nc.openbsd")
    layer.file("usr/bin/nc.openbsd", netcat, mode=0o755, attributes={"security.capability": MAY_BIND_LOW_PORTS})
    layer.symlink("usr/bin/nc", "nc.openbsd")

    accounts.add_group("app", 1000)
    accounts.add_group("extra", 1001, members=["app"])
    accounts.add_user("app", 1000, 1000, "/home/app", "/bin/bash")
    accounts.write(layer)
    layer.directory("home/app", owner=(1000, 1000))
    layer.file("home/app/.profile", "umask 022\n", owner=(1000, 1000))
    return layer


def examples():
    layer = without_documentation("Examples of files; no documentation")
    layer.directory("opt/examples")
    layer.file("opt/examples/file", "one file, two names\n", attributes={"user.comment": "an extended attribute"})
    layer.hardlink("opt/examples/hardlink", "opt/examples/file")
    layer.symlink("opt/examples/symlink", "file")
    layer.symlink("opt/examples/absolute-symlink", "/opt/examples/file")
    layer.symlink("opt/examples/dangling-symlink", "nowhere")
    layer.file("opt/examples/setuid", "#!/bin/sh\nid -u\n", mode=0o4755)
    layer.directory("opt/examples/sticky", mode=0o1777)
    layer.file("opt/examples/owned", "by app\n", mode=0o640, owner=(1000, 1001))
    layer.file("opt/examples/" + "long-name-" * 20, "200 bytes of name\n")
    layer.file("opt/examples/größe", "a name beyond ASCII\n")
    return layer


def image():
    lowest, accounts = base()
    return Image([lowest, tools(accounts), examples()], {"Env": [PATH], "Cmd": ["bash"], "WorkingDir": "/"}, tags=["latest", "12"])


if __name__ == "__main__":
    image().write(sys.argv[1])
