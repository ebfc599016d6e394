"""The images `busybox_*`: a static BusyBox for an architecture and nothing else, for programs that are emulated or of 32 bits."""

from debian_base import PATH
from debian_packages import add_packages
from oci import Image, Layer

APPLETS = ["cat", "echo", "env", "free", "grep", "id", "ls", "mkdir", "nc", "nproc", "ps", "sh", "sleep", "sync", "touch", "uname", "wget"]


def _busybox(architecture):
    layer = Layer(f"BusyBox for {architecture}")
    add_packages(layer, ["busybox-static"], lambda path: path == "usr/bin/busybox", architecture=architecture)
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


def _whiteouts():
    """Returns an uncompressed layer with one whiteout of each kind, as every test image has them."""
    layer = Layer("Whiteouts", compressed=False)
    layer.remove("opt/removed")
    layer.empty("opt/emptied")
    layer.file("opt/emptied/new", "what is left\n")
    return layer


def busybox_image(architecture, platform):
    """Returns the image for an architecture, in Debian's and in OCI's words."""
    config = {"Env": [PATH], "Cmd": ["sh"], "WorkingDir": "/"}
    return Image([_busybox(architecture), _whiteouts()], config, architecture=platform)
