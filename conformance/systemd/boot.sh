#!/bin/bash
# Boots systemd as process 1 of a container over this machine's root file system, and waits until it ends.
#   boot.sh CGROUP DIR PROJECT
# CGROUP is an empty cgroup of version 2: everything runs below it. DIR has the files that the container
# finds in addition, in DIR/files; DIR/log gets systemd's messages. The root file system is the lower layer
# of an overlay whose upper layer is a tmpfs, so the container changes nothing of the machine. DIR and
# PROJECT, the checkout, have the same paths in it; the checkout is at /opt/ringwall, too. DIR/root is the container's root while it runs.
# The container has a bpffs, a network, a hierarchy of cgroups and process ids of its own; all end with it.
set -eu
cgroup=$1 dir=$2 project=$3

if [ "${4-}" != inside ]; then
    # The root of a cgroup namespace is the cgroup in which it is created.
    echo $$ >"$cgroup/cgroup.procs"
    exec unshare --mount --propagation private --cgroup --pid --fork --kill-child --mount-proc \
        "$0" "$cgroup" "$dir" "$project" inside
fi

# systemd-nspawn must see version 2 alone, which a hybrid host does not mount there.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/host
echo $$ >/sys/fs/cgroup/host/cgroup.procs
mount -t tmpfs tmpfs /run

root=$dir/root
mkdir "$root" "$dir/layers"
mount -t tmpfs tmpfs "$dir/layers"
mkdir "$dir/layers/upper" "$dir/layers/work" "$dir/layers/bpf"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/layers/upper,workdir=$dir/layers/work" "$root"
mount -t bpf bpf "$dir/layers/bpf"

# Only the units of the test start, and what they need.
units=$root/etc/systemd/system
rm -rf "$units"/*.wants "$units"/*.requires
for unit in systemd-firstboot systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-tmpfiles-setup-dev-early \
    systemd-sysusers systemd-sysctl ldconfig systemd-journal-catalog-update systemd-hwdb-update systemd-update-done systemd-udevd \
    systemd-udev-trigger systemd-journal-flush systemd-networkd-persistent-storage systemd-pcrphase systemd-random-seed \
    networking dbus apparmor keyboard-setup console-setup e2scrub_reap; do
    ln -sf /dev/null "$units/$unit.service"
done
rm -rf "$root/etc/ringwall" "$root/var/log/ringwall" "$root/var/log/journal"
: >"$root/etc/machine-id"
rm -f "$root/usr/bin/ringwall"
# Units do not see /tmp and home directories, where the checkout can be.
ln -s /opt/ringwall/bin/ringwall "$root/usr/bin/ringwall"
cp "$project"/packaging/systemd/*.service "$root/usr/lib/systemd/system/"
ln -sf test.target "$units/default.target"
cat >"$units/test.target" <<UNIT
[Unit]
Requires=basic.target
After=basic.target
AllowIsolate=yes
UNIT
cp -a "$dir/files/." "$root/"

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --register=no --keep-unit --directory="$root" --boot --private-network \
    --machine="ringwall-test-${cgroup##*-}" --capability=CAP_BPF,CAP_SYS_ADMIN,CAP_NET_ADMIN,CAP_PERFMON,CAP_DAC_READ_SEARCH \
    --system-call-filter='bpf perf_event_open open_by_handle_at pidfd_getfd setns' --bind="$dir/layers/bpf:/sys/fs/bpf" \
    --bind-ro="$project" --bind-ro="$project:/opt/ringwall" --bind="$dir:$dir:norbind" --console=pipe --setenv=SYSTEMD_COLORS=0 \
    systemd.log_target=console systemd.show_status=0 </dev/null >"$dir/log" 2>&1
