#!/bin/bash
# systemctl on the host of host.sh: starts, stops or restarts docker or containerd; `kill` sends SIGKILL.
#   engine.sh start|stop|restart|kill docker|containerd
# The network is the host's loopback device alone, so docker makes no bridge.
set -eu
action=$1 unit=${2%.service}
case $unit in
docker)
    pidfile=/run/docker.pid
    client="docker version"
    daemon="dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --userland-proxy=false"
    ;;
containerd)
    pidfile=/run/containerd.pid
    client="ctr version"
    daemon="containerd"
    ;;
*)
    echo "no unit $unit" >&2
    exit 1
    ;;
esac

await() {
    for _ in $(seq 300); do
        "$@" && return
        sleep 0.1
    done
    tail -5 "/run/$unit.log" >&2
    exit 1
}

answers() {
    $client >/dev/null 2>&1
}

ended() {
    ! kill -0 "$pid" 2>/dev/null
}

if [ "$action" != start ] && [ -e "$pidfile" ]; then
    pid=$(cat "$pidfile")
    signal=TERM
    [ "$action" != kill ] || signal=KILL
    kill -s "$signal" "$pid" || true
    await ended
    rm -f "$pidfile"
fi
if [ "$action" = start ] || [ "$action" = restart ]; then
    setsid $daemon </dev/null >>"/run/$unit.log" 2>&1 &
    [ "$unit" = docker ] || echo $! >"$pidfile"
    await answers
fi
