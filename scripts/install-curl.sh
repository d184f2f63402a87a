#!/usr/bin/env bash
# Installs curl and openssl on Debian 12, with which the documents' commands are tested. Run as root or with sudo at hand. Does nothing when it is there.
set -euo pipefail

if command -v curl >/dev/null && command -v openssl >/dev/null; then
  echo 'curl and openssl are already installed.'
  exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo 'install-curl: needs root, or sudo' >&2; exit 1; }
  as_root=(sudo)
fi

"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends curl ca-certificates openssl
