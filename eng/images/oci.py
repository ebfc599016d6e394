"""OCI image layouts, written from Python's standard library: the same input gives the same bytes.

https://github.com/opencontainers/image-spec: layer.md (archives, whiteouts), config.md, manifest.md, image-layout.md.
"""

import datetime
import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from dataclasses import dataclass, field

# The time of everything that has no time of its own.
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1672531200"))


class Layer:
    """One layer: a set of named entries, archived in the order of their names."""

    def __init__(self, made_by, compressed=True):
        self.made_by = made_by
        self.compressed = compressed
        self._entries = {}

    def add(self, entry, content=b""):
        """Adds a tar entry as it is; a later one of the same name replaces it."""
        entry.uname = entry.gname = ""
        self._entries[entry.name] = (entry, content)

    def directory(self, path, mode=0o755, owner=(0, 0)):
        self.add(self._entry(path, tarfile.DIRTYPE, mode, owner))

    def file(self, path, content, mode=0o644, owner=(0, 0), attributes=None):
        """`attributes`: extended attributes, name to text; as PAX records, the way that tar and Docker write them."""
        content = content.encode() if isinstance(content, str) else content
        entry = self._entry(path, tarfile.REGTYPE, mode, owner)
        entry.size = len(content)
        entry.pax_headers = {f"SCHILY.xattr.{name}": value for name, value in (attributes or {}).items()}
        self.add(entry, content)

    def symlink(self, path, target):
        entry = self._entry(path, tarfile.SYMTYPE, 0o777, (0, 0))
        entry.linkname = target
        self.add(entry)

    def hardlink(self, path, target):
        entry = self._entry(path, tarfile.LNKTYPE, 0o644, (0, 0))
        entry.linkname = target
        self.add(entry)

    def remove(self, path):
        """Hides what a lower layer has at the path."""
        folder, name = os.path.split(path)
        self.file(os.path.join(folder, ".wh." + name), b"")

    def empty(self, path):
        """Hides everything that lower layers have in the folder; what this layer has in it stays."""
        self.file(os.path.join(path, ".wh..wh..opq"), b"")

    def content(self, path):
        return self._entries[path][1]

    def drop(self, unwanted):
        """Leaves out the entries whose path is unwanted."""
        self._entries = {path: entry for path, entry in self._entries.items() if not unwanted(path)}

    def archive(self):
        """The layer as an uncompressed tar archive. Hard links come last, after whatever they point to."""
        buffer = io.BytesIO()
        order = sorted(self._entries, key=lambda path: (self._entries[path][0].islnk(), path.split("/")))
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in order:
                entry, content = self._entries[path]
                archive.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()

    @staticmethod
    def _entry(path, kind, mode, owner):
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.mtime = kind, mode, EPOCH
        entry.uid, entry.gid = owner
        return entry


@dataclass
class Image:
    """What one layout holds: layers from the lowest up, and the `config` object of its configuration."""

    layers: list[Layer]
    config: dict
    tags: list[str] = field(default_factory=lambda: ["latest"])
    architecture: str = "amd64"

    def write(self, folder):
        """Writes the layout into the folder, which must be empty."""
        os.makedirs(os.path.join(folder, "blobs", "sha256"))
        created = datetime.datetime.fromtimestamp(EPOCH, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        layers, diff_ids, history = [], [], []
        for layer in self.layers:
            archive = layer.archive()
            diff_ids.append(_digest(archive))
            history.append({"created": created, "created_by": layer.made_by})
            media_type = "application/vnd.oci.image.layer.v1.tar"
            if layer.compressed:
                archive, media_type = _gzip(archive), media_type + "+gzip"
            layers.append(_blob(folder, media_type, archive))
        history.append({"created": created, "created_by": f"CMD {json.dumps(self.config.get('Cmd'))}", "empty_layer": True})

        config = _json_blob(folder, "application/vnd.oci.image.config.v1+json", {
            "created": created,
            "architecture": self.architecture,
            "os": "linux",
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        })
        manifest = _json_blob(folder, "application/vnd.oci.image.manifest.v1+json", {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": layers,
        })
        platform = {"architecture": self.architecture, "os": "linux"}
        _write_json(os.path.join(folder, "index.json"), {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {**manifest, "platform": platform, "annotations": {"org.opencontainers.image.ref.name": tag}} for tag in self.tags
            ],
        })
        _write_json(os.path.join(folder, "oci-layout"), {"imageLayoutVersion": "1.0.0"})


def _digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _gzip(data):
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=zlib.Z_DEFAULT_COMPRESSION) as stream:
        stream.write(data)
    return buffer.getvalue()


def _blob(folder, media_type, data):
    digest = _digest(data)
    with open(os.path.join(folder, "blobs", *digest.split(":")), "wb") as file:
        file.write(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _json_blob(folder, media_type, document):
    return _blob(folder, media_type, json.dumps(document, indent=2).encode())


def _write_json(path, document):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
