"""The layer that every test image starts with: enough of Debian 12 for a shell and ordinary tools."""

import pathlib

from debian_packages import MERGED_INTO_USR, add_packages
from oci import Layer

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

PACKAGES = [
    "base-files", "base-passwd", "bash", "coreutils", "dash", "debianutils", "diffutils", "findutils", "grep", "gzip", "hostname",
    "libc-bin", "mawk", "sed", "tar", "util-linux",
    # The libraries that those are linked with.
    "libacl1", "libattr1", "libaudit1", "libblkid1", "libc6", "libcap-ng0", "libcap2", "libcrypt1", "libgcc-s1", "libgcrypt20", "libgmp10",
    "libgpg-error0", "liblz4-1", "liblzma5", "libmount1", "libpam0g", "libpcre2-8-0", "libselinux1", "libsmartcols1", "libssl3",
    "libstdc++6", "libsystemd0", "libtinfo6", "libudev1", "libuuid1", "libzstd1", "zlib1g",
]

# Never unpacked: translations, manuals, and a program for what is done here. Other documentation is left for an upper layer to remove.
UNWANTED = (
    "usr/share/locale/", "usr/share/man/", "usr/share/info/", "usr/share/bash-completion/", "usr/lib/x86_64-linux-gnu/gconv/",
    "usr/sbin/update-passwd",
)


def wanted(path):
    return not path.startswith(UNWANTED)


class Accounts:
    """/etc/passwd and /etc/group of an image, to which its layers add."""

    def __init__(self, passwd, group):
        self._passwd, self._group = passwd, group

    def add_group(self, name, gid, members=()):
        self._group += f"{name}:x:{gid}:{','.join(members)}\n"

    def add_user(self, name, uid, gid, home, shell="/usr/sbin/nologin"):
        self._passwd += f"{name}:x:{uid}:{gid}::{home}:{shell}\n"

    def write(self, layer):
        layer.file("etc/passwd", self._passwd)
        layer.file("etc/group", self._group)


def base():
    """Returns the layer, and the accounts that it has."""
    layer = Layer("Debian 12: base")
    add_packages(layer, PACKAGES, wanted)
    for name in MERGED_INTO_USR:
        layer.symlink(name, f"usr/{name}")
    # The work of the packages' own scripts.
    for name in ("usr/local", "usr/local/bin", "usr/local/lib", "usr/local/sbin", "usr/local/share"):
        layer.directory(name)
    layer.symlink("usr/bin/sh", "dash")
    layer.symlink("usr/bin/awk", "mawk")
    layer.symlink("usr/bin/pager", "more")
    layer.symlink("usr/bin/which", "which.debianutils")
    layer.symlink("var/run", "/run")
    layer.symlink("var/lock", "/run/lock")
    layer.file("etc/shells", "/bin/sh\n/bin/bash\n/bin/dash\n")
    layer.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
    layer.file("etc/profile", layer.content("usr/share/base-files/profile"))
    layer.file("root/.profile", layer.content("usr/share/base-files/dot.profile"))
    accounts = Accounts(
        layer.content("usr/share/base-passwd/passwd.master").decode().replace(":*:", ":x:"),
        layer.content("usr/share/base-passwd/group.master").decode().replace(":*:", ":x:"))
    accounts.write(layer)
    return layer, accounts


def without_documentation(made_by):
    """Returns an uncompressed top layer that removes, by a whiteout each or all at once, what a container has no use for."""
    layer = Layer(made_by, compressed=False)
    layer.remove("usr/share/lintian")
    layer.remove("usr/share/base-files/info.dir")
    layer.remove("var/backups")
    layer.empty("usr/share/doc")
    layer.file("usr/share/doc/README", "Documentation was removed from this image; see https://www.debian.org/doc/.\n")
    return layer


def add_shared_entrypoint(layer, script):
    """Adds an entrypoint that relies on lib/entrypoint.sh, and that file."""
    layer.file("usr/local/lib/entrypoint.sh", (pathlib.Path(__file__).with_name("lib") / "entrypoint.sh").read_bytes())
    layer.file("usr/local/bin/docker-entrypoint.sh", script.read_bytes(), mode=0o755)
