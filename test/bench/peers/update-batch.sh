#!/bin/sh
# update-batch.sh BASE PAYLOAD OUT LINE…
# For each line: copies the base and adds the files to the copy by one batch of update.
set -eu
base=$1 payload=$2 out=$3
shift 3

mkdir -p "$out"
for line; do
  cp "$base" "$out/$line.wim"
  wimlib-imagex update "$out/$line.wim" 1 <<BATCH
add '$payload/common' '/Contoso/Common'
add '$payload/$line' '/Contoso/Line'
BATCH
done
