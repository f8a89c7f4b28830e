// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The kernel's enumerators for {@link Hook}: BPF_CGROUP_ and a name that sometimes differs from the
 * section's.
 */
final class HookNames {
    private HookNames() {}

    static String attachTypeName(Hook hook) {
        return switch (hook) {
            case SKB_INGRESS -> "BPF_CGROUP_INET_INGRESS";
            case SKB_EGRESS -> "BPF_CGROUP_INET_EGRESS";
            case SOCK_CREATE -> "BPF_CGROUP_INET_SOCK_CREATE";
            case SOCK_RELEASE -> "BPF_CGROUP_INET_SOCK_RELEASE";
            case POST_BIND4 -> "BPF_CGROUP_INET4_POST_BIND";
            case POST_BIND6 -> "BPF_CGROUP_INET6_POST_BIND";
            case BIND4 -> "BPF_CGROUP_INET4_BIND";
            case BIND6 -> "BPF_CGROUP_INET6_BIND";
            case CONNECT4 -> "BPF_CGROUP_INET4_CONNECT";
            case CONNECT6 -> "BPF_CGROUP_INET6_CONNECT";
            case CONNECT_UNIX -> "BPF_CGROUP_UNIX_CONNECT";
            case SENDMSG4 -> "BPF_CGROUP_UDP4_SENDMSG";
            case SENDMSG6 -> "BPF_CGROUP_UDP6_SENDMSG";
            case SENDMSG_UNIX -> "BPF_CGROUP_UNIX_SENDMSG";
            case RECVMSG4 -> "BPF_CGROUP_UDP4_RECVMSG";
            case RECVMSG6 -> "BPF_CGROUP_UDP6_RECVMSG";
            case RECVMSG_UNIX -> "BPF_CGROUP_UNIX_RECVMSG";
            case GETPEERNAME4 -> "BPF_CGROUP_INET4_GETPEERNAME";
            case GETPEERNAME6 -> "BPF_CGROUP_INET6_GETPEERNAME";
            case GETPEERNAME_UNIX -> "BPF_CGROUP_UNIX_GETPEERNAME";
            case GETSOCKNAME4 -> "BPF_CGROUP_INET4_GETSOCKNAME";
            case GETSOCKNAME6 -> "BPF_CGROUP_INET6_GETSOCKNAME";
            case GETSOCKNAME_UNIX -> "BPF_CGROUP_UNIX_GETSOCKNAME";
            case SOCK_OPS -> "BPF_CGROUP_SOCK_OPS";
            case DEVICE -> "BPF_CGROUP_DEVICE";
            case SYSCTL -> "BPF_CGROUP_SYSCTL";
            case GETSOCKOPT -> "BPF_CGROUP_GETSOCKOPT";
            case SETSOCKOPT -> "BPF_CGROUP_SETSOCKOPT";
        };
    }
}
