#!/bin/sh
# Gets what a checkout needs: npm packages (Node 24 among them) and the servers that remediad and its tests talk to.
# usage: scripts/setup.sh [demo | cluster]
# demo: leaves out Prometheus, which only the tests need · cluster: and what the tests on a Kubernetes control plane need besides Go
set -eu
cd "$(dirname "$0")/.."

say() { echo "setup: $1" >&2; }
fail() {
  say "$1"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# npm writes node_modules/.package-lock.json last, so an interrupted installation is seen too.
installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  have npm || fail "npm is missing: install Node.js 20 or later with npm (Node 24 itself then comes as a package)"
  say "installing npm packages"
  # Not `npm ci`: it refuses a lock file without other platforms' binaries, and some registry mirrors do not carry those.
  # Versions and hashes come from the lock file all the same, and --no-save leaves it as it is.
  npm install --no-save --no-fund --no-audit --loglevel=error >&2 || fail "npm install failed, see above"
  touch "$installed"
fi

packages=
have redis-server || have valkey-server || packages="$packages redis-server"
have prometheus-alertmanager || have alertmanager || packages="$packages prometheus-alertmanager"
if [ "${1:-}" != demo ]; then
  { have prometheus && have promtool; } || packages="$packages prometheus"
  have amtool || case $packages in *alertmanager*) ;; *) packages="$packages prometheus-alertmanager" ;; esac
fi
if [ "${1:-}" = cluster ]; then
  have openssl || packages="$packages openssl"
  have unzip || have python3 || packages="$packages unzip"
fi
[ -n "$packages" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! have apt-get; then
  fail "not on PATH:$packages; install them (on Debian: sudo apt-get install --no-install-recommends$packages), no service needs to run"
fi

# remediad and its tests start these programs themselves: nothing may be left running that the machine did not run before.
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
say "installing with apt-get (no service is started):$packages"
candidate() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }
for package in $packages; do
  candidate "$package" || { apt-get update -qq >&2 || fail "apt-get update failed, see above"; break; }
done
if ! candidate redis-server && candidate valkey-server; then
  packages=$(echo "$packages" | sed 's/redis-server/valkey-server/')
fi
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $packages >&2 || fail "apt-get install$packages failed, see above"
# Debian enables what it installs; that would start it at the next boot.
if have systemctl; then
  for package in $packages; do systemctl disable "$package" >/dev/null 2>&1 || true; done
fi
say "installed:$packages"
