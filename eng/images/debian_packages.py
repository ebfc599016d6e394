"""Debian packages: fetched with apt from an index of their own, and unpacked without root, without dpkg and without
running anything in them. Nothing of the host's apt but its proxy settings is used or changed."""

import io
import os
import subprocess
import tarfile
import tempfile

SUITE = "bookworm"
MIRROR = os.environ.get("ISLET_DEBIAN_MIRROR", "http://deb.debian.org/debian")
SECURITY_MIRROR = os.environ.get("ISLET_DEBIAN_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Since Debian 12 these are links into /usr, but packages may still name the old places.
MERGED_INTO_USR = ("bin", "sbin", "lib", "lib64")


def add_packages(layer, packages, wanted=lambda path: True):
    """Unpacks the packages into the layer, without the paths that are not wanted."""
    with tempfile.TemporaryDirectory(prefix="islet-packages-") as folder:
        for archive in _download(packages, folder):
            files = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, stdout=subprocess.PIPE).stdout
            _unpack(layer, files, wanted)


def _download(packages, folder):
    for name in ("lists/partial", "cache/archives/partial", "packages"):
        os.makedirs(os.path.join(folder, name))
    with open(os.path.join(folder, "sources.list"), "w", encoding="utf-8") as sources:
        for mirror, suite in ((MIRROR, SUITE), (MIRROR, f"{SUITE}-updates"), (SECURITY_MIRROR, f"{SUITE}-security")):
            sources.write(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
    with open(os.path.join(folder, "status"), "w", encoding="utf-8"):
        pass  # No package counts as installed.
    options = {
        "Dir::Etc::SourceList": f"{folder}/sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": folder,
        "Dir::State::status": f"{folder}/status",
        "Dir::Cache": f"{folder}/cache",
        "APT::Architecture": "amd64",
        "APT::Architectures": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
    }
    apt = ["apt-get", "-q", "-q"] + [f"-o{name}={value}" for name, value in options.items()]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run([*apt, "update"], check=True, env=environment)
    target = os.path.join(folder, "packages")
    subprocess.run([*apt, "download", *packages], check=True, env=environment, cwd=target)
    return [os.path.join(target, name) for name in sorted(os.listdir(target))]


def _unpack(layer, archive, wanted):
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for entry in files:
            path = _merged(entry.name)
            if path in ("", *MERGED_INTO_USR) or not wanted(path):
                continue
            content = files.extractfile(entry).read() if entry.isreg() else b""
            entry.name = path
            if entry.islnk():
                entry.linkname = _merged(entry.linkname)
            layer.add(entry, content)


def _merged(path):
    path = path.removeprefix(".").strip("/")
    return f"usr/{path}" if path.split("/")[0] in MERGED_INTO_USR and "/" in path else path
