// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;

/**
 * The names of variables and of their values in reports for programs. A variable has the name of
 * its field in policies. The few that policies test by several fields have names of their own:
 * {@code access} of a device or sysctl, {@code event} and {@code fullsock} of sock_ops, {@code
 * headers} and {@code tcp.flags} of packets, {@code stamped}, and {@code optval.byte}, the value of
 * an option that is shorter than 4 bytes. The names do not change between versions.
 */
final class FieldNames {
    private static final List<String> TRUTH = List.of("false", "true", "unknown");
    private static final List<String> PACKET_TYPES = List.of("host", "broadcast", "multicast", "otherhost", "outgoing");
    private static final List<String> PRESENT = List.of("present", "absent", "cut");

    private FieldNames() {}

    static String of(Variable variable, Hook hook) {
        return switch (variable) {
            case OP -> "event";
            case FULLSOCK -> "fullsock";
            case ACCESS, WRITE -> "access";
            case SHORT_OPTVAL -> "optval.byte";
            case STAMPED -> "stamped";
            case PACKET_TRANSPORT -> "headers";
            case PACKET_FLAGS_CUT -> "tcp.flags";
            default -> field(variable, hook).text();
        };
    }

    private static Field field(Variable variable, Hook hook) {
        return switch (variable) {
            case FAMILY -> Field.FAMILY;
            case PATH -> Field.PATH;
            case TYPE -> Field.TYPE;
            case PROTOCOL -> Field.PROTO;
            case PORT -> HookFields.at(hook).contains(Field.REMOTE_PORT) ? Field.REMOTE_PORT : Field.LOCAL_PORT;
            case IP4, IP6_HIGH, IP6_LOW ->
                HookFields.at(hook).contains(Field.REMOTE_IP) ? Field.REMOTE_IP : Field.LOCAL_IP;
            case LOCAL_PORT -> Field.LOCAL_PORT;
            case LOCAL_IP4, LOCAL_IP6_HIGH, LOCAL_IP6_LOW -> Field.LOCAL_IP;
            case DEV_TYPE -> Field.DEV_TYPE;
            case MAJOR -> Field.DEV_MAJOR;
            case MINOR -> Field.DEV_MINOR;
            case NAME -> Field.NAME;
            case VALUE -> Field.VALUE;
            case NEW_VALUE -> Field.NEW_VALUE;
            case LEVEL -> Field.LEVEL;
            case OPTNAME -> Field.OPTNAME;
            case RETVAL -> Field.RETVAL;
            case OPTLEN -> Field.OPTLEN;
            case OPTVAL -> Field.OPTVAL;
            case CGROUP -> Field.CGROUP;
            case UID -> Field.UID;
            case GID -> Field.GID;
            case COMM -> Field.COMM;
            case PID -> Field.PID;
            case NETNS -> Field.NETNS;
            case COOKIE -> Field.COOKIE;
            default ->
                (variable.level() > 0 ? Field.ancestor(variable.level()) : variable.field())
                        .orElseThrow(() -> new IllegalStateException(variable + " has no name in reports"));
        };
    }

    /** Returns whether values of the variable have names. */
    static boolean hasWords(Variable variable) {
        return switch (variable) {
            case OP, FULLSOCK, ACCESS, WRITE, PROTOCOL, TYPE, FAMILY, DEV_TYPE, LEVEL -> true;
            case PACKET_FAMILY, PACKET_PROTOCOL, PACKET_TRANSPORT, PACKET_FLAGS_CUT, PACKET_TYPE, STAMPED -> true;
            default ->
                variable.field().filter(field -> field.type() == FieldType.BOOL).isPresent();
        };
    }

    /** Returns the name of a value; empty if it has none. */
    static Optional<String> word(Variable variable, long value) {
        return switch (variable) {
            case OP ->
                Arrays.stream(SockOpsEvent.values())
                        .filter(event -> event.number() == value)
                        .findFirst()
                        .map(SockOpsEvent::word);
            case PROTOCOL, PACKET_PROTOCOL -> lower(IpProtocol.of((int) value));
            case TYPE -> lower(SocketType.of((int) value));
            case FAMILY, PACKET_FAMILY -> family(value);
            case DEV_TYPE -> of(List.of("", "block", "char"), value);
            case ACCESS -> Optional.of(access(value));
            case WRITE -> of(List.of("r", "w"), value);
            case LEVEL -> SocketLevel.of((int) value).map(level -> level.names().get(0));
            case PACKET_TRANSPORT, PACKET_FLAGS_CUT ->
                of(PRESENT, variable == Variable.PACKET_TRANSPORT ? value : 2 * value);
            case PACKET_TYPE -> of(PACKET_TYPES, value);
            default -> hasWords(variable) ? of(TRUTH, value) : Optional.empty();
        };
    }

    private static Optional<String> family(long value) {
        return value == 0
                ? Optional.of("unreadable")
                : value == 2 ? Optional.of("inet") : value == 10 ? Optional.of("inet6") : Optional.empty();
    }

    private static String access(long bits) {
        return bits == 0
                ? "none"
                : ((bits & 2) != 0 ? "r" : "") + ((bits & 4) != 0 ? "w" : "") + ((bits & 1) != 0 ? "m" : "");
    }

    private static Optional<String> lower(Optional<? extends Enum<?>> known) {
        return known.map(each -> each.name().toLowerCase(Locale.ROOT));
    }

    private static Optional<String> of(List<String> words, long value) {
        return value >= 0 && value < words.size()
                ? Optional.of(words.get((int) value)).filter(word -> !word.isEmpty())
                : Optional.empty();
    }
}
