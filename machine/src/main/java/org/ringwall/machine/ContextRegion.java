// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;

/**
 * The context as the program sees it. Each access must be one that the verifier of this kernel
 * accepts at this hook.
 */
final class ContextRegion implements Region {
    private final Memory memory;
    private final Hook hook;
    private final ContextRules rules;
    private final byte[] bytes;
    private final Map<Integer, Region> behind = new HashMap<>();
    private final Pointers pointers;
    private final Optional<ContextField> socket;
    private final Context before;
    private final SocketRegion sock;
    private final Optional<PacketRegion> packet;

    ContextRegion(Memory memory, Hook hook, Environment environment, Context context, Pointers pointers) {
        this.memory = memory;
        this.hook = hook;
        this.pointers = pointers;
        this.rules = ContextRules.of(hook, environment.kernel());
        this.socket = switch (hook.context()) {
            case SK_BUFF, SOCK_OPS, SOCK_ADDR, SOCKOPT -> hook.context().field("sk");
            default -> Optional.empty();
        };
        this.bytes = context.bytes();
        this.before = context;
        this.sock = new SocketRegion(memory, context.socket());
        this.packet = context.buffer().map(buffer -> new PacketRegion(memory, buffer.bytes()));
        context.buffer().ifPresent(buffer -> {
            PacketRegion region = packet.orElseThrow();
            behind.put(buffer.start().offset(), region);
            behind.put(buffer.end().offset(), region.end());
        });
    }

    @Override
    public String name() {
        return "ctx";
    }

    /** Returns the context after the program, with the bytes to which its pointers point. */
    Context after() {
        Context plain = before.with(bytes);
        return packet.map(region -> before.buffer()
                        .map(buffer -> plain.pointing(
                                buffer.start().name(), buffer.end().name(), region.bytes()))
                        .orElse(plain))
                .orElse(plain);
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
        if (socket.filter(field -> field.offset() == at).isPresent()) {
            return socket();
        }
        return Value.to(
                Optional.ofNullable(behind.get(at)).orElseGet(() -> new OpaqueRegion("ctx+" + at, Optional.empty())),
                0);
    }

    /**
     * Returns the value of a narrow load (`convert_ctx_accesses`). The kernel loads the field as
     * stored. If that has more bytes than requested, it is cut at `bpf_ctx_narrow_access_offset`,
     * as if it had the full size of the field.
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

    /**
     * Returns the value of `sk`: PTR_TO_SOCKET at hooks with an address or a socket option
     * (`sock_addr_is_valid_access`, `cg_sockopt_is_valid_access`), else PTR_TO_SOCK_COMMON_OR_NULL
     * and PTR_TO_SOCKET_OR_NULL, because a connection request is not a full socket.
     */
    private Value socket() {
        if (hook.context() == ContextStruct.SOCK_ADDR || hook.context() == ContextStruct.SOCKOPT) {
            return Value.to(sock, 0);
        }
        boolean none = hook == Hook.SOCK_OPS
                && hook.context()
                        .field("is_fullsock")
                        .filter(field -> memory.read(bytes, field.offset(), Width.W) == 0)
                        .isPresent();
        return none ? new Value.Scalar(0) : pointers.found(sock);
    }

    @Override
    public void store(long offset, Width width, Value value) {
        int at = position(offset, width);
        if (!rules.mayWrite(at, width)) {
            throw refused(offset, width);
        }
        memory.write(bytes, at, width, Region.number(value, name()));
    }

    /**
     * Returns true: a moved pointer may be passed to helpers that read kernel memory, but not be
     * dereferenced.
     */
    @Override
    public boolean movable() {
        return true;
    }

    private int position(long offset, Width width) {
        if (offset < 0 || offset > bytes.length - width.bytes()) {
            throw refused(offset, width);
        }
        return Math.toIntExact(offset);
    }

    /** Returns the trap of `check_ctx_access` in kernel/bpf/verifier.c. */
    private TrapException refused(long offset, Width width) {
        return new TrapException(
                "invalid bpf_context access off=%d size=%d at %s".formatted(offset, width.bytes(), hook.word()));
    }
}
