#!/usr/bin/env bash
# Installs Chromium on Debian 12, for the tests of the dashboard's pages. Run as root or with sudo at hand. Does nothing when it is there.
set -euo pipefail

if command -v chromium >/dev/null; then
  echo 'Chromium is already installed.'
  exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo 'install-chromium: needs root, or sudo' >&2; exit 1; }
  as_root=(sudo)
fi

"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
