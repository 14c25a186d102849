# To be sourced. Where the binaries of the control plane are kept between runs: outside of the repository, by the version in kube/go.mod.
control_plane_version() {
  awk '$1 == "k8s.io/kubernetes" { print $2 }' "$(dirname "${BASH_SOURCE[0]}")/kube/go.mod"
}

control_plane_cache() {
  echo "${KUBE_TEST_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/kube-test-bin/$(control_plane_version)}"
}
