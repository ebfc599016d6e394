"""Debian packages: fetched with apt from an index of their own, and unpacked without root, without dpkg and without
running anything in them. Nothing of the host's apt but its proxy settings is used or changed."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile

SUITE = "bookworm"
MIRROR = os.environ.get("ISLET_DEBIAN_MIRROR", "http://deb.debian.org/debian")
SECURITY_MIRROR = os.environ.get("ISLET_DEBIAN_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Since Debian 12 these are links into /usr, but packages may still name the old places.
MERGED_INTO_USR = ("bin", "sbin", "lib", "lib64")


def add_packages(layer, packages, wanted=lambda path: True, architecture="amd64"):
    """Unpacks the packages into the layer, without the paths that are not wanted."""
    with tempfile.TemporaryDirectory(prefix="islet-packages-") as folder:
        for archive in _download(packages, folder, architecture):
            files = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, stdout=subprocess.PIPE).stdout
            _unpack(layer, files, wanted)


# The host's hooks, which may want root, are not run; what else the host has set, a proxy above all, stays.
APT_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
APT::Architecture "{architecture}";
#clear APT::Architectures;
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
"""


def _download(packages, folder, architecture):
    def write(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    for name in ("lists/partial", "cache/archives/partial", "packages"):
        os.makedirs(os.path.join(folder, name))
    suites = ((MIRROR, SUITE), (MIRROR, f"{SUITE}-updates"), (SECURITY_MIRROR, f"{SUITE}-security"))
    write("sources.list", "".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for mirror, suite in suites))
    write("status", "")  # No package counts as installed.
    write("apt.conf", APT_CONFIGURATION.format(folder=folder, architecture=architecture))

    apt = ["apt-get", "-q", "-q", "-c", os.path.join(folder, "apt.conf")]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    target = os.path.join(folder, "packages")
    for command in (["update"], ["download", *packages]):
        if subprocess.run([*apt, *command], env=environment, cwd=target, check=False).returncode != 0:
            sys.exit(f"error: apt-get {command[0]} failed. Is {MIRROR} within reach? ISLET_DEBIAN_MIRROR names another mirror.")
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
