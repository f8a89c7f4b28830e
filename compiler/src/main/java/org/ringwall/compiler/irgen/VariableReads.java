// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Identity;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.HookFields;

/**
 * Reads of diagram variables at a hook. The context is read in whole fields: the verifier converts
 * those to one load, while a narrow access of a converted field needs an additional mask
 * (convert_ctx_accesses in kernel/bpf/verifier.c).
 */
final class VariableReads {
    private final Hook hook;
    private final Emission.Body body;
    private final Once once;

    /**
     * Results that a routine computes once for all of its reads.
     *
     * @param length the result of {@link Intrinsic#LEAVE_TO_KERNEL}, at hooks that begin with it
     * @param lengthInFrame whether it is read from {@link StateFrame#LENGTH}
     * @param stampFound whether the socket's stamp has been looked up
     */
    record Once(Optional<Value> length, boolean lengthInFrame, boolean stampFound) {}

    VariableReads(Hook hook, Emission.Body body, Once once) {
        this.hook = hook;
        this.body = body;
        this.once = once;
    }

    /**
     * Adds the read of the variable. The value is in host order and within the variable's range.
     */
    Value read(Variable variable) {
        Optional<Stamp.Part> part = HookFields.readsStamps(hook) ? stamped(variable) : Optional.empty();
        return part.map(stamped -> body.add(Op.Load.stamp(stamped))).orElseGet(() -> ofRequest(variable));
    }

    /**
     * Returns the part that holds a variable at hooks that run without a task; empty if no part
     * does.
     */
    private static Optional<Stamp.Part> stamped(Variable variable) {
        if (!variable.isStamped()) {
            return Optional.empty();
        }
        return Optional.of(
                variable.level() == 0
                        ? Stamp.part(variable.name().toLowerCase(Locale.ROOT))
                        : Stamp.ancestor(variable.level()));
    }

    private Value ofRequest(Variable variable) {
        if (variable.level() != 0) {
            return identity(new Identity(Identity.Source.ANCESTOR, variable.level()));
        }
        if (PacketReads.has(variable)) {
            return new PacketReads(hook, body).read(variable);
        }
        return switch (variable) {
            case OP -> word("op");
            case FULLSOCK -> word("is_fullsock");
            case FAMILY -> word("family");
            case TYPE -> word("type");
            case PROTOCOL -> protocol();
            case PORT -> port();
            case IP4 -> read(ends("user", "src", "remote") + "_ip4", 0, Width.W, Swap.BE32);
            case IP6_HIGH -> half(ends("user", "src", "remote") + "_ip6", 0);
            case IP6_LOW -> half(ends("user", "src", "remote") + "_ip6", 8);
            case LOCAL_PORT -> lowHalf(word("local_port"));
            case LOCAL_IP4 -> read(ends("msg_src", "src", "local") + "_ip4", 0, Width.W, Swap.BE32);
            case LOCAL_IP6_HIGH -> half(ends("msg_src", "src", "local") + "_ip6", 0);
            case LOCAL_IP6_LOW -> half(ends("msg_src", "src", "local") + "_ip6", 8);
            case DEV_TYPE -> body.add(NumberOp.Alu.low(DeviceKind.BITS), word("access_type"));
            case ACCESS -> high(word("access_type"), 16);
            case MAJOR -> body.add(whole("major").within(DeviceNumber.MAJOR_BITS));
            case MINOR -> body.add(whole("minor").within(DeviceNumber.MINOR_BITS));
            case WRITE -> word("write");
            case LEVEL -> word("level");
            case OPTNAME -> word("optname");
            case RETVAL -> word("retval");
            case OPTLEN -> length();
            case OPTVAL -> body.add(new Op.ReadOption(Width.W));
            case SHORT_OPTVAL -> body.add(new Op.ReadOption(Width.B));
            case UID, GID, PID, CGROUP, NETNS, COOKIE -> ofActor(variable);
            case STAMPED -> body.add(once.stampFound() ? Op.Load.frame(Stamp.ADDRESS, Width.DW) : Intrinsic.LOAD_STAMP);
            case PACKET_CGROUP -> identity(Identity.Source.SKB_CGROUP);
            case NAME, VALUE, NEW_VALUE, COMM, PATH ->
                throw new IllegalStateException("a string is not a number: it is switched on by StringSwitch");
            default ->
                word(variable.number(hook.context())
                        .orElseThrow(() -> new IllegalStateException(variable + " is not read at " + hook)));
        };
    }

    private Value length() {
        return once.lengthInFrame()
                ? body.add(Op.Load.frame(StateFrame.LENGTH, Width.W))
                : once.length().orElseThrow(() -> new IllegalStateException(hook + " has no option"));
    }

    private Value ofActor(Variable variable) {
        return switch (variable) {
            case UID -> {
                Value both = identity(Identity.Source.UID_GID);
                yield body.add(NumberOp.Alu.low(32), both);
            }
            case GID -> high(identity(Identity.Source.UID_GID), 32);
            case PID -> high(identity(Identity.Source.PID_TGID), 32);
            case CGROUP -> identity(Identity.Source.CGROUP);
            case NETNS -> identity(Identity.Source.NETNS_COOKIE);
            case COOKIE -> identity(Identity.Source.SOCKET_COOKIE);
            default -> throw new IllegalStateException(variable + " does not identify the caller");
        };
    }

    private Value identity(Identity.Source source) {
        return identity(Identity.of(source));
    }

    private Value identity(Identity identity) {
        return body.add(new Op.CallIdentity(identity));
    }

    /** Returns the name of the field in bpf_sock_addr, bpf_sock or bpf_sock_ops. */
    private String ends(String ofAddress, String ofSocket, String ofEvent) {
        return switch (hook.context()) {
            case SOCK_ADDR -> ofAddress;
            case SOCK -> ofSocket;
            case SOCK_OPS -> ofEvent;
            case SK_BUFF, DEVICE, SYSCTL, SOCKOPT -> throw new IllegalStateException("no address at " + hook);
        };
    }

    private Value protocol() {
        Value number = word("protocol");
        if (!SocketType.RAW.reaches(hook)) {
            return number;
        }
        Value type = word("type");
        return body.add(new NumberOp.WireProtocol(), number, type);
    }

    private Value port() {
        return switch (hook.context()) {
            case SOCK_ADDR -> read("user_port", 0, Width.W, Swap.BE16);
            case SOCK -> lowHalf(word("src_port"));
            case SOCK_OPS -> lowHalf(read("remote_port", 0, Width.W, Swap.BE32));
            case SK_BUFF, DEVICE, SYSCTL, SOCKOPT -> throw new IllegalStateException("no port at " + hook);
        };
    }

    /** Reads 8 bytes of an address, in one load if the verifier accepts that. */
    private Value half(String name, int offset) {
        ContextField field = field(name);
        if (field.admitsRead(field.offset() + offset, Width.DW)) {
            return read(name, offset, Width.DW, Swap.BE64);
        }
        Value high = read(name, offset, Width.W, Swap.BE32);
        Value low = read(name, offset + 4, Width.W, Swap.BE32);
        return body.add(new NumberOp.Join(32), high, low);
    }

    private Value lowHalf(Value value) {
        return body.add(NumberOp.Alu.low(16), value);
    }

    private Value high(Value value, int by) {
        return body.add(NumberOp.Alu.shr(by), value);
    }

    private Value word(String field) {
        return body.add(whole(field));
    }

    private Op.Load whole(String field) {
        ContextField number = field(field);
        return Op.Load.context(number, 0, number.bytes() == Long.BYTES ? Width.DW : Width.W, Swap.NONE);
    }

    private Value read(String name, int offset, Width width, Swap swap) {
        ContextField field = field(name);
        return body.add(Op.Load.context(field, offset, width, swap));
    }

    private ContextField field(String name) {
        return hook.context().require(name);
    }
}
