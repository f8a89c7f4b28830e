// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSpec;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/**
 * The writes of each effect at a hook: whole fields, in widths that the verifier accepts. Constants
 * pass through registers, because `*(u32 *)(ctx + off) = imm` needs 6.4 (check_mem_access of BPF_ST
 * in kernel/bpf/verifier.c).
 */
final class FieldWrites implements Effect.Visitor<List<Terminator.Write>> {
    /** The offset of the IPv4 address in an IPv4-mapped one. */
    private static final int MAPPED_AT = 12;

    private final Hook hook;
    private final Emission.Body body;

    FieldWrites(Hook hook, Emission.Body body) {
        this.hook = hook;
        this.body = body;
    }

    @Override
    public List<Terminator.Write> assign(Effect.Assign effect) {
        return switch (effect.field()) {
            case REMOTE_IP -> address("user_ip4", "user_ip6", effect.operand());
            case LOCAL_IP ->
                hook.hasSource()
                        ? address("msg_src_ip4", "msg_src_ip6", effect.operand())
                        : address("user_ip4", "user_ip6", effect.operand());
            case REMOTE_PORT, LOCAL_PORT -> List.of(word("user_port", effect.operand()));
            case OPTVAL -> List.of(new Terminator.WriteOptval(right(effect.operand())));
            case OPTLEN -> List.of(new Terminator.WriteOptlen(right(effect.operand())));
            case RETVAL -> List.of(new Terminator.WriteSuccess());
            case PATH -> List.of(path(effect.operand()));
            case NEW_VALUE -> List.of(new Terminator.WriteSysctl(((Effect.Operand.OfText) effect.operand()).text()));
            default -> List.of(word(number(effect.field()).name(), effect.operand()));
        };
    }

    private FieldSpec.ContextNumber number(Field field) {
        return field.spec()
                .number(hook)
                .filter(FieldSpec.ContextNumber::assignable)
                .orElseThrow(() -> new IllegalStateException(
                        "`" + field.text() + "` is assigned at " + hook + ": let through by the checks"));
    }

    @Override
    public List<Terminator.Write> reply(Effect.Reply effect) {
        return List.of(word("reply", effect.operand()));
    }

    @Override
    public List<Terminator.Write> setOption(Effect.SetOption effect) {
        if (effect.operand() instanceof Effect.Operand.OfText text) {
            return List.of(new Terminator.WriteOptionName(effect.option(), text.text()));
        }
        return List.of(new Terminator.WriteOption(effect.option(), right(effect.operand())));
    }

    @Override
    public List<Terminator.Write> redirect(Effect.Redirect effect) {
        throw new IllegalStateException("no code leads anywhere yet");
    }

    @Override
    public List<Terminator.Write> log(Effect.Log effect) {
        throw new IllegalStateException("a record is not a write");
    }

    @Override
    public List<Terminator.Write> answer(Effect.Answer effect) {
        throw new IllegalStateException("no rule answers");
    }

    /**
     * Writes only the last 32 bits of an IPv4-mapped address, as the bits before them do not
     * change.
     */
    @Override
    public List<Terminator.Write> judgedAs(Effect.JudgedAs effect) {
        boolean v4 = hook.is(AddressFamily.INET);
        Terminator.Right bits =
                new Terminator.Right.OfNumber(effect.address().bits().low());
        return List.of(new Terminator.WriteContext(
                field(v4 ? "user_ip4" : "user_ip6"), v4 ? 0 : MAPPED_AT, Width.W, Swap.BE32, bits));
    }

    @Override
    public List<Terminator.Write> count(Effect.Count effect) {
        throw new IllegalStateException("a record is not a write");
    }

    /**
     * Writes an abstract name after a NUL, and a path with the terminating NUL that the kernel's
     * own addresses have (`unix_mkname_bsd` in net/unix/af_unix.c), unless the path fills all of
     * `sun_path`.
     */
    private static Terminator.Write path(Effect.Operand operand) {
        ByteString text = ((Effect.Operand.OfText) operand).text();
        byte[] bytes = text.toArray();
        if (bytes[0] == '@') {
            bytes[0] = 0;
            return new Terminator.WritePath(ByteString.of(bytes));
        }
        return new Terminator.WritePath(
                ByteString.of(bytes, Math.min(bytes.length + 1, Terminator.WritePath.MOST_BYTES)));
    }

    private ContextField field(String name) {
        return hook.context().require(name);
    }

    private Terminator.WriteContext word(String name, Effect.Operand operand) {
        ContextField field = field(name);
        boolean port = field.order() == ByteOrderKind.NETWORK_16_IN_32;
        if (operand instanceof Effect.Operand.OfNumber number) {
            return new Terminator.WriteContext(
                    field, 0, Width.W, port ? Swap.BE16 : Swap.NONE, new Terminator.Right.OfNumber(number.value()));
        }
        Value value = param(operand);
        Value written = port ? body.add(new NumberOp.NetworkOrder(16), value) : value;
        return new Terminator.WriteContext(field, 0, Width.W, Swap.NONE, new Terminator.Right.OfValue(written));
    }

    private Terminator.Right right(Effect.Operand operand) {
        return operand instanceof Effect.Operand.OfNumber number
                ? new Terminator.Right.OfNumber(number.value())
                : new Terminator.Right.OfValue(param(operand));
    }

    private Value param(Effect.Operand operand) {
        String name = ((Effect.Operand.OfParam) operand).param().name();
        Value address = body.add(new Op.AddressOf(Symbols.param(name)));
        return body.add(Op.Load.global(0, Width.DW), address);
    }

    private List<Terminator.Write> address(String v4, String v6, Effect.Operand operand) {
        if (hook.context() != ContextStruct.SOCK_ADDR || !(operand instanceof Effect.Operand.OfAddress of)) {
            throw new IllegalStateException("no address is written at " + hook);
        }
        if (hook.is(AddressFamily.INET)) {
            if (!of.address().isV4()) {
                throw new IllegalStateException(of + " at " + hook + " was let through by the checks");
            }
            int bits = (int) of.address().bits().low();
            return pieces(field(v4), ByteBuffer.allocate(4).putInt(bits));
        }
        U128 bits = of.address().bits();
        U128 raw = of.address().isV4() ? new U128(0, AddressSet.MAPPED_LOW.low() | bits.low()) : bits;
        return pieces(field(v6), ByteBuffer.allocate(16).putLong(raw.high()).putLong(raw.low()));
    }

    /**
     * Returns writes of all bytes, 8 at a time where the kernel allows it (bpf_ctx_wide_access_ok).
     */
    private List<Terminator.Write> pieces(ContextField field, ByteBuffer bytes) {
        List<Terminator.Write> writes = new ArrayList<>();
        for (int offset = 0; offset < bytes.capacity(); ) {
            boolean wide = field.admitsWrite(field.offset() + offset, Width.DW);
            Width width = wide ? Width.DW : Width.W;
            long value = wide ? bytes.getLong(offset) : Integer.toUnsignedLong(bytes.getInt(offset));
            Swap swap = wide ? Swap.BE64 : Swap.BE32;
            writes.add(new Terminator.WriteContext(field, offset, width, swap, new Terminator.Right.OfNumber(value)));
            offset += width.bytes();
        }
        return writes;
    }
}
