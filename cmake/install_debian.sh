#!/usr/bin/env bash
# Installs what discern needs and is missing on Debian 12, and nothing else; further packages may be named as arguments:
#   bash cmake/install_debian.sh [package...]
# As root or with sudo. Without Debian's tools (a cluster with modules), or with DISCERN_SKIP_INSTALL=1, it does nothing
# and CMake names what it cannot find.
set -euo pipefail

packages=(gcc libc6-dev cmake ninja-build pkg-config
  openmpi-bin libopenmpi-dev libpetsc-real-dev libhdf5-openmpi-dev libopenblas-pthread-dev
  libfftw3-dev libmatio-dev libyaml-dev zlib1g-dev libscalapack-openmpi-dev librandom123-dev libxsmm-dev libcmocka-dev gnuplot-nox "$@")

say() { echo "install_debian.sh: $*"; }

# sudo may ask for a password only where somebody can type it.
sudo=(sudo -n)
[ -t 0 ] && sudo=(sudo)

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else "${sudo[@]}" "$@"; fi
}

may_be_root() {
  [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

# quietly COMMAND...: shows what it printed only if it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || { echo "$output" >&2; say "error: '$*' failed" >&2; exit 1; }
}

# Debian starts a daemon as soon as it is installed, unless this file exists and says no (101).
refuse_daemons() {
  local policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
}

# A host whose own name needs a look-up in the network delays every start of mpiexec by 5 to 20 s.
name_host() {
  local name
  name=$(uname -n)
  awk -v name="$name" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == name) found = 1 } END { exit !found }' /etc/hosts && return
  if may_be_root; then
    say "adding the host's name, $name, to /etc/hosts (without it every mpiexec start takes seconds)"
    echo "127.0.0.1 $name" | as_root tee -a /etc/hosts >/dev/null
  else
    say "warning: /etc/hosts does not know this host, $name: every mpiexec start may take 5 to 20 s"
  fi
}

if [ "${DISCERN_SKIP_INSTALL:-0}" = 1 ]; then
  say "skipped (DISCERN_SKIP_INSTALL=1)"
  exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  say "not a Debian system: nothing installed; CMake names what it cannot find"
  exit 0
fi

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  say "all ${#packages[@]} packages are there"
elif may_be_root; then
  say "installing ${#missing[@]} of ${#packages[@]} packages (about half a minute): ${missing[*]}"
  refuse_daemons
  quietly as_root apt-get -qq update
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}"
else
  say "error: no rights to install ${missing[*]}: ask an administrator, or see README: without root" >&2
  exit 1
fi
name_host
