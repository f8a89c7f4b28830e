#!/bin/bash
# Runs containerd with NRI as on a host that has cgroups of version 2 alone, and again whenever it ends.
#   host.sh CGROUP DIR
# CGROUP is an empty cgroup of version 2: everything runs below it. DIR gets containerd's files: containerd.sock, nri.sock, log, and
# pid, the process id of containerd. Ends when DIR/stop exists and containerd has been ended.
set -eu
cgroup=$1 dir=$2
here=$(dirname "$(readlink -f "$0")")

if [ "${3-}" != inside ]; then
    # The root of a cgroup namespace is the cgroup in which it is created.
    echo $$ >"$cgroup/cgroup.procs"
    exec unshare --mount --propagation private --cgroup "$0" "$cgroup" "$dir" inside
fi

mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/host
echo $$ >/sys/fs/cgroup/host/cgroup.procs
# Shims have their sockets there, whatever the configuration says.
mkdir -p /run/containerd
mount -t tmpfs tmpfs /run/containerd

mkdir -p "$dir/nri-plugins" "$dir/nri-conf" "$dir/cni-conf"
cat >"$dir/config.toml" <<CONFIG
version = 2
root = "$dir/root"
state = "$dir/state"
[grpc]
  address = "$dir/containerd.sock"
[ttrpc]
  address = "$dir/containerd.ttrpc"
[plugins."io.containerd.nri.v1.nri"]
  disable = false
  plugin_path = "$dir/nri-plugins"
  plugin_config_path = "$dir/nri-conf"
  socket_path = "$dir/nri.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/busybox:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "$dir/cni-conf"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "$here/runc-without-limits.py"
        SystemdCgroup = false
CONFIG

while [ ! -e "$dir/stop" ]; do
    containerd -c "$dir/config.toml" >>"$dir/log" 2>&1 </dev/null &
    echo $! >"$dir/pid.new"
    mv "$dir/pid.new" "$dir/pid"
    wait $! || true
done
