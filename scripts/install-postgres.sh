#!/usr/bin/env bash
# Installs PostgreSQL 15 and pgvector on Debian 12, for the PostgreSQL half of the tests and for trying production's
# database. Run as root or with sudo at hand. Does nothing when pgvector is already there.
#
# Debian 12 has no pgvector package, so it is built from the source package of Debian 13 (trixie). That suite is read
# through a private sources file with private lists: the machine's own apt never hears of it, and no later upgrade
# can pull anything from there.
set -euo pipefail

version=15
suite=trixie
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
control=/usr/share/postgresql/$version/extension/vector.control

fail() {
  echo "install-postgres: $*" >&2
  exit 1
}

if [ -e "$control" ] && [ -x "/usr/lib/postgresql/$version/bin/postgres" ]; then
  echo "PostgreSQL $version and pgvector are already installed."
  exit 0
fi

. /etc/os-release
[ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] ||
  fail "this script knows Debian 12 only, and here is ${PRETTY_NAME:-an unknown system}; install PostgreSQL >= 15 with pgvector by its own means and set TEST_DATABASE_URL"

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || fail 'needs root, or sudo'
  as_root=(sudo)
fi

"${as_root[@]}" apt-get update
# postgresql-15 carries the contrib extensions (pg_trgm, unaccent) in Debian. The keyring is named because the one of
# an early Debian 12 image does not know the key that signs trixie.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  "postgresql-$version" "postgresql-server-dev-$version" build-essential dpkg-dev debian-archive-keyring

# apt itself says which of its sources is Debian's main archive: it reads both formats of source files, and knows the
# origin from the signed Release file, so that a third party's repository is never mistaken for it.
archive=$(apt-get indextargets --format '$(REPO_URI)' \
  'Identifier: Packages' 'Origin: Debian' 'Label: Debian' "Codename: $VERSION_CODENAME" 'Component: main' | head -n 1)
[ -n "$archive" ] || fail "found no source of the Debian archive for $VERSION_CODENAME in /etc/apt"
[ -r "$keyring" ] || fail "$keyring is missing, so the source of pgvector could not be verified"

work=$(mktemp -d -t pgvector.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
cat >"$work/trixie.sources" <<SOURCES
Types: deb-src
URIs: $archive
Suites: $suite
Components: main
Signed-By: $keyring
SOURCES

private_apt=(apt-get
  -o "Dir::Etc::sourcelist=$work/trixie.sources"
  -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/lists"
  -o "Dir::Cache=$work/cache"
  # A failed download must stop the script here, not leave an empty list behind.
  -o APT::Update::Error-Mode=any
  # apt's own sandbox user may not write into our folder; it is the signature that protects us.
  -o "APT::Sandbox::User=$(id -un)")

"${private_apt[@]}" update
cd "$work/source"
"${private_apt[@]}" source pgvector
cd pgvector-*/

# with_llvm=no: bitcode would need clang, and only matters for JIT. OPTFLAGS="": no -march=native, so that the library
# also runs where it was not built.
build=(make "PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config" with_llvm=no OPTFLAGS=)
"${build[@]}" -j"$(nproc)"
"${as_root[@]}" "${build[@]}" install

[ -e "$control" ] || fail "pgvector was built, but $control is not there"
echo "Installed PostgreSQL $version with pgvector $(sed -n "s/^default_version = '\(.*\)'/\1/p" "$control")."
