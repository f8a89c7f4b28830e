# ringwall unit-check SLICE NAME@INSTANCE... (docs/systemd.md): ends with 0 if this process is in a
# cgroup below that slice, and these policies are in force on the slice. Drop-ins of units that
# start for each connection call it. A link that is pinned stays attached as long as its cgroup
# exists.

refuse() {
    echo "ringwall: the unit is not started: $1" >&2
    echo "  help: restart the socket, which puts its policies in force: systemctl restart NAME.socket" >&2
    exit 3
}

[ $# -ge 3 ] || refuse "write: ringwall unit-check SLICE NAME@INSTANCE..."
slice=$2
shift 2
group=
while IFS= read -r line; do
    case $line in
    0::*"/$slice/"*) group=${line#0::} ;;
    esac
done </proc/self/cgroup
[ -n "$group" ] || refuse "it is not in the slice $slice"
top=/sys/fs/cgroup
[ -e "$top/cgroup.controllers" ] || top=$top/unified
id=$(stat -c %i -- "$top${group%%"/$slice/"*}/$slice") || refuse "the slice $slice has no cgroup"
id=$(printf %016x "$id")
for name; do
    found=
    for pin in "/sys/fs/bpf/ringwall/v1/$name"/g*/*-"$id"; do
        [ ! -e "$pin" ] || found=yes
    done
    [ -n "$found" ] || refuse "$name is not in force on the slice $slice"
done
exit 0
