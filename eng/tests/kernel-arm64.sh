#!/usr/bin/env bash
# The arm64 kernel, where it has been built (eng/setup.sh --arm64), boots on QEMU's virt machine and has what Islet needs of it.
set -euo pipefail

exec "$(dirname "${BASH_SOURCE[0]}")/../boot-arm64.sh" --cached
