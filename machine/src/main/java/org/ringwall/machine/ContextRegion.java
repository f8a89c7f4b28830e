package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/** The context as the program sees it: each access is one that the verifier of this kernel accepts at this hook. */
final class ContextRegion implements Region {
    private final Memory memory;
    private final Hook hook;
    private final ContextRules rules;
    private final byte[] bytes;
    private final Map<Integer, Region> behind = new HashMap<>();

    ContextRegion(Memory memory, Hook hook, KernelVersion kernel, Context context) {
        this.memory = memory;
        this.hook = hook;
        this.rules = ContextRules.of(hook, kernel);
        this.bytes = context.bytes();
        context.buffer().ifPresent(buffer -> {
            PacketRegion packet = new PacketRegion(memory, buffer.bytes());
            behind.put(buffer.start().offset(), packet);
            behind.put(buffer.end().offset(), packet.end());
        });
    }

    @Override
    public String name() {
        return "ctx";
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public Value load(long offset, Width width) {
        int at = position(offset, width);
        if (!rules.mayRead(at, width)) {
            throw refused(offset, width);
        }
        if (!rules.isPointer(at, width)) {
            return new Value.Scalar(rules.cut(at, width)
                    .map(field -> cut(field, at, width))
                    .orElseGet(() -> memory.read(bytes, at, width)));
        }
        return Value.to(
                Optional.ofNullable(behind.get(at)).orElseGet(() -> new OpaqueRegion("ctx+" + at, Optional.empty())),
                0);
    }

    /**
     * `convert_ctx_accesses`: the field is loaded as the kernel keeps it, and cut down only if that has more bytes than are
     * asked for, at `bpf_ctx_narrow_access_offset` as if it had all that the field has.
     */
    private long cut(ContextField field, int at, Width width) {
        long whole = memory.read(bytes, field.offset(), Width.ofBytes(field.bytes()));
        if (width.bytes() >= field.kept()) {
            return whole;
        }
        int before = at - field.offset();
        int behind = field.bytes() - before - width.bytes();
        return whole >>> 8 * (memory.big() ? behind : before) & -1L >>> 64 - width.bits();
    }

    @Override
    public void store(long offset, Width width, Value value) {
        int at = position(offset, width);
        if (!rules.mayWrite(at, width)) {
            throw refused(offset, width);
        }
        if (!(value instanceof Value.Scalar scalar)) {
            throw new TrapException("leaks address of " + value + " into ctx");
        }
        memory.write(bytes, at, width, scalar.bits());
    }

    /** A moved pointer may be handed to helpers that read kernel memory, and not be followed. */
    @Override
    public boolean movable() {
        return true;
    }

    @Override
    public boolean plain() {
        return false;
    }

    private int position(long offset, Width width) {
        if (offset < 0 || offset > bytes.length - width.bytes()) {
            throw refused(offset, width);
        }
        return Math.toIntExact(offset);
    }

    /** `check_ctx_access` of kernel/bpf/verifier.c. */
    private TrapException refused(long offset, Width width) {
        return new TrapException(
                "invalid bpf_context access off=%d size=%d at %s".formatted(offset, width.bytes(), hook.word()));
    }
}
