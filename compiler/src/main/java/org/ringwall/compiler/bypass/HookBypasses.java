// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.CONNECT_UNIX;
import static org.ringwall.bpf.kernel.Hook.POST_BIND4;
import static org.ringwall.bpf.kernel.Hook.POST_BIND6;
import static org.ringwall.bpf.kernel.Hook.SENDMSG_UNIX;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;

/** The bypasses of `on` blocks at hooks that can deny and belong to no intent. */
final class HookBypasses {
    /** These hooks. */
    static final List<Hook> HOOKS = Arrays.stream(Hook.values())
            .filter(hook -> hook.denial().isPresent())
            .filter(hook -> Arrays.stream(Intent.values())
                    .noneMatch(intent -> intent.hooks().contains(hook)))
            .toList();

    private static final List<Block.Target> UNIX = at(CONNECT_UNIX, SENDMSG_UNIX);
    private static final List<Block.Target> POST_BIND = at(POST_BIND4, POST_BIND6);

    static final List<Bypass> BYPASSES = List.of(
            Bypass.around(
                    UNIX,
                    "other-unix-call",
                    "a datagram socket reaches the other end by sendto with an address, which invokes sendmsg_unix alone, or"
                            + " by connect, which invokes connect_unix alone",
                    "datagrams to a denied socket, unless both hooks have the same rules",
                    new UnixPaths.Counterpart(),
                    Remedy.policy("on connect_unix { … } on sendmsg_unix { … }")),
            Bypass.around(
                    at(CONNECT_UNIX),
                    "uring-unix",
                    "io_uring connects without a connect call",
                    "connections to a denied socket",
                    new Judge.InvokesAllHooks(),
                    CONSTRUCTION),
            Bypass.around(
                    at(SENDMSG_UNIX),
                    "uring-unix-datagram",
                    "io_uring sends a datagram without a sendmsg call",
                    "datagrams to a denied socket",
                    new Judge.InvokesAllHooks(),
                    CONSTRUCTION),
            Bypass.around(
                    UNIX,
                    "other-path",
                    "the process names the socket by another path: //run/x, /run/./x, a relative path, /proc/self/cwd/x,"
                            + " /proc/self/root/run/x, or a link that it has made",
                    "connections to a denied socket, without any privilege",
                    new UnixPaths.OtherPath(),
                    Remedy.policy("on connect_unix { allow if path == \"/run/app/db.sock\"; default deny }")),
            Bypass.around(
                    UNIX,
                    "mounted-path",
                    "the process mounts the denied socket over an allowed path, in a user and a mount namespace of its own"
                            + " (unshare -Urm, mount --bind), or replaces an allowed path in a directory that it can write"
                            + " by a link",
                    "connections to a denied socket, without any privilege where users may make user namespaces",
                    new UnixPaths.MountedPath(),
                    Remedy.host("`ringwall run --strict`, which refuses mounts (plain `run` does not); elsewhere refuse"
                            + " mount(2) and user namespaces by seccomp or user.max_user_namespaces, and let the workload"
                            + " write no directory of an allowed path")),
            Bypass.around(
                    UNIX,
                    "earlier-unix",
                    "a Unix socket that was connected before the policy, or a socket pair, goes on sending and receiving",
                    "whatever is written to a denied socket",
                    new Judge.Unseen("the hooks run when a connection begins and for a datagram with an address"),
                    Remedy.host("apply the policy before the workload starts; `ringwall run` does")),
            Bypass.around(
                    UNIX,
                    "accepted-unix",
                    "the process listens, and another process connects to it",
                    "whatever both write then",
                    new Judge.Unseen("accept invokes no hook"),
                    Remedy.host("let the workload write no directory in which other processes look for sockets")),
            Bypass.around(
                    POST_BIND,
                    "other-family-bind",
                    "a socket of the other family binds the port: an IPv6 socket by ::ffff:a.b.c.d or ::, which post_bind6"
                            + " alone sees, or an IPv4 socket",
                    "a denied port, unless both hooks have the same rules",
                    new UnixPaths.Counterpart(),
                    Remedy.policy("on post_bind4 { … } on post_bind6 { … }")),
            Bypass.around(
                    POST_BIND,
                    "automatic-bind",
                    "connect, sendto or listen without bind makes the kernel take an address and a port",
                    "a port that may not be bound",
                    new Judge.Unseen("the hooks run for bind alone"),
                    Remedy.host("deny the same by `local.ip` and `local.port` in `packets egress`; refuse listen(2)"
                            + " by seccomp")));

    private HookBypasses() {}

    private static List<Block.Target> at(Hook... hooks) {
        return Bypass.targets(List.of(), List.of(hooks));
    }
}
