// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A printer of instructions in the notation of the kernel verifier's log, as print_bpf_insn in
 * kernel/bpf/disasm.c writes them. {@link InsnParser} parses it.
 *
 * <p>If the kernel's text omits a field, this adds it: a 64-bit immediate that is not a plain value
 * is shown as in bpftool (`map[fd:3][0]+8`, `subprog[+2]`, `btf[fd:0][id:7]`), and a kfunc call is
 * `call kfunc#id`, or `call kfunc[index]#id` if it uses fd_array.
 */
public final class InsnPrinter {
    private static final InsnPrinter PLAIN = new InsnPrinter(id -> Optional.empty());

    private final Text text;

    /**
     * Creates a printer of helper calls as `call name#id`, or as `call #id` if `helperNames` has no
     * name.
     */
    public InsnPrinter(IntFunction<Optional<String>> helperNames) {
        this.text = new Text(helperNames);
    }

    /** Returns a printer of helper calls as `call #id`. */
    public static InsnPrinter plain() {
        return PLAIN;
    }

    /** Returns one instruction, without its slot or opcode. */
    public String print(Insn insn) {
        return insn.accept(text);
    }

    /**
     * Returns one line for each instruction, `slot: (opcode) text`, each ended by a newline, as in
     * the verifier's log.
     */
    public String listing(List<Insn> insns) {
        StringBuilder lines = new StringBuilder();
        int slot = 0;
        for (Insn insn : insns) {
            lines.append("%d: (%02x) %s\n".formatted(slot, InsnCodec.opcode(insn), print(insn)));
            slot += insn.slots();
        }
        return lines.toString();
    }

    static String type(Width width, boolean signed) {
        return (signed ? "s" : "u") + width.bits();
    }

    private record Text(IntFunction<Optional<String>> helperNames) implements Insn.Visitor<String> {
        private static String reg(Width width, Reg reg) {
            return (width == Width.DW ? "r" : "w") + reg.number();
        }

        private static String operand(Width width, Operand operand) {
            return operand instanceof Operand.OfReg reg ? reg(width, reg.reg()) : operand.toString();
        }

        private static String place(Width width, boolean signed, Reg base, short off) {
            return "*(%s *)(%s %+d)".formatted(type(width, signed), base, off);
        }

        @Override
        public String alu(Insn.Alu insn) {
            Width width = insn.width();
            return reg(width, insn.dst()) + " " + insn.op().symbol() + " " + operand(width, insn.src());
        }

        @Override
        public String mov(Insn.Mov insn) {
            Width width = insn.width();
            String cast = insn.from() == width ? "" : "(" + type(insn.from(), true) + ")";
            return reg(width, insn.dst()) + " = " + cast + operand(width, insn.src());
        }

        @Override
        public String neg(Insn.Neg insn) {
            String reg = reg(insn.width(), insn.dst());
            return reg + " = -" + reg;
        }

        @Override
        public String swap(Insn.Swap insn) {
            return "%s = %s%d %s"
                    .formatted(insn.dst(), insn.op().symbol(), insn.width().bits(), insn.dst());
        }

        @Override
        public String load(Insn.Load insn) {
            return insn.dst() + " = " + place(insn.width(), insn.signed(), insn.src(), insn.off());
        }

        @Override
        public String store(Insn.Store insn) {
            return place(insn.width(), false, insn.dst(), insn.off()) + " = " + insn.src();
        }

        @Override
        public String atomic(Insn.Atomic insn) {
            if (!insn.fetch()) {
                String place = place(insn.width(), false, insn.dst(), insn.off());
                return "lock " + place + " " + insn.op().symbol() + " " + insn.src();
            }
            boolean compares = insn.op() == Insn.AtomicOp.CMPXCHG;
            return "%s = atomic%s_%s((%s *)(%s %+d), %s%s)"
                    .formatted(
                            compares ? Reg.R0 : insn.src(),
                            insn.width() == Width.DW ? "64" : "",
                            insn.op().fetchName(),
                            type(insn.width(), false),
                            insn.dst(),
                            insn.off(),
                            compares ? "r0, " : "",
                            insn.src());
        }

        @Override
        public String loadImm64(Insn.LoadImm64 insn) {
            int low = insn.low();
            String offset = "[0]+" + Integer.toUnsignedString(insn.high());
            String value = switch (insn.pseudo()) {
                case VALUE -> "0x" + Long.toHexString(insn.value());
                case MAP_FD -> "map[fd:" + low + "]";
                case MAP_VALUE -> "map[fd:" + low + "]" + offset;
                case BTF_ID -> "btf[fd:" + insn.high() + "][id:" + low + "]";
                case FUNC -> "subprog[%+d]".formatted(low);
                case MAP_IDX -> "map[idx:" + low + "]";
                case MAP_IDX_VALUE -> "map[idx:" + low + "]" + offset;
            };
            return insn.dst() + " = " + value;
        }

        @Override
        public String loadPacket(Insn.LoadPacket insn) {
            String index = insn.index().map(reg -> reg + " + ").orElse("");
            return "r0 = *(" + type(insn.width(), false) + " *)skb[" + index + insn.imm() + "]";
        }

        @Override
        public String jump(Insn.Jump insn) {
            Width width = insn.width();
            String right = insn.src() instanceof Operand.OfImm imm
                    ? "0x" + Integer.toHexString(imm.value())
                    : operand(width, insn.src());
            return "if %s %s %s goto pc%+d"
                    .formatted(reg(width, insn.dst()), insn.op().symbol(), right, insn.off());
        }

        @Override
        public String goTo(Insn.Goto insn) {
            return "goto pc%+d".formatted(insn.off());
        }

        @Override
        public String goToLong(Insn.GotoLong insn) {
            return "gotol pc%+d".formatted(insn.off());
        }

        @Override
        public String callHelper(Insn.CallHelper insn) {
            return "call " + helperNames.apply(insn.id()).orElse("") + "#" + insn.id();
        }

        @Override
        public String callLocal(Insn.CallLocal insn) {
            return "call pc%+d".formatted(insn.off());
        }

        @Override
        public String callKfunc(Insn.CallKfunc insn) {
            return "call kfunc" + (insn.off() == 0 ? "" : "[" + insn.off() + "]") + "#" + insn.btfId();
        }

        @Override
        public String exit(Insn.Exit insn) {
            return "exit";
        }
    }
}
