// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A parser of the log notation that {@link InsnPrinter} writes. Immediates of moves are decimal,
 * because `r1 = 0x1` is the two-slot load; other immediates may also be hexadecimal.
 */
public final class InsnParser {
    private final TextCursor text;

    private InsnParser(TextCursor text) {
        this.text = text;
    }

    /** Parses one instruction. */
    public static Insn parse(String line) throws InsnSyntaxException {
        return new InsnParser(new TextCursor(1, line)).whole();
    }

    /**
     * Parses a program, one instruction a line. A line may begin with its slot and its opcode,
     * `7: (b7) r0 = 1`, which must then be correct. Blank lines and lines that begin with `;` are
     * ignored.
     */
    public static List<Insn> program(String text) throws InsnSyntaxException {
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            TextCursor cursor = new TextCursor(i + 1, lines[i]);
            if (!cursor.atEnd() && !cursor.sees(';')) {
                Insn insn = new InsnParser(cursor).listed(slot);
                insns.add(insn);
                slot += insn.slots();
            }
        }
        return List.copyOf(insns);
    }

    private Insn listed(int slot) throws InsnSyntaxException {
        int start = text.mark();
        if (text.seesNumber()) {
            long said = text.decimal(0, Integer.MAX_VALUE);
            if (said != slot) {
                throw text.errorAt(start, "this is slot " + slot);
            }
            text.expect(":");
        }
        int opcodeAt = text.mark();
        if (!text.accept("(")) {
            return whole();
        }
        String opcode = text.word();
        text.expect(")");
        Insn insn = whole();
        String right = "%02x".formatted(InsnCodec.opcode(insn));
        if (!opcode.equals(right)) {
            throw text.errorAt(opcodeAt + 1, "the opcode is `" + right + "`");
        }
        return insn;
    }

    private Insn whole() throws InsnSyntaxException {
        Insn insn = statement();
        text.expectEnd();
        return insn;
    }

    private Insn statement() throws InsnSyntaxException {
        if (text.accept("exit")) {
            return new Insn.Exit();
        }
        if (text.accept("goto")) {
            return new Insn.Goto((short) distance(Short.MIN_VALUE, Short.MAX_VALUE));
        }
        if (text.accept("gotol")) {
            return new Insn.GotoLong((int) distance(Integer.MIN_VALUE, Integer.MAX_VALUE));
        }
        if (text.accept("call")) {
            return call();
        }
        if (text.accept("if")) {
            return jump();
        }
        if (text.accept("lock")) {
            return lock();
        }
        if (text.sees('*')) {
            return store();
        }
        return assignment();
    }

    private long distance(long min, long max) throws InsnSyntaxException {
        int start = text.mark();
        // The word ends at the sign of the distance.
        if (!text.word().equals("pc")) {
            throw text.errorAt(start, "expected `pc`");
        }
        return text.decimal(min, max);
    }

    private Insn call() throws InsnSyntaxException {
        int start = text.mark();
        String name = text.word();
        if (name.equals("pc")) {
            return new Insn.CallLocal(number());
        }
        if (name.equals("kfunc")) {
            short index = 0;
            if (text.accept("[")) {
                index = (short) text.decimal(Short.MIN_VALUE, Short.MAX_VALUE);
                text.expect("]");
            }
            text.expect("#");
            return new Insn.CallKfunc(number(), index);
        }
        if (!text.accept("#")) {
            throw text.errorAt(start, "expected `pc`, or a function's name and its number after `#`");
        }
        return new Insn.CallHelper(number());
    }

    private Insn jump() throws InsnSyntaxException {
        Width width = registerWidth();
        Reg dst = register(width);
        int operatorAt = text.mark();
        String symbol = text.operator();
        for (Insn.JumpOp op : Insn.JumpOp.values()) {
            if (op.symbol().equals(symbol)) {
                Operand src = operand(width);
                text.expect("goto");
                short off = (short) distance(Short.MIN_VALUE, Short.MAX_VALUE);
                return new Insn.Jump(op, width, dst, src, off);
            }
        }
        throw text.errorAt(operatorAt, "expected a comparison");
    }

    private Insn lock() throws InsnSyntaxException {
        text.expect("*");
        Place place = place();
        int operatorAt = text.mark();
        String symbol = text.operator();
        for (Insn.AtomicOp op : Insn.AtomicOp.values()) {
            if (!op.exchanges() && op.symbol().equals(symbol)) {
                Reg src = register(Width.DW);
                return new Insn.Atomic(op, false, atomicWidth(place), place.base(), place.off(), src);
            }
        }
        throw text.errorAt(operatorAt, "expected `+=`, `|=`, `&=` or `^=`");
    }

    private Insn store() throws InsnSyntaxException {
        text.expect("*");
        Place place = place();
        text.expect("=");
        return new Insn.Store(place.width(), place.base(), place.off(), operand(Width.DW));
    }

    private Insn assignment() throws InsnSyntaxException {
        int start = text.mark();
        Width width = registerWidth();
        Reg dst = register(width);
        int operatorAt = text.mark();
        String symbol = text.operator();
        if (symbol.equals("=")) {
            return definition(width, dst, start);
        }
        for (Insn.AluOp op : Insn.AluOp.values()) {
            if (op.symbol().equals(symbol)) {
                return new Insn.Alu(op, width, writable(dst, start), operand(width));
            }
        }
        throw text.errorAt(operatorAt, "expected an assignment operator");
    }

    private Insn definition(Width width, Reg dst, int start) throws InsnSyntaxException {
        writable(dst, start);
        if (text.sees('(')) {
            return extendingMove(width, dst);
        }
        if (text.sees('-') && !text.seesNumber()) {
            text.expect("-");
            sameRegister(width, dst);
            return new Insn.Neg(width, dst);
        }
        if (text.seesHex() && width == Width.DW) {
            return new Insn.LoadImm64(Insn.Pseudo.VALUE, dst, text.hex(64));
        }
        if (text.seesNumber()) {
            return new Insn.Mov(width, width, dst, Operand.of(number()));
        }
        if (width == Width.W) {
            return new Insn.Mov(width, width, dst, Operand.of(register(width)));
        }
        if (text.accept("*")) {
            return load(dst, start);
        }
        int wordAt = text.mark();
        String word = text.word();
        Optional<Reg> reg = named('r', word);
        if (reg.isPresent()) {
            return new Insn.Mov(width, width, dst, Operand.of(reg.get()));
        }
        if (word.startsWith("atomic")) {
            return fetching(dst, word, wordAt);
        }
        Optional<Insn.Pseudo> pseudo = pseudo(word);
        return pseudo.isPresent() ? address(pseudo.get(), dst) : swap(dst, word, wordAt);
    }

    private Insn extendingMove(Width width, Reg dst) throws InsnSyntaxException {
        text.expect("(");
        int typeAt = text.mark();
        String type = text.word();
        for (Width from : Width.values()) {
            if (from.bytes() < width.bytes() && InsnPrinter.type(from, true).equals(type)) {
                text.expect(")");
                return new Insn.Mov(width, from, dst, Operand.of(register(width)));
            }
        }
        throw text.errorAt(typeAt, "expected a signed type narrower than " + width.bits() + " bits");
    }

    private Insn swap(Reg dst, String word, int wordAt) throws InsnSyntaxException {
        for (Insn.SwapOp op : Insn.SwapOp.values()) {
            for (Width width : List.of(Width.H, Width.W, Width.DW)) {
                if (word.equals(op.symbol() + width.bits())) {
                    sameRegister(Width.DW, dst);
                    return new Insn.Swap(op, width, dst);
                }
            }
        }
        throw text.errorAt(wordAt, "expected a value");
    }

    private Insn load(Reg dst, int start) throws InsnSyntaxException {
        text.expect("(");
        int typeAt = text.mark();
        Type type = type(true);
        text.expect("*");
        text.expect(")");
        if (!text.accept("skb")) {
            Place place = base(type.width());
            return new Insn.Load(type.width(), type.signed(), dst, place.base(), place.off());
        }
        if (type.signed() || type.width() == Width.DW) {
            throw text.errorAt(typeAt, "expected `u8`, `u16` or `u32`");
        }
        if (dst != Reg.R0) {
            throw text.errorAt(start, "a packet load writes r0");
        }
        text.expect("[");
        Optional<Reg> index = Optional.empty();
        if (text.sees('r')) {
            index = Optional.of(register(Width.DW));
            text.expect("+");
        }
        int imm = number();
        text.expect("]");
        return new Insn.LoadPacket(type.width(), index, imm);
    }

    private Insn fetching(Reg dst, String word, int wordAt) throws InsnSyntaxException {
        for (Insn.AtomicOp op : Insn.AtomicOp.values()) {
            for (Width width : List.of(Width.W, Width.DW)) {
                if (word.equals("atomic" + (width == Width.DW ? "64_" : "_") + op.fetchName())) {
                    return fetching(dst, op, width);
                }
            }
        }
        throw text.errorAt(wordAt, "no atomic operation `" + word + "`");
    }

    private Insn fetching(Reg dst, Insn.AtomicOp op, Width width) throws InsnSyntaxException {
        text.expect("(");
        int placeAt = text.mark();
        Place place = place();
        if (place.width() != width) {
            throw text.errorAt(placeAt, "expected `(" + InsnPrinter.type(width, false) + " *)`");
        }
        text.expect(",");
        boolean compares = op == Insn.AtomicOp.CMPXCHG;
        if (compares) {
            sameRegister(Width.DW, Reg.R0);
            text.expect(",");
        }
        int srcAt = text.mark();
        Reg src = register(Width.DW);
        if (dst != (compares ? Reg.R0 : src)) {
            throw text.errorAt(srcAt, "the old value comes back in " + (compares ? "r0" : "the operand"));
        }
        text.expect(")");
        return new Insn.Atomic(op, true, width, place.base(), place.off(), src);
    }

    private static Optional<Insn.Pseudo> pseudo(String word) {
        return switch (word) {
            case "map" -> Optional.of(Insn.Pseudo.MAP_FD);
            case "btf" -> Optional.of(Insn.Pseudo.BTF_ID);
            case "subprog" -> Optional.of(Insn.Pseudo.FUNC);
            default -> Optional.empty();
        };
    }

    private Insn address(Insn.Pseudo kind, Reg dst) throws InsnSyntaxException {
        text.expect("[");
        if (kind == Insn.Pseudo.FUNC) {
            int distance = number();
            text.expect("]");
            return new Insn.LoadImm64(kind, dst, distance & 0xffffffffL);
        }
        if (kind == Insn.Pseudo.BTF_ID) {
            text.expect("fd");
            int fd = closed();
            text.expect("[");
            text.expect("id");
            return new Insn.LoadImm64(kind, dst, join(closed(), fd));
        }
        boolean index = text.accept("idx");
        if (!index) {
            text.expect("fd");
        }
        int map = closed();
        if (!text.accept("[")) {
            return new Insn.LoadImm64(index ? Insn.Pseudo.MAP_IDX : kind, dst, join(map, 0));
        }
        text.expect("0");
        text.expect("]");
        text.expect("+");
        int off = (int) text.decimal(0, 0xffffffffL);
        return new Insn.LoadImm64(index ? Insn.Pseudo.MAP_IDX_VALUE : Insn.Pseudo.MAP_VALUE, dst, join(map, off));
    }

    private int closed() throws InsnSyntaxException {
        text.expect(":");
        int value = number();
        text.expect("]");
        return value;
    }

    private static long join(int low, int high) {
        return (long) high << 32 | low & 0xffffffffL;
    }

    private record Type(Width width, boolean signed) {}

    private record Place(Width width, Reg base, short off, int typeAt) {}

    private Type type(boolean orSigned) throws InsnSyntaxException {
        int start = text.mark();
        String word = text.word();
        for (Width width : Width.values()) {
            if (word.equals(InsnPrinter.type(width, false))) {
                return new Type(width, false);
            }
            if (orSigned && width != Width.DW && word.equals(InsnPrinter.type(width, true))) {
                return new Type(width, true);
            }
        }
        throw text.errorAt(start, "expected the type of a memory access, such as `u32`");
    }

    /** Parses `(type *)(base +off)`. */
    private Place place() throws InsnSyntaxException {
        text.expect("(");
        int typeAt = text.mark();
        Type type = type(false);
        text.expect("*");
        text.expect(")");
        Place place = base(type.width());
        return new Place(place.width(), place.base(), place.off(), typeAt);
    }

    private Place base(Width width) throws InsnSyntaxException {
        text.expect("(");
        int start = text.mark();
        Reg base = register(Width.DW);
        short off = (short) text.decimal(Short.MIN_VALUE, Short.MAX_VALUE);
        text.expect(")");
        return new Place(width, base, off, start);
    }

    private Width atomicWidth(Place place) throws InsnSyntaxException {
        if (place.width() != Width.W && place.width() != Width.DW) {
            throw text.errorAt(place.typeAt(), "expected `u32` or `u64`");
        }
        return place.width();
    }

    private Operand operand(Width width) throws InsnSyntaxException {
        if (text.seesHex()) {
            return Operand.of((int) text.hex(32));
        }
        return text.seesNumber() ? Operand.of(number()) : Operand.of(register(width));
    }

    private int number() throws InsnSyntaxException {
        return (int) text.decimal(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private Width registerWidth() throws InsnSyntaxException {
        if (text.sees('w')) {
            return Width.W;
        }
        if (text.sees('r')) {
            return Width.DW;
        }
        throw text.error("expected an instruction");
    }

    private Reg register(Width width) throws InsnSyntaxException {
        int start = text.mark();
        char letter = width == Width.W ? 'w' : 'r';
        Optional<Reg> reg = named(letter, text.word());
        if (reg.isEmpty()) {
            throw text.errorAt(start, "expected a register `" + letter + "0` to `" + letter + "10`");
        }
        return reg.get();
    }

    private static Optional<Reg> named(char letter, String word) {
        for (Reg reg : Reg.values()) {
            if (word.equals(letter + Integer.toString(reg.number()))) {
                return Optional.of(reg);
            }
        }
        return Optional.empty();
    }

    private void sameRegister(Width width, Reg reg) throws InsnSyntaxException {
        int start = text.mark();
        if (register(width) != reg) {
            throw text.errorAt(start, "expected the register " + reg.number() + " again");
        }
    }

    private Reg writable(Reg reg, int start) throws InsnSyntaxException {
        if (reg == Reg.R10) {
            throw text.errorAt(start, "r10 is read-only");
        }
        return reg;
    }
}
