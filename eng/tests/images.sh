#!/usr/bin/env bash
# The test images are what the OCI image specification says, complete, and the same whenever they are built.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
images=$here/../images
source "$here/../lib/report.sh"

"$images/build.sh"
for layout in "$here"/../../artifacts/images/*/; do
    name=$(basename "$layout")
    python3 "$images/verify.py" "$layout"
    say "$name: digests, layers and libraries are in order"
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PYTHONPATH=$images PYTHONDONTWRITEBYTECODE=1 python3 - "$folder" <<'PYTHON'
import os, sys
from oci import Image, Layer

def build(folder):
    layer = Layer("test")
    for name in ("b", "a"):
        layer.file(name, name, attributes={"user.key": "value"})
    layer.hardlink("0", "a")
    Image([layer], {"Cmd": ["a"]}).write(folder)

for name in ("first", "second"):
    build(os.path.join(sys.argv[1], name))
PYTHON
diff -r "$folder/first" "$folder/second" || fail "the same image was written twice, with different bytes."
say "the same input gives the same bytes"
