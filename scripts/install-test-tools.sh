#!/usr/bin/env bash
# Installs on Debian 12 what some tests need: `php` (the plugin's: PHP and phpunit), `chromium` (the dashboard's pages), `curl` (the
# documents' commands: curl and openssl). Run as root or with sudo at hand. Does nothing for what is there.
set -euo pipefail

fail() {
  echo "install-test-tools: $*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null; }

[ $# -gt 0 ] || fail 'say what to install: php, chromium, curl'
packages=()
for tool in "$@"; do
  case $tool in
    php) has phpunit && php -m | grep -qx mbstring || packages+=(php8.2-cli php8.2-mbstring phpunit) ;;
    chromium) has chromium-headless-shell || packages+=(chromium-headless-shell) ;;
    curl) has curl && has openssl || packages+=(curl ca-certificates openssl) ;;
    *) fail "knows php, chromium and curl, not $tool" ;;
  esac
done
if [ ${#packages[@]} = 0 ]; then
  echo "Already installed: $*."
  exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  has sudo || fail 'needs root, or sudo'
  as_root=(sudo)
fi

"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
