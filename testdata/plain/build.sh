#!/bin/bash
# Compiles the sources of this folder for tests on machines without clang.
set -euo pipefail
cd "$(dirname "$0")"
for source in *.c; do
  object=${source%.c}.o
  clang-19 -O2 -g -Wall -target bpfel -mcpu=v2 -I/usr/include/x86_64-linux-gnu -I/usr/include/aarch64-linux-gnu \
    -fdebug-prefix-map="$PWD=." -c "$source" -o "$object"
  llvm-strip-19 -g "$object"
done
