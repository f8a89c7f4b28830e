#!/bin/bash
# Makes a host for container engines inside of this machine, and waits until it is ended.
#   host.sh CGROUP DIR PROJECT
# CGROUP is an empty cgroup of version 2: everything runs below it. The host has a hierarchy of cgroups of version 2
# alone, a bpffs, a network and process ids of its own. /etc, /usr and /var/lib are this machine's below a tmpfs, with
# the files of DIR/files in addition; /run and the stores of docker and containerd are empty. PROJECT is the checkout,
# whose command and runtime are installed. RINGWALL_ENGINES can name a directory with other versions of the engines, as
# dpkg-deb -x unpacks them. engine.sh is its systemctl. Writes DIR/ready once the host is complete.
set -eu
cgroup=$1 dir=$2 project=$3

if [ "${4-}" != inside ]; then
    # The root of a cgroup namespace is the cgroup in which it is created.
    echo $$ >"$cgroup/cgroup.procs"
    exec unshare --mount --propagation private --cgroup --net --pid --fork --kill-child --mount-proc \
        "$0" "$cgroup" "$dir" "$project" inside
fi

mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/host
echo $$ >/sys/fs/cgroup/host/cgroup.procs
mount -t bpf bpf /sys/fs/bpf
mount -t tmpfs tmpfs /run
mkdir /run/lock
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward

mkdir "$dir/layers"
mount -t tmpfs tmpfs "$dir/layers"
for directory in etc usr var/lib; do
    mkdir -p "$dir/layers/$directory/upper" "$dir/layers/$directory/work"
    lower=/$directory
    [ ! -d "${RINGWALL_ENGINES:-/nowhere}/$directory" ] || lower=$RINGWALL_ENGINES/$directory:$lower
    mount -t overlay overlay \
        -o "lowerdir=$lower,upperdir=$dir/layers/$directory/upper,workdir=$dir/layers/$directory/work" "/$directory"
done
for store in docker containerd containers; do
    mkdir -p "/var/lib/$store"
    mount -t tmpfs tmpfs "/var/lib/$store"
done
rm -rf /etc/ringwall /etc/docker /etc/containerd /usr/lib/ringwall /usr/bin/ringwall
mkdir -p /etc/ringwall /usr/lib/ringwall
ln -s "$project/bin/ringwall" /usr/bin/ringwall
cp "$project/packaging/oci/ringwall-runc" /usr/lib/ringwall/
cp "$project/conformance/containers/engine.sh" /usr/local/bin/systemctl
# Engines set shares of CPUs, for which the hierarchy of version 2 needs a controller that version 1 can have.
if ! grep -qw cpu /sys/fs/cgroup/cgroup.controllers; then
    mv /usr/sbin/runc /usr/sbin/runc.real
    cp "$project/conformance/containers/runc.sh" /usr/sbin/runc
fi
[ ! -e "$dir/files" ] || cp -a "$dir/files/." /
: >"$dir/ready"

# Process 1 collects the processes that engines leave.
while :; do
    sleep 3600 &
    wait $!
done
