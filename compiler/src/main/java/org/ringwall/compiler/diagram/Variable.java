package org.ringwall.compiler.diagram;

import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A number that a program can read from its context or a helper, host order, unsigned. The order of the constants is the
 * order of tests in every diagram: small closed fields first, then wide ones, and last what costs a helper call.
 */
public enum Variable {
    /** Address family of the socket: bpf_sock.family. */
    FAMILY(32),
    /** Socket type: bpf_sock_addr.type, bpf_sock.type. */
    TYPE(32),
    /** Protocol of the socket: bpf_sock_addr.protocol, bpf_sock.protocol. */
    PROTOCOL(32),
    /** Port of the address: bpf_sock_addr.user_port, swapped to host order. */
    PORT(16),
    /** v4 address: bpf_sock_addr.user_ip4, swapped to host order. */
    IP4(32),
    /** High half of the raw 128-bit address, bpf_sock_addr.user_ip6[0..1], swapped to host order. */
    IP6_HIGH(64),
    /** Low half, bpf_sock_addr.user_ip6[2..3]. */
    IP6_LOW(64),
    /** bpf_sock.bound_dev_if. */
    BOUND_IF(32),
    /** bpf_sock.mark. */
    MARK(32),
    /** bpf_sock.priority. */
    PRIORITY(32),
    /** Low half of bpf_cgroup_dev_ctx.access_type: 1 block, 2 char. */
    DEV_TYPE(16),
    /** High half of bpf_cgroup_dev_ctx.access_type: BPF_DEVCG_ACC_ bits. */
    ACCESS(16),
    /** bpf_cgroup_dev_ctx.major. */
    MAJOR(32),
    /** bpf_cgroup_dev_ctx.minor. */
    MINOR(32),
    /** bpf_sysctl.write. */
    WRITE(32),
    /** Class of the sysctl's name: 1 + its index in {@link HookDecision#names}, 0 for every other name. */
    NAME(32),
    /** bpf_sockopt.level. */
    LEVEL(32),
    /** bpf_sockopt.optname. */
    OPTNAME(32),
    /** bpf_sockopt.retval: 0 or a negative errno. */
    RETVAL(32),
    /** bpf_sockopt.optlen as the first instructions give it: 0..4096, or negative by another program's will. */
    OPTLEN(32),
    /** The first 4 bytes behind bpf_sockopt.optval, asked only where {@link #OPTLEN} says that they are there. */
    OPTVAL(32),
    /** The first byte, asked only where {@link #OPTLEN} is 1 to 3. */
    SHORT_OPTVAL(32),
    /** Low half of bpf_get_current_uid_gid. */
    UID(32),
    /** High half of bpf_get_current_uid_gid. */
    GID(32);

    private final int bits;

    Variable(int bits) {
        this.bits = bits;
    }

    /** How many bits it has: 16, 32 or 64. */
    public int bits() {
        return bits;
    }

    /**
     * The values that a kernel can put there, where they are fewer than the bits allow: a device is block or char and
     * its access has three bits, a socket at these hooks is inet or inet6.
     */
    public IntervalSet possible() {
        return switch (this) {
            case DEV_TYPE -> IntervalSet.range(1, 2);
            case ACCESS -> IntervalSet.range(0, 7);
            case FAMILY -> IntervalSet.of(Interval.of(2, 2), Interval.of(10, 10));
            case OPTLEN -> OptionAtoms.LENGTHS;
            case SHORT_OPTVAL -> IntervalSet.range(0, 255);
            case RETVAL -> OptionAtoms.errnos(IntervalSet.range(0, OptionAtoms.MAX_ERRNO));
            default -> IntervalSet.range(0, max());
        };
    }

    /** Its largest value, unsigned. */
    public long max() {
        return bits == 64 ? -1L : (1L << bits) - 1;
    }
}
