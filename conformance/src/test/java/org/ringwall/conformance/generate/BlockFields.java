// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;

/** The fields that generated guards of a block read. */
final class BlockFields {
    private static final List<Field> EGRESS_FIELDS = List.of(
            Field.REMOTE_IP,
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.PROTO,
            Field.TYPE,
            Field.FAMILY,
            Field.UID,
            Field.GID);
    private static final List<Field> BIND_FIELDS = List.of(
            Field.LOCAL_IP,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PROTO,
            Field.TYPE,
            Field.FAMILY,
            Field.UID,
            Field.GID);
    private static final List<Field> SOCKET_FIELDS =
            List.of(Field.FAMILY, Field.TYPE, Field.PROTO, Field.UID, Field.GID);
    private static final List<Field> DEVICE_FIELDS = List.of(
            Field.DEV,
            Field.DEV,
            Field.DEV_TYPE,
            Field.DEV_MAJOR,
            Field.DEV_MINOR,
            Field.READ,
            Field.WRITE,
            Field.MKNOD,
            Field.UID,
            Field.GID);
    private static final List<Field> SYSCTL_FIELDS = List.of(
            Field.NAME,
            Field.NAME,
            Field.VALUE,
            Field.NEW_VALUE,
            Field.NEW_VALUE_NUMBER,
            Field.READ,
            Field.WRITE,
            Field.UID,
            Field.GID);

    private static final List<Field> OPTION_FIELDS = List.of(
            Field.OPTION,
            Field.OPTION,
            Field.OPTION,
            Field.LEVEL,
            Field.OPTNAME,
            Field.READ,
            Field.WRITE,
            Field.OPTLEN,
            Field.OPTVAL,
            Field.OPTVAL,
            Field.UID,
            Field.GID);
    private static final List<Field> GETSOCKOPT_FIELDS = List.of(
            Field.OPTION,
            Field.OPTION,
            Field.LEVEL,
            Field.OPTNAME,
            Field.OPTLEN,
            Field.OPTVAL,
            Field.RETVAL,
            Field.RETVAL,
            Field.UID,
            Field.GID);

    /** The fields that a block for packets can read. */
    private static final List<Field> PACKET_FIELDS = List.of(
            Field.REMOTE_IP,
            Field.REMOTE_IP,
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.REMOTE_PORT,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PROTO,
            Field.PROTO,
            Field.FAMILY,
            Field.ICMP_TYPE,
            Field.ICMP_CODE,
            Field.TCP_SYN,
            Field.TCP_ACK,
            Field.TCP_FIN,
            Field.TCP_RST,
            Field.FRAGMENT,
            Field.SOURCE_ROUTED,
            Field.MALFORMED,
            Field.LEN);

    private static final List<Field> UNIX_FIELDS =
            List.of(Field.PATH, Field.PATH, Field.PATH, Field.PATH, Field.TYPE, Field.UID, Field.GID);

    private BlockFields() {}

    static boolean arePackets(Block.Target target) {
        return listed(target).equals(PACKET_FIELDS);
    }

    /**
     * Returns the fields of a block: those of the tables, and all that are one number of the
     * context. Fields that should be read more often are repeated.
     */
    static List<Field> of(Block.Target target) {
        List<Field> fields = new ArrayList<>(listed(target));
        Hook hook = target instanceof Block.Target.OfHook one
                ? one.hook()
                : ((Block.Target.OfIntent) target).intent().hooks().get(0);
        HookFields.numbers(hook).stream()
                .filter(field -> HookFields.in(target).contains(field) && !fields.contains(field))
                .forEach(fields::add);
        return List.copyOf(fields);
    }

    private static List<Field> listed(Block.Target target) {
        if (target instanceof Block.Target.OfIntent intent) {
            return switch (intent.intent()) {
                case EGRESS -> EGRESS_FIELDS;
                case BIND -> BIND_FIELDS;
                case SOCKETS -> SOCKET_FIELDS;
                case DEVICES -> DEVICE_FIELDS;
                case SYSCTL -> SYSCTL_FIELDS;
                case SOCKOPT -> OPTION_FIELDS;
                case PACKETS_INGRESS, PACKETS_EGRESS -> PACKET_FIELDS;
            };
        }
        Hook hook = ((Block.Target.OfHook) target).hook();
        return switch (hook) {
            case CONNECT4, CONNECT6 -> EGRESS_FIELDS;
            case BIND4, BIND6 -> BIND_FIELDS;
            case SOCK_CREATE -> SOCKET_FIELDS;
            case DEVICE -> DEVICE_FIELDS;
            case SYSCTL -> SYSCTL_FIELDS;
            case GETSOCKOPT -> GETSOCKOPT_FIELDS;
            case SETSOCKOPT -> OPTION_FIELDS;
            case SKB_INGRESS, SKB_EGRESS -> PACKET_FIELDS;
            default -> hook.is(AddressFamily.UNIX) ? UNIX_FIELDS : HookFields.in(target);
        };
    }
}
