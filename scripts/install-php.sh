#!/usr/bin/env bash
# Installs PHP and phpunit on Debian 12, for the plugin's tests. Run as root or with sudo at hand. Does nothing when they are there.
set -euo pipefail

if command -v phpunit >/dev/null && php -m | grep -qx mbstring; then
  echo 'PHP and phpunit are already installed.'
  exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo 'install-php: needs root, or sudo' >&2; exit 1; }
  as_root=(sudo)
fi

"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends php8.2-cli php8.2-mbstring phpunit
