"""The image `busybox_arm64`: a static BusyBox for arm64 and nothing else, for machines whose processor is emulated."""

import sys

from debian_base import PATH
from debian_packages import add_packages
from oci import Image, Layer

APPLETS = ["cat", "echo", "env", "free", "grep", "id", "ls", "mkdir", "nc", "nproc", "ps", "sh", "sleep", "sync", "touch", "uname", "wget"]


def busybox():
    layer = Layer("BusyBox for arm64")
    add_packages(layer, ["busybox-static"], lambda path: path == "usr/bin/busybox", architecture="arm64")
    for path in ("opt", "opt/emptied", "root", "usr", "usr/bin"):
        layer.directory(path)
    layer.symlink("bin", "usr/bin")
    for applet in APPLETS:
        layer.symlink(f"usr/bin/{applet}", "busybox")
    layer.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    layer.file("etc/group", "root:x:0:\n")
    layer.file("opt/removed", "")
    layer.file("opt/emptied/old", "")
    return layer


def whiteouts():
    """Returns an uncompressed layer with one whiteout of each kind, as every test image has them."""
    layer = Layer("Whiteouts", compressed=False)
    layer.remove("opt/removed")
    layer.empty("opt/emptied")
    layer.file("opt/emptied/new", "what is left\n")
    return layer


def image():
    return Image([busybox(), whiteouts()], {"Env": [PATH], "Cmd": ["sh"], "WorkingDir": "/"}, architecture="arm64")


if __name__ == "__main__":
    image().write(sys.argv[1])
