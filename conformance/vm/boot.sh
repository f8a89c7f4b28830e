#!/usr/bin/env bash
# boot.sh [-t SECONDS] [-s START] [-m MEGABYTES] [-o FOLDER] [-b PATH]... KERNEL COMMAND...
# Boots a kernel that kernels.sh fetched and runs COMMAND (a line for /bin/sh) in it as root. The guest sees this
# machine's root file system, and every PATH that is a file system of its own, read-only under a tmpfs; FOLDER is its
# /out, read and write. A kernel of another architecture has a root of its own, and sees only each PATH of this machine.
# Prints what the command printed and ends with its status; 124: it took longer than SECONDS; 125: the kernel did not
# come so far, its console is printed. Where COMMAND has not begun within START seconds (180), the guest is booted again,
# three times in all. VM_ACCEL=kvm where that works; the default works everywhere.
# Nothing is left behind. Needs root, qemu-system-x86_64 or qemu-system-aarch64, virtiofsd, a static busybox and cpio.
# shellcheck disable=SC2317 # cleanup is called by the trap
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
limit=300 start=180 memory=1024 out='' binds=()
while getopts t:s:m:o:b: option; do
  case $option in
    t) limit=$OPTARG ;;
    s) start=$OPTARG ;;
    m) memory=$OPTARG ;;
    o) out=$OPTARG ;;
    b) binds+=("$OPTARG") ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || { sed -n 2,10p "$0" >&2; exit 2; }
kernel=$(readlink -f "$1")
shift
root=/ busybox=$(command -v busybox) machine=(qemu-system-x86_64 -cpu max) console=ttyS0
if [ -d "$kernel/root" ]; then
  # Without pointer authentication, which takes most of the time where it is emulated.
  root=$kernel/root busybox=$root/bin/busybox machine=(qemu-system-aarch64 -machine virt -cpu neoverse-n1) console=ttyAMA0
fi

work=$(mktemp -d)
children=()
# Ends the guest and its servers, each of which serves one guest only.
stop() {
  local child
  for child in "${children[@]}"; do
    kill "$child" 2>/dev/null || true
  done
  wait
  children=()
}
cleanup() {
  stop
  # The binds live in the children's mount namespace alone; rmdir, which takes an empty folder only, is the seat belt.
  rmdir "$work/root"
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP
mkdir "$work/root"
out=${out:-$work/out}
mkdir -p "$out"
printf '%s\n' "$*" >"$out/command"

# The initrd: busybox, the modules, init.
initrd() {
  local tree=$work/initrd name
  mkdir -p "$tree"/{bin,proc,sys,dev}
  cp "$busybox" "$tree/bin/busybox"
  for name in sh mount insmod mkdir chmod poweroff ip; do
    ln -s busybox "$tree/bin/$name"
  done
  cp -r "$kernel/modules" "$here/init" "$tree"
  (cd "$tree" && find . | cpio -o -H newc --quiet) >"$work/initrd.cpio"
}

# share TAG FOLDER OPTION...: serves a folder at a socket until the guest ends; pid in children.
share() {
  local tag=$1 folder=$2
  shift 2
  "$virtiofsd" --socket-path "$work/$tag.sock" --shared-dir "$folder" --sandbox none --rlimit-nofile 0 \
    --log-level error "$@" 2>"$work/$tag.log" &
  children+=($!)
}

# Likewise for the root: file systems mounted below it would lead the guest into /proc and /sys, so only what is asked for.
share_root() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare -m --propagation private bash -euc '
    work=$1 virtiofsd=$2 root=$3
    shift 3
    mount --bind "$root" "$work/root"
    for path; do
      mkdir -p "$work/root$path"
      mount --bind "$path" "$work/root$path"
    done
    exec "$virtiofsd" --socket-path "$work/root.sock" --shared-dir "$work/root" --sandbox none --rlimit-nofile 0 \
      --log-level error --cache always --no-announce-submounts --readonly' share "$work" "$virtiofsd" "$root" "${binds[@]}" 2>"$work/root.log" &
  children+=($!)
}

virtiofsd=$(PATH=$PATH:/usr/libexec:/usr/lib/qemu command -v virtiofsd) || { echo "boot.sh: no virtiofsd" >&2; exit 125; }
initrd

# Boots the guest and waits until it has ended, with qemu's status in `ended`; 1: COMMAND had not begun in time. An
# emulated CPU can lose its timer while the kernel starts it, and the kernel then waits for it without end.
boot() {
  rm -f "$work"/*.sock "$out/started" "$out/output" "$out/status"
  share_root
  share out "$out" --cache never
  for _ in $(seq 100); do
    [ -S "$work/root.sock" ] && [ -S "$work/out.sock" ] && break
    sleep 0.05
  done
  timeout -k 5 "$limit" "${machine[@]}" -accel "${VM_ACCEL:-tcg,thread=multi}" -smp 2 -m "$memory" \
    -object "memory-backend-memfd,id=memory,size=${memory}M,share=on" -numa node,memdev=memory \
    -nodefaults -no-user-config -no-reboot -display none -serial "file:$work/console" \
    -chardev "socket,id=root,path=$work/root.sock" -device vhost-user-fs-pci,chardev=root,tag=root \
    -chardev "socket,id=out,path=$work/out.sock" -device vhost-user-fs-pci,chardev=out,tag=out \
    -kernel "$kernel/vmlinux" -initrd "$work/initrd.cpio" -append "console=$console quiet panic=-1" >"$work/qemu.log" 2>&1 &
  local guest=$! deadline=$((SECONDS + start))
  children+=("$guest")
  until [ -e "$out/started" ] || ! kill -0 "$guest" 2>/dev/null; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      stop
      return 1
    fi
    sleep 0.2
  done
  ended=0
  wait "$guest" || ended=$?
}

ended=1
for attempt in 1 2 3; do
  if boot; then
    break
  fi
  echo "boot.sh: $(cat "$kernel/release") had not begun COMMAND after $start s, attempt $attempt of 3" >&2
done

if [ -f "$out/output" ]; then
  cat "$out/output"
fi
if [ -s "$out/status" ]; then
  exit "$(cat "$out/status")"
fi
cat "$work"/*.log >&2
tail -n 40 "$work/console" >&2 || true
if [ "$ended" = 124 ] || [ "$ended" = 137 ]; then
  echo "boot.sh: $(cat "$kernel/release") had not ended after $limit s" >&2
  exit 124
fi
echo "boot.sh: $(cat "$kernel/release") ended without a status" >&2
exit 125
