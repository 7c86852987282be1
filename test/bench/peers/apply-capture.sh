#!/bin/sh
# apply-capture.sh BASE PAYLOAD OUT COMPRESSION LINE…
# For each line: applies the base to a folder, copies the files into it, captures the folder.
set -eu
base=$1 payload=$2 out=$3 compression=$4
shift 4

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

mkdir -p "$out"
for line; do
  wimlib-imagex apply "$base" 1 "$dir/tree"
  mkdir "$dir/tree/Contoso"
  cp -R "$payload/common" "$dir/tree/Contoso/Common"
  cp -R "$payload/$line" "$dir/tree/Contoso/Line"
  wimlib-imagex capture "$dir/tree" "$out/$line.wim" Generated --compress="$compression"
  rm -rf "$dir/tree"
done
