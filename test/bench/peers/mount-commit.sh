#!/bin/sh
# mount-commit.sh BASE PAYLOAD OUT LINE…
# For each line: copies the base, mounts the copy, copies the files into it, commits.
set -eu
base=$1 payload=$2 out=$3
shift 3

mounted=
cleanup() {
  [ -z "$mounted" ] || wimlib-imagex unmount "$dir" || umount -l "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

mkdir -p "$out"
for line; do
  cp "$base" "$out/$line.wim"
  # An unmounted folder is in use for a moment longer: each line has its own.
  dir=$(mktemp -d)
  wimlib-imagex mountrw "$out/$line.wim" 1 "$dir"
  mounted=yes
  mkdir "$dir/Contoso"
  cp -R "$payload/common" "$dir/Contoso/Common"
  cp -R "$payload/$line" "$dir/Contoso/Line"
  wimlib-imagex unmount "$dir" --commit
  mounted=
done
