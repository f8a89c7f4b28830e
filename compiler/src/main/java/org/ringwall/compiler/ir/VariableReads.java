package org.ringwall.compiler.ir;

import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Variable;

/**
 * How each variable of a diagram is read at a hook. The context is read in whole fields: the verifier turns those into
 * one load, while a narrow access of a converted field costs a mask more (convert_ctx_accesses in kernel/bpf/verifier.c).
 */
final class VariableReads {
    private final Hook hook;
    private final Emission.Body body;
    private final Optional<Value> length;

    /** `length` is what {@link Instruction.LeaveToKernel} gave, at hooks that begin with it. */
    VariableReads(Hook hook, Emission.Body body, Optional<Value> length) {
        this.hook = hook;
        this.body = body;
        this.length = length;
    }

    /** Adds what reads the variable; the value is in host order and within the variable's range. */
    Value read(Variable variable) {
        if (variable.level() != 0) {
            return identity(new Identity(Identity.Source.ANCESTOR, variable.level()));
        }
        return switch (variable) {
            case FAMILY -> word("family");
            case TYPE -> word("type");
            case PROTOCOL -> word("protocol");
            case PORT -> read("user_port", 0, Width.W, Instruction.Swap.BE16);
            case IP4 -> read("user_ip4", 0, Width.W, Instruction.Swap.BE32);
            case IP6_HIGH -> read("user_ip6", 0, Width.DW, Instruction.Swap.BE64);
            case IP6_LOW -> read("user_ip6", 8, Width.DW, Instruction.Swap.BE64);
            case BOUND_IF -> word("bound_dev_if");
            case MARK -> word("mark");
            case PRIORITY -> word("priority");
            case DEV_TYPE -> {
                Value access = word("access_type");
                yield body.add(result -> new Instruction.LowBits(result, access, 16));
            }
            case ACCESS -> high(word("access_type"), 16);
            case MAJOR -> word("major");
            case MINOR -> word("minor");
            case WRITE -> word("write");
            case LEVEL -> word("level");
            case OPTNAME -> word("optname");
            case RETVAL -> word("retval");
            case OPTLEN -> length.orElseThrow(() -> new IllegalStateException(hook + " has no option"));
            case OPTVAL -> body.add(result -> new Instruction.ReadOption(result, Width.W));
            case SHORT_OPTVAL -> body.add(result -> new Instruction.ReadOption(result, Width.B));
            case UID -> {
                Value both = identity(Identity.Source.UID_GID);
                yield body.add(result -> new Instruction.LowBits(result, both, 32));
            }
            case GID -> high(identity(Identity.Source.UID_GID), 32);
            case PID -> high(identity(Identity.Source.PID_TGID), 32);
            case CGROUP -> identity(Identity.Source.CGROUP);
            case NETNS -> identity(Identity.Source.NETNS_COOKIE);
            case COOKIE -> identity(Identity.Source.SOCKET_COOKIE);
            case PACKET_LEN -> word("len");
            case PACKET_TYPE -> word("pkt_type");
            case PACKET_IFINDEX -> word("ifindex");
            case PACKET_INGRESS_IFINDEX -> word("ingress_ifindex");
            case PACKET_FAMILY, PACKET_PROTOCOL, PACKET_FRAGMENT, PACKET_TRANSPORT, PACKET_FLAGS_CUT ->
                packet(variable);
            case PACKET_REMOTE_PORT, PACKET_LOCAL_PORT, PACKET_ICMP_TYPE, PACKET_ICMP_CODE -> packet(variable);
            case PACKET_SYN, PACKET_ACK, PACKET_FIN, PACKET_RST -> packet(variable);
            case PACKET_REMOTE_IP4, PACKET_REMOTE_IP6_HIGH, PACKET_REMOTE_IP6_LOW -> packet(variable);
            case PACKET_LOCAL_IP4, PACKET_LOCAL_IP6_HIGH, PACKET_LOCAL_IP6_LOW -> packet(variable);
            case NAME, VALUE, NEW_VALUE, COMM, PATH ->
                throw new IllegalStateException("a string is no number: it is switched on by StringSwitch");
            default -> throw new IllegalStateException(variable + " is read nowhere");
        };
    }

    private Value identity(Identity.Source source) {
        return identity(Identity.of(source));
    }

    private Value identity(Identity identity) {
        return body.add(result -> new Instruction.CallIdentity(result, identity));
    }

    private Value packet(Variable variable) {
        return new PacketReads(hook, body).read(variable);
    }

    private Value high(Value value, int by) {
        return body.add(result -> new Instruction.Shift(result, Instruction.Direction.RIGHT, value, by));
    }

    private Value word(String field) {
        return read(field, 0, Width.W, Instruction.Swap.NONE);
    }

    private Value read(String name, int offset, Width width, Instruction.Swap swap) {
        ContextField field = hook.context()
                .field(name)
                .orElseThrow(() -> new IllegalStateException(hook + " has no `" + name + "`"));
        return body.add(result -> new Instruction.ReadContext(result, field, offset, width, swap));
    }
}
