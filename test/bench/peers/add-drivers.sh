#!/bin/sh
# add-drivers.sh BASE DRIVERS OUT
# Copies the base and adds a folder of drivers to the copy by one batch of update.
set -eu
base=$1 drivers=$2 out=$3

mkdir -p "$(dirname "$out")"
cp "$base" "$out"
wimlib-imagex update "$out" 1 <<BATCH
add '$drivers' '/Drivers'
BATCH
