#!/usr/bin/env bash
# Every package that a project names was restored in the version of Directory.Packages.props. A feed that lacks a version gives the
# next one with a warning; what is built must not depend on that.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
exec python3 "$here/../lib/check_versions.py"
