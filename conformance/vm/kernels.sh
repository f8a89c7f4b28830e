#!/usr/bin/env bash
# kernels.sh [--arm64] [--only LINE,...] [FOLDER]: fetches the kernels that the vm tier boots, each into FOLDER/LINE
# (default $HOME/.cache/ringwall/kernels); --arm64 also one for aarch64, with a root of Debian's packages, Java among them;
# --only just these lines, such as 5.10,newest.
# They are Debian's cloud kernels of older and newer suites, from the mirror that this machine's apt already uses;
# the lists are private to FOLDER and half a day old at most, nothing is installed. A kernel that is there already, with the modules below,
# is left alone; remove its folder to fetch it anew. Needs root only for what apt needs it; apt, dpkg-deb, lz4, xz, zstd.
# shellcheck disable=SC2317 # the functions are called by way of try
set -euo pipefail
export LC_ALL=C

lines=(5.10 6.1 6.12 newest)
while :; do
  case ${1:-} in
    --arm64) lines+=(arm64); shift ;;
    --only) IFS=, read -r -a lines <<<"${2:?kernels.sh: --only needs lines, such as 5.10,newest}"; shift 2 ;;
    -*) echo "kernels.sh: there is no option \`$1\`" >&2; exit 2 ;;
    *) break ;;
  esac
done
FOLDER=${1:-${RINGWALL_KERNELS:-$HOME/.cache/ringwall/kernels}}
KEYS=/usr/share/keyrings/debian-archive-keyring.pgp

# In load order: what virtiofs and overlayfs need, and ways that the tests take; a kernel that has one built in, or lacks
# it, has no such file.
MODULES="virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci fuse virtiofs overlay tun vsock veth loop inet_diag tcp_diag udp_diag"

# What the tests of the guest for aarch64 run. They are unpacked, not installed, so no script of theirs runs.
ARM64="openjdk-17-jre-headless busybox-static base-files base-passwd libc-bin netbase dash bash coreutils grep sed mawk findutils procps
  mount util-linux iproute2 bpftool python3 strace"

# suite SUITE COMMAND...: an apt command that sees that suite alone, for $architecture.
suite() {
  local lists=$FOLDER/.apt/$1-$architecture mirror
  if [ -z "$(find "$lists/ready" -mmin -720 2>/dev/null)" ]; then
    mkdir -p "$lists"/{state,cache/archives}/partial
    : >"$lists/status"
    # shellcheck disable=SC2016 # apt expands it
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep '^http' | grep -v security | sort -u | head -n 1)
    [ -n "$mirror" ] || { echo "kernels.sh: this machine's apt has no mirror" >&2; return 1; }
    echo "deb [signed-by=$KEYS] $mirror $1 main" >"$lists/sources.list"
    cat >"$lists/apt.conf" <<CONF
Dir::Etc::sourcelist "$lists/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$lists";
Dir::State::lists "$lists/state";
Dir::State::status "$lists/status";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
Dir::Cache "$lists/cache";
APT::Sandbox::User "root";
CONF
    APT_CONFIG=$lists/apt.conf apt-get -qq update >&2
    touch "$lists/ready"
  fi
  shift
  APT_CONFIG=$lists/apt.conf "$@"
}

# newest SUITE: the package of the suite's newest cloud kernel.
newest() {
  suite "$1" apt-cache depends "linux-image-cloud-$architecture" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# number FILE OFFSET BYTES: a little-endian number of the file.
number() {
  od -A n -t "u$3" -j "$2" -N "$3" --endian=little "$1" | tr -d ' '
}

# vmlinux FILE TARGET: the kernel that a bzImage carries; the offsets are those of the x86 boot protocol's header.
vmlinux() {
  local setup at size tool
  setup=$(number "$1" $((0x1f1)) 1)
  at=$(((setup + 1) * 512 + $(number "$1" $((0x248)) 4)))
  size=$(number "$1" $((0x24c)) 4)
  case $(od -A n -t x1 -j "$at" -N 4 "$1") in
    ' fd 37 7a 58') tool='xz -dc --single-stream' ;;
    ' 28 b5 2f fd') tool='zstd -dcq' ;;
    ' 02 21 4c 18') tool='lz4 -dcq' ;;
    ' 1f 8b 08'*) tool='gzip -dc' ;;
    *) echo "kernels.sh: $1 is compressed in a way unknown here" >&2; return 1 ;;
  esac
  # The last four bytes are the size of the result; some of the tools take them for a fault, after all is written.
  tail -c "+$((at + 1))" "$1" | head -c "$size" | $tool >"$2" 2>/dev/null || true
  if [ "$(stat -c %s "$2")" != "$(number "$1" $((at + size - 4)) 4)" ]; then
    echo "kernels.sh: $1 cannot be unpacked by $tool" >&2
    return 1
  fi
}

# image FILE TARGET: the kernel in a form that qemu boots.
image() {
  if [ "$architecture" = amd64 ]; then
    vmlinux "$1" "$2"
  else
    cp "$1" "$2"
  fi
}

# unpack DEB_FOLDER TARGET: vmlinux, the modules as NN-name.ko, and the release.
unpack() {
  local tree=$1/tree name file number=10
  for file in "$1"/*.deb; do
    dpkg-deb -x "$file" "$tree"
  done
  mkdir "$2/modules"
  image "$(find "$tree" -name 'vmlinuz*' | head -n 1)" "$2/vmlinux"
  for name in $MODULES; do
    file=$(find "$tree" -name "$name.ko*" | head -n 1)
    case $file in
      '') continue ;;
      *.xz) xz -dc "$file" >"$2/modules/$number-$name.ko" ;;
      *.zst) zstd -dcq "$file" >"$2/modules/$number-$name.ko" ;;
      *) cp "$file" "$2/modules/$number-$name.ko" ;;
    esac
    number=$((number + 1))
  done
}

# root SUITE TARGET: a root file system of the packages above, and the path of its Java.
root() {
  local archives=$FOLDER/.apt/$1-$architecture/cache/archives tree=$2/root name file
  rm -f "$archives"/*.deb
  # shellcheck disable=SC2086 # one word for each package
  suite "$1" apt-get -qq install --yes --download-only --no-install-recommends $ARM64 >&2
  mkdir -p "$tree"/usr/{bin,sbin,lib}
  for name in bin sbin lib; do
    ln -s "usr/$name" "$tree/$name"
  done
  for file in "$archives"/*.deb; do
    dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink -C "$tree"
  done
  rm -f "$archives"/*.deb
  # What the scripts of the packages would make.
  ln -sf dash "$tree/bin/sh"
  ln -sf mawk "$tree/bin/awk"
  cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
  cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
  file=$(echo "$tree"/usr/lib/jvm/java-17-openjdk-*/bin/java)
  echo "${file#"$tree"}" >"$2/java"
}

# What a kernel that is there was made of, to be made again when that changes.
asked() {
  echo "$MODULES"
  [ "$architecture" = amd64 ] || echo "$ARM64"
}

# fetch LINE SUITE IMAGE
fetch() {
  local line=$1 suite=$2 image=$3 work package packages
  work=$(mktemp -d "$FOLDER/.fetch-XXXXXX")
  # shellcheck disable=SC2064 # the value of now
  trap "rm -rf '$work'" EXIT
  packages=$image
  # From 7.0 on the image package is empty, and what it was is two packages.
  if suite "$suite" apt-cache show "${image/image/binary}" >/dev/null 2>&1; then
    packages="${image/image/binary} ${image/image/modules}"
  fi
  mkdir "$work/debs" "$work/kernel"
  for package in $packages; do
    if ! (cd "$work/debs" && suite "$suite" apt-get -qq download "$package" >&2); then
      echo "$line: the archive lists $package in $suite but does not give it" >&2
      exit 1
    fi
  done
  unpack "$work/debs" "$work/kernel"
  [ "$architecture" = amd64 ] || root "$suite" "$work/kernel"
  asked >"$work/kernel/asked"
  echo "${image#linux-image-}" >"$work/kernel/release"
  rm -rf "${FOLDER:?}/$line"
  mv "$work/kernel" "$FOLDER/$line"
}

# kernel LINE SUITE...: the newest that these suites have, as FOLDER/LINE.
kernel() {
  local line=$1 name image best='' from=''
  shift
  if [ -f "$FOLDER/$line/release" ] && [ "$(cat "$FOLDER/$line/asked" 2>/dev/null)" = "$(asked)" ]; then
    echo "$line: $(cat "$FOLDER/$line/release")"
    return
  fi
  for name in "$@"; do
    image=$(newest "$name" || true)
    if [ -n "$image" ] && { [ -z "$best" ] || dpkg --compare-versions "${image#linux-image-}" gt "${best#linux-image-}"; }; then
      best=$image
      from=$name
    fi
  done
  if [ -z "$best" ]; then
    echo "$line: the archive has no cloud kernel in $*" >&2
    return 1
  fi
  fetch "$line" "$from" "$best"
  echo "$line: $(cat "$FOLDER/$line/release") (from $from)"
}

# try COMMAND...: in a process of its own, where set -e holds, so that one kernel's failure leaves the others.
try() {
  "$@" &
  wait $! || failed=1
}

mkdir -p "$FOLDER"
FOLDER=$(readlink -f "$FOLDER")
failed=0
for line in "${lines[@]}"; do
  architecture=amd64
  case $line in
    5.10) try kernel 5.10 bullseye ;;
    6.1) try kernel 6.1 bookworm ;;
    6.12) try kernel 6.12 trixie ;;
    newest) try kernel newest trixie-backports sid ;;
    arm64)
      architecture=arm64
      try kernel arm64 bookworm
      ;;
    *)
      echo "kernels.sh: there is no kernel \`$line\`" >&2
      failed=1
      ;;
  esac
done
exit $failed
