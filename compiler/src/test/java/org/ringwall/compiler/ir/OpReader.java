// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.tables.DataTable;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.RuleRows;
import org.ringwall.compiler.tables.StringHash;
import org.ringwall.compiler.tables.StringTable;

/** A parser for {@link Instruction#text}, which refers to tables and state by name only. */
final class OpReader {
    private static final Pattern OPERAND = Pattern.compile("v(\\d+)");
    private static final Pattern LOAD = Pattern.compile(
            "(?:be(16|32|64) )?u(8|16|32|64) (ctx\\.|string|packet|stamp\\.|frame|\\[)(\\S+?)(?: within (\\d+))?");

    private final Hook hook;
    private final List<? extends DataTable> tables;
    private final State state;
    private final Map<Pattern, Function<MatchResult, Op>> forms = new LinkedHashMap<>();

    OpReader(Hook hook, List<? extends DataTable> tables, State state) {
        this.hook = hook;
        this.tables = tables;
        this.state = state;
        form("v\\d+ & v\\d+", of -> NumberOp.Alu.and());
        form("v\\d+ (&|-|<<|>>) (0x)?([0-9a-f]+)", OpReader::alu);
        form("look up v\\d+ in (\\S+)", of -> new NumberOp.LookUp(table(LookupTable.class, of.group(1))));
        form("row v\\d+ of (\\S+)", of -> new NumberOp.RowOf(table(RuleRows.class, of.group(1))));
        form("lowest v\\d+", of -> new NumberOp.Lowest());
        form(
                "v\\d+ (in|off) \\{ (.+) \\}",
                of -> new NumberOp.Product(numbers(of.group(2)), of.group(1).equals("in")));
        form("v\\d+ in \\[ (.+) \\]", of -> new NumberOp.InRanges(ranges(of.group(1))));
        form("bit v\\d+ of 0x([0-9a-f]+)", of -> new NumberOp.BitOf(IrReader.hex(of.group(1))));
        form("wire v\\d+ of type v\\d+", of -> new NumberOp.WireProtocol());
        form("be(16|32) v\\d+", of -> new NumberOp.NetworkOrder(number(of, 1)));
        form("join(\\d+)? v\\d+ v\\d+", of -> new NumberOp.Join(of.group(1) == null ? 32 : number(of, 1)));
        form("&(\\w+)", of -> new Op.AddressOf(of.group(1)));
        form("0x([0-9a-f]+)", of -> new Op.Constant(IrReader.hex(of.group(1))));
        form("option (\\d+)", of -> new Op.ReadOption(IrReader.width(of.group(1))));
        form(
                "string ([a-z_]+) (\\d+) cleared (\\d+)",
                of -> new StringOp.CallString(
                        StringSource.valueOf(of.group(1).toUpperCase(Locale.ROOT)), number(of, 2), number(of, 3)));
        form(
                "walk v\\d+ string\\[(\\d+)\\]\\+(\\d+) by (\\S+) row 0x([0-9a-f]+)",
                of -> new StringOp.WalkString(
                        table(StringTable.class, of.group(3)),
                        (int) IrReader.hex(of.group(4)),
                        number(of, 1),
                        number(of, 2)));
        form(
                "find string\\[(\\d+)] in (\\S+)",
                of -> new StringOp.FindString(table(StringHash.class, of.group(2)), number(of, 1)));
        form(
                "end (?:v\\d+ )?string\\[(\\d+)\\]\\+(\\d+) before (\\d+)",
                of -> new StringOp.FindEnd(number(of, 1), number(of, 2), number(of, 3)));
        form(
                "byte 0x([0-9a-f]+) string\\[(\\d+)\\]\\+(\\d+)",
                of -> new StringOp.FindByte((int) IrReader.hex(of.group(1)), number(of, 2), number(of, 3)));
        form("end place v\\d+ string\\[(\\d+)\\]", of -> new StringOp.EndPlace(number(of, 1)));
        form(
                "le(8|16|24|32|64) string\\[(\\d+)\\] v\\d+ v\\d+ back (\\d+)",
                of -> new StringOp.ReadEnd(number(of, 2), number(of, 3), number(of, 1) / Byte.SIZE));
    }

    private void form(String pattern, Function<MatchResult, Op> op) {
        forms.put(Pattern.compile(pattern), op);
    }

    /** Parses an instruction; empty for any other text. */
    Optional<Instruction> read(Value result, String text) {
        List<Value> operands = OPERAND.matcher(text)
                .results()
                .map(operand -> IrReader.value(operand.group(1)))
                .toList();
        return op(text).map(op -> new Instruction(result, op, operands));
    }

    private Optional<? extends Op> op(String text) {
        return IrReader.match(LOAD, text)
                .<Op>map(this::load)
                .or(() -> Identity.parse(text).map(Op.CallIdentity::new))
                .or(() -> Arrays.stream(Intrinsic.values())
                        .filter(intrinsic -> intrinsic.word().equals(text))
                        .findFirst())
                .or(() -> forms.entrySet().stream()
                        .flatMap(form ->
                                IrReader.match(form.getKey(), text).stream().map(form.getValue()))
                        .findFirst())
                .or(() -> new StateOpReader(state).read(text.replaceAll(" of v\\d+.*", "")));
    }

    private Op load(MatchResult of) {
        Swap swap = of.group(1) == null ? Swap.NONE : Swap.valueOf("BE" + of.group(1));
        Width width = IrReader.width(of.group(2));
        Op.Load load = new Op.Load(space(of), at(of), width, swap, swap == Swap.NONE ? width.bits() : swap.bits());
        return of.group(5) == null ? load : load.within(number(of, 5));
    }

    private Op.Space space(MatchResult of) {
        return switch (of.group(3)) {
            case "ctx." ->
                new Op.Space.Context(hook.context().field(name(of)).orElseThrow(() -> IrReader.bad(of.group())));
            case "string" -> Op.Space.Memory.STRING;
            case "packet" -> Op.Space.Memory.PACKET;
            case "stamp." -> Op.Space.Memory.STAMP;
            case "frame" -> Op.Space.Memory.FRAME;
            default -> Op.Space.Memory.GLOBAL;
        };
    }

    private static int at(MatchResult of) {
        String digits = of.group(4).replaceAll("^[^+-]*", "").replace("+", "").replace("]", "");
        int offset = digits.isEmpty() ? 0 : IrReader.number(digits);
        return of.group(3).equals("stamp.") ? Stamp.part(name(of)).offset() + offset : offset;
    }

    private static String name(MatchResult of) {
        return of.group(4).replaceAll("\\+.*", "");
    }

    private static Op alu(MatchResult of) {
        NumberOp.Operator op = Arrays.stream(NumberOp.Operator.values())
                .filter(each -> each.symbol().equals(of.group(1)))
                .findFirst()
                .orElseThrow();
        long number = of.group(2) == null ? number(of, 3) : IrReader.hex(of.group(3));
        return new NumberOp.Alu(op, OptionalLong.of(number));
    }

    private <T extends DataTable> T table(Class<T> kind, String symbol) {
        return tables.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .filter(table -> table.symbol().equals(symbol))
                .findFirst()
                .orElseThrow(() -> IrReader.bad(symbol));
    }

    private static int number(MatchResult of, int group) {
        return IrReader.number(of.group(group));
    }

    private static List<Long> numbers(String list) {
        return Arrays.stream(list.split(", ", -1))
                .map(point -> IrReader.hex(point.substring(2)))
                .toList();
    }

    private static List<Range> ranges(String list) {
        return Arrays.stream(list.split(", ", -1))
                .map(range -> range.split("\\.\\.", -1))
                .map(ends -> {
                    long low = IrReader.hex(ends[0].substring(2));
                    return new Range(low, IrReader.hex(ends[1].substring(2)) - low + 1);
                })
                .toList();
    }
}
