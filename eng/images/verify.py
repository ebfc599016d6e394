"""Checks an OCI image layout by its specification, and that what the image holds fits together:

    verify.py LAYOUT [EXTRACT_INTO]

Digests, sizes and diff ids; at least one whiteout, one opaque directory and one uncompressed layer, since the tests rely on
them; every shared library that a program or library needs; the configured entrypoint. With a second argument, the
image's root file system is extracted (owners and special files only when run as root).
"""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

LIBRARY_FOLDERS = ("usr/lib/x86_64-linux-gnu", "usr/lib", "usr/lib64", "usr/lib/x86_64-linux-gnu/systemd")


def require(condition, message):
    if not condition:
        sys.exit(f"{sys.argv[1]}: {message}")


def read_blob(layout, descriptor):
    with open(os.path.join(layout, "blobs", *descriptor["digest"].split(":")), "rb") as file:
        data = file.read()
    require(len(data) == descriptor["size"], f"{descriptor['digest']} is not {descriptor['size']} bytes long")
    require("sha256:" + hashlib.sha256(data).hexdigest() == descriptor["digest"], f"{descriptor['digest']} has another digest")
    return data


def read_layout(layout):
    with open(os.path.join(layout, "oci-layout"), encoding="utf-8") as file:
        require(json.load(file) == {"imageLayoutVersion": "1.0.0"}, "oci-layout has another version")
    with open(os.path.join(layout, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    tags = [manifest["annotations"]["org.opencontainers.image.ref.name"] for manifest in index["manifests"]]
    require("latest" in tags and len(tags) == len(set(tags)), f"the tags are {tags}")
    require(len({manifest["digest"] for manifest in index["manifests"]}) == 1, "the tags name different images")
    manifest = json.loads(read_blob(layout, index["manifests"][0]))
    config = json.loads(read_blob(layout, manifest["config"]))
    blobs = {"index.json": None} | {d["digest"]: d for d in [index["manifests"][0], manifest["config"], *manifest["layers"]]}
    require(len(os.listdir(os.path.join(layout, "blobs", "sha256"))) == len(blobs) - 1, "there are blobs that nothing names")
    return manifest, config


def merge(layout, manifest, config, folder):
    """Applies the layers into one list of entries (image-spec, layer.md) and keeps the files' contents in the folder."""
    merged, whiteouts, opaque = {}, 0, 0
    diff_ids = config["rootfs"]["diff_ids"]
    require(len(diff_ids) == len(manifest["layers"]), "there are not as many diff ids as layers")
    filled = [entry for entry in config["history"] if not entry.get("empty_layer")]
    require(len(filled) == len(diff_ids), "the history does not tell of every layer")
    for number, (descriptor, diff_id) in enumerate(zip(manifest["layers"], diff_ids)):
        data = read_blob(layout, descriptor)
        if descriptor["mediaType"].endswith("+gzip"):
            data = gzip.decompress(data)
        require("sha256:" + hashlib.sha256(data).hexdigest() == diff_id, f"layer {number} has another diff id")
        path = os.path.join(folder, f"layer-{number}.tar")
        with open(path, "wb") as file:
            file.write(data)
        added = {}
        with tarfile.open(path) as archive:
            for entry in archive:
                parent, name = os.path.split(entry.name)
                if name == ".wh..wh..opq":
                    opaque += 1
                    merged = {p: e for p, e in merged.items() if not p.startswith(parent + "/")}
                elif name.startswith(".wh."):
                    whiteouts += 1
                    hidden = os.path.join(parent, name.removeprefix(".wh."))
                    require(hidden in merged, f"layer {number} removes {hidden}, which is not there")
                    merged = {p: e for p, e in merged.items() if p != hidden and not p.startswith(hidden + "/")}
                else:
                    require(entry.name not in added, f"layer {number} has {entry.name} twice")
                    if entry.islnk():
                        require(entry.linkname in added, f"the hard link {entry.name} comes before its target")
                    added[entry.name] = (path, entry)
        merged |= added
    uncompressed = sum(not d["mediaType"].endswith("+gzip") for d in manifest["layers"])
    require(whiteouts > 0 and opaque > 0 and uncompressed > 0, "whiteouts, an opaque directory or an uncompressed layer is missing")
    return merged


def resolve(merged, path):
    """The entry that a path leads to, through symbolic links."""
    for _ in range(40):
        resolved, rest = "", path.strip("/").split("/")
        for position, part in enumerate(rest):
            resolved = os.path.normpath(os.path.join(resolved, part))
            entry = merged.get(resolved)
            if entry is None:
                return None
            if entry[1].issym():
                target = entry[1].linkname
                start = "" if target.startswith("/") else os.path.dirname(resolved)
                path = os.path.normpath(os.path.join(start, target.lstrip("/"), *rest[position + 1:]))
                break
        else:
            return merged[resolved]
    return None


def check_libraries(merged, folder):
    """Every library that an ELF file needs is in one of the folders where the dynamic linker looks."""
    archives, missing = {}, []
    for name, (path, entry) in merged.items():
        if not entry.isreg() or entry.size < 4 or not (".so" in name or entry.mode & 0o111):
            continue
        archive = archives.setdefault(path, tarfile.open(path))
        content = archive.extractfile(entry).read()
        if not content.startswith(b"\x7fELF"):
            continue
        sample = os.path.join(folder, "sample")
        with open(sample, "wb") as file:
            file.write(content)
        dynamic = subprocess.run(["objdump", "-p", sample], check=True, stdout=subprocess.PIPE, text=True).stdout
        for library in re.findall(r"NEEDED +(\S+)", dynamic):
            if not any(resolve(merged, f"{place}/{library}") for place in LIBRARY_FOLDERS):
                missing.append(f"{name} needs {library}")
    for archive in archives.values():
        archive.close()
    require(not missing, "libraries are missing: " + "; ".join(missing))


def check_command(merged, config):
    settings = config["config"]
    command = (settings.get("Entrypoint") or settings["Cmd"])[0]
    search = next(value for value in settings["Env"] if value.startswith("PATH=")).removeprefix("PATH=").split(":")
    places = [command] if command.startswith("/") else [f"{place}/{command}" for place in search]
    found = [entry for place in places if (entry := resolve(merged, place))]
    require(found and found[0][1].mode & 0o111, f"the entrypoint {command} is not an executable on the PATH")


def extract(merged, into):
    root = os.geteuid() == 0
    archives = {path: tarfile.open(path) for path, _ in merged.values()}
    for archive in archives.values():
        archive.extraction_filter = lambda entry, _: entry  # These archives are our own.
    for path, entry in sorted(merged.values(), key=lambda item: (item[1].islnk(), item[1].name.split("/"))):
        archives[path].extract(entry, into, numeric_owner=True, set_attrs=root or not entry.isdir())


def main(layout, into=None):
    manifest, config = read_layout(layout)
    with tempfile.TemporaryDirectory(prefix="islet-verify-") as folder:
        merged = merge(layout, manifest, config, folder)
        check_libraries(merged, folder)
        check_command(merged, config)
        if into:
            extract(merged, into)


if __name__ == "__main__":
    main(*sys.argv[1:])
