#!/usr/bin/env bash
# Builds etcd, kube-apiserver, kube-controller-manager and kube-scheduler from the Go module proxy, for tests on a real control plane.
# usage: scripts/control-plane/build.sh [OUT]      OUT: a folder outside of the repository, default as in cache.sh
# Some 8 minutes on two cores the first time, nothing when all four stand in OUT. A second one waits for the first.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/cache.sh"
out=${1:-$(control_plane_cache)}
version=$(control_plane_version)

say() { echo "control plane: $1" >&2; }
fail() {
  say "$1"
  exit 1
}

programs=(etcd kube-apiserver kube-controller-manager kube-scheduler)
missing() { for name in "${programs[@]}"; do [ -x "$out/$name" ] || echo "$name"; done; }
[ -n "$(missing)" ] || exit 0

command -v go >/dev/null 2>&1 || fail "go is missing: install Go 1.26 or later"
mkdir -p "$out"
exec 9>"$out/.lock"
flock --nonblock 9 || { say "somebody else builds it, waiting"; flock 9; }

minor=${version#v1.}
minor=${minor%%.*}
package=k8s.io/component-base/version
# Without these the API server calls itself v0.0.0, and clients that look at its version go wrong.
stamp="-X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor -X $package.gitTreeState=clean"
stamp="$stamp -X $package.gitCommit=$(printf '0%.0s' {1..40}) -X $package.buildDate=2026-01-01T00:00:00Z"
export CGO_ENABLED=0 GOFLAGS='-mod=readonly -trimpath -buildvcs=false'

# usage: build MODULE PROGRAM PACKAGE FLAGS
build() {
  [ ! -x "$out/$2" ] || return 0
  local since=$SECONDS
  say "building $2"
  (cd "$here/$1" && go build -p 2 -ldflags "-s -w $4" -o "$out/.$2.tmp" "$3") || fail "building $2 failed, see above"
  mv "$out/.$2.tmp" "$out/$2"
  say "built $2 in $((SECONDS - since)) s"
}

say "missing in $out: $(missing | tr '\n' ' ')(built from Go modules: some 8 minutes the first time)"
build etcd etcd go.etcd.io/etcd/server/v3 ''
for name in "${programs[@]:1}"; do build kube "$name" "k8s.io/kubernetes/cmd/$name" "$stamp"; done
say "all of Kubernetes $version is in $out, after $SECONDS s"
