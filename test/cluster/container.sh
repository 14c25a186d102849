#!/bin/sh
# Runs a command as a container does: in a root of its own that cannot be written to, as a user of which only the number is known. Of the
# machine there are its programs and libraries, and nothing of /etc.
# usage: unshare --mount --pid --fork container.sh ROOT USER [FROM:TO]... -- COMMAND...      ROOT: an empty folder
set -eu
root=$1
user=$2
shift 2
mount -t tmpfs tmpfs "$root"
cd "$root"
mkdir usr proc dev
for name in bin sbin lib lib64; do [ ! -L "/$name" ] || cp -P "/$name" .; done
mount --rbind /usr usr
mount --rbind /dev dev
mount -t proc proc proc
while [ "$1" != -- ]; do
  mkdir -p "./${1#*:}"
  mount --bind "${1%%:*}" "./${1#*:}"
  shift
done
shift
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"
