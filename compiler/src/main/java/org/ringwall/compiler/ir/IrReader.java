// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.tables.DataTable;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.RuleRows;
import org.ringwall.compiler.tables.StringHash;
import org.ringwall.compiler.tables.StringTable;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.Comparison;

/**
 * A parser for the output of {@link IrPrinter}. Lines and columns refer to the policy text. Text
 * that is not a printed routine is an {@link IllegalArgumentException} that quotes the line.
 * {@link IrChecker} checks whether the routine is valid.
 */
public final class IrReader {
    private static final Pattern HEAD = Pattern.compile("b(\\d+): ; line (\\d+) column (\\d+)");
    private static final Pattern MADE = Pattern.compile("v(\\d+) = (.+)");
    private static final Pattern CONTEXT =
            Pattern.compile("(?:be(16|32|64) )?u(8|16|32|64) ctx\\.(\\w+?)(?:\\+(\\d+))?");
    private static final Pattern PACKET = Pattern.compile("(?:be(16|32|64) )?u(8|16|32|64) packet(-\\d+)");
    private static final Pattern GLOBAL = Pattern.compile("u(8|16|32|64) \\[v(\\d+)\\+(\\d+)\\]");
    private static final Pattern SHIFT = Pattern.compile("v(\\d+) (<<|>>) (\\d+)");
    private static final Pattern STRING = Pattern.compile(
            "string (sysctl_name|sysctl_value|sysctl_new_value|comm|stamped_comm|unix_path) (\\d+) cleared (\\d+)");
    private static final Pattern WORD = Pattern.compile("be(8|16|32|64) string\\[(\\d+)\\]\\+(\\d+)");
    private static final Pattern NAME_WORD = Pattern.compile("be(8|16|32|64) stamp\\.comm\\+(\\d+)");
    private static final Pattern FIND = Pattern.compile("find string\\[(\\d+)] in (\\S+)");
    private static final Pattern WALK =
            Pattern.compile("walk v(\\d+) string\\[(\\d+)\\]\\+(\\d+) by (strings_[0-9a-f]+) row 0x([0-9a-f]+)");
    private static final Pattern END = Pattern.compile("end (?:v(\\d+) )?string\\[(\\d+)\\]\\+(\\d+) before (\\d+)");
    private static final Pattern BYTE = Pattern.compile("byte 0x([0-9a-f]+) string\\[(\\d+)\\]\\+(\\d+)");
    private static final Pattern END_PART = Pattern.compile("end (place|shift) v(\\d+)");
    private static final Pattern LAST =
            Pattern.compile("le(8|16|24|32|64) string\\[(\\d+)\\] v(\\d+) v(\\d+) back (\\d+)");
    private static final Pattern LOOK_UP = Pattern.compile("look up v(\\d+) in ([a-z]+_[0-9a-f]+)");
    private static final Pattern ROW_OF = Pattern.compile("row v(\\d+) of (rules_[0-9a-f]+)");
    private static final Pattern BOTH = Pattern.compile("v(\\d+) & v(\\d+)");
    private static final Pattern LOWEST = Pattern.compile("lowest v(\\d+)");
    private static final Pattern ONE_OF = Pattern.compile("v(\\d+) (in|off) \\{ (0x[0-9a-f]+(?:, 0x[0-9a-f]+)*+) \\}");
    private static final Pattern IN_RANGES =
            Pattern.compile("v(\\d+) in \\[ (0x[0-9a-f]+\\.\\.0x[0-9a-f]+(?:, 0x[0-9a-f]+\\.\\.0x[0-9a-f]+)*+) \\]");
    private static final Pattern BIT_OF = Pattern.compile("bit v(\\d+) of 0x([0-9a-f]+)");
    private static final Pattern LESS = Pattern.compile("v(\\d+) - 0x([0-9a-f]+)");
    private static final Pattern MASKED = Pattern.compile("v(\\d+) & 0x([0-9a-f]+)");
    private static final Pattern WIRE = Pattern.compile("wire v(\\d+) of type v(\\d+)");
    private static final Pattern LOW = Pattern.compile("low(\\d+) v(\\d+)");
    private static final Pattern BRANCH =
            Pattern.compile("if(32|64) v(\\d+) (\\S+) (?:v(\\d+)|0x([0-9a-f]+)) then b(\\d+) else b(\\d+)");
    private static final Pattern SWITCH = Pattern.compile("switch v(\\d+) (.+)");
    private static final Pattern CASE = Pattern.compile("\\.\\.0x([0-9a-f]+) b(\\d+)");
    private static final Pattern ORDER = Pattern.compile("be(16|32) v(\\d+)");
    private static final Pattern JOIN = Pattern.compile("join(\\d+)? v(\\d+) v(\\d+)");
    private static final Pattern RETURN = Pattern.compile(
            "return (allow|deny)(?: (E\\w+))?(?: (unprivileged|congested))?(?: (succeed.*|(?:u\\d+|path|sysctl|option|optval|optlen|fail) .+))?");
    private static final Pattern STATE = Pattern.compile("state (.+?)(?: of (v\\d+(?:, v\\d+)*+))?");
    private static final Pattern GOTO = Pattern.compile("goto b(\\d+)");
    private static final Pattern OPEN =
            Pattern.compile("packet (header|protocol|transport|flags)( fragments)?( filled)?"
                    + "(?:, v4 b(\\d+))?(?:, v6 b(\\d+))?(?:, other b(\\d+))?(?:, none b(\\d+))?");
    private static final Pattern DECIDE = Pattern.compile("allow if v(\\d+) == ([01])");
    private static final Pattern WRITE =
            Pattern.compile("u(8|16|32|64) ctx\\.(\\w+?)(?:\\+(\\d+))? = (?:v(\\d+)|(?:be(16|32|64) )?0x([0-9a-f]+))");

    private static final Pattern OPTION =
            Pattern.compile("option (\\w+) = (?:v(\\d+)|0x([0-9a-f]+)|hex ((?:[0-9a-f]{2})++))");
    private static final Pattern OPTVAL = Pattern.compile("opt(val|len) = (?:v(\\d+)|0x([0-9a-f]+))");
    private static final Pattern RESULT = Pattern.compile("succeed|fail (E\\w+)");
    private static final Pattern PATH = Pattern.compile("(path|sysctl) = ((?:[0-9a-f]{2})++)");

    private final SourceFile source;
    private final Hook hook;
    private final List<? extends DataTable> tables;
    private final State state;
    private final List<BasicBlock> blocks = new ArrayList<>();

    private IrReader(SourceFile source, Hook hook, List<? extends DataTable> tables, State state) {
        this.state = state;
        this.source = source;
        this.hook = hook;
        this.tables = tables;
    }

    /** Parses a routine that uses no tables. */
    public static Routine read(String text, SourceFile source) {
        return read(text, source, List.of());
    }

    /** Parses a routine, whose text refers to tables by name only. */
    public static Routine read(String text, SourceFile source, List<? extends DataTable> tables) {
        return read(text, source, tables, State.NONE);
    }

    /** Parses a routine, whose text refers to tables and to the policy's state by name only. */
    public static Routine read(String text, SourceFile source, List<? extends DataTable> tables, State state) {
        List<String> lines = text.lines().toList();
        String first = lines.isEmpty() ? "" : lines.get(0);
        Optional<Hook> hook =
                first.startsWith("routine ") ? Hook.ofWord(first.substring("routine ".length())) : Optional.empty();
        IrReader reader = new IrReader(source, hook.orElseThrow(() -> bad(first)), tables, state);
        reader.blocks(lines.subList(1, lines.size()));
        return new Routine(reader.hook, reader.blocks);
    }

    private void blocks(List<String> lines) {
        int at = 0;
        while (at < lines.size()) {
            String line = lines.get(at++);
            Matcher head = match(HEAD, line).orElseThrow(() -> bad(line));
            List<Instruction> instructions = new ArrayList<>();
            while (at < lines.size() && match(MADE, lines.get(at).strip()).isPresent()) {
                instructions.add(instruction(lines.get(at).strip()));
                at++;
            }
            if (at == lines.size()) {
                throw new IllegalArgumentException("the last block has no end");
            }
            BlockId id = new BlockId(Integer.parseInt(head.group(1)));
            blocks.add(new BasicBlock(
                    id, span(head), instructions, end(lines.get(at).strip())));
            at++;
        }
    }

    private Span span(Matcher head) {
        int start = source.lineStart(Integer.parseInt(head.group(2)));
        int offset = source.text().offsetByCodePoints(start, Integer.parseInt(head.group(3)) - 1);
        return source.span(offset, offset);
    }

    private Instruction instruction(String line) {
        Matcher made = match(MADE, line).orElseThrow(() -> bad(line));
        Value result = value(made.group(1));
        String text = made.group(2);
        return simple(result, text)
                .or(() -> string(result, text))
                .or(() -> match(STATE, text).map(call -> state(result, call)))
                .or(() -> match(CONTEXT, text).map(read -> context(result, read)))
                .or(() -> match(PACKET, text).map(read -> packet(result, read)))
                .or(() -> match(GLOBAL, text)
                        .map(read -> new Instruction.ReadGlobal(
                                result, value(read.group(2)), number(read.group(3)), width(read.group(1)))))
                .or(() -> match(SHIFT, text)
                        .map(shift -> new Instruction.Shift(
                                result, direction(shift.group(2)), value(shift.group(1)), number(shift.group(3)))))
                .or(() -> match(LOOK_UP, text)
                        .map(look -> new Instruction.LookUp(
                                result, value(look.group(1)), table(LookupTable.class, look.group(2)))))
                .or(() -> rules(result, text))
                .or(() -> match(ONE_OF, text)
                        .map(one -> one.group(2).equals("in")
                                ? new Instruction.OneOf(result, value(one.group(1)), points(one.group(3)))
                                : new Instruction.Differences(result, value(one.group(1)), points(one.group(3)))))
                .or(() -> match(IN_RANGES, text)
                        .map(in -> new Instruction.InRanges(result, value(in.group(1)), ranges(in.group(2)))))
                .or(() -> match(BIT_OF, text)
                        .map(bit -> new Instruction.BitOf(result, hex(bit.group(2)), value(bit.group(1)))))
                .or(() -> match(LESS, text)
                        .map(less -> new Instruction.Less(result, value(less.group(1)), hex(less.group(2)))))
                .or(() -> match(MASKED, text)
                        .map(masked -> new Instruction.Masked(result, value(masked.group(1)), hex(masked.group(2)))))
                .or(() -> match(WIRE, text)
                        .map(wire -> new Instruction.WireProtocol(result, value(wire.group(1)), value(wire.group(2)))))
                .or(() -> match(LOW, text)
                        .map(low -> new Instruction.LowBits(result, value(low.group(2)), number(low.group(1)))))
                .or(() -> match(ORDER, text)
                        .map(order ->
                                new Instruction.NetworkOrder(result, value(order.group(2)), number(order.group(1)))))
                .or(() -> match(JOIN, text)
                        .map(join -> new Instruction.Join(
                                result,
                                value(join.group(2)),
                                value(join.group(3)),
                                join.group(1) == null ? 32 : number(join.group(1)))))
                .orElseThrow(() -> bad(line));
    }

    private Optional<Instruction> rules(Value result, String text) {
        return match(ROW_OF, text)
                .<Instruction>map(
                        row -> new Instruction.RowOf(result, value(row.group(1)), table(RuleRows.class, row.group(2))))
                .or(() -> match(BOTH, text)
                        .map(both -> new Instruction.Both(result, value(both.group(1)), value(both.group(2)))))
                .or(() -> match(LOWEST, text).map(lowest -> new Instruction.Lowest(result, value(lowest.group(1)))));
    }

    private static Optional<Instruction> simple(Value result, String text) {
        Optional<Identity> identity = Identity.parse(text);
        if (identity.isPresent()) {
            return Optional.of(new Instruction.CallIdentity(result, identity.get()));
        } else if (text.equals("leave_to_kernel")) {
            return Optional.of(new Instruction.LeaveToKernel(result));
        } else if (text.startsWith("option ")) {
            return Optional.of(new Instruction.ReadOption(result, width(text.substring("option ".length()))));
        } else if (text.equals("find_route")) {
            return Optional.of(new Instruction.FindRoute(result));
        } else if (text.equals("stamp_socket")) {
            return Optional.of(new Instruction.StampSocket(result));
        } else if (text.startsWith("stamp.")) {
            return Optional.of(new Instruction.ReadStamp(result, Stamp.part(text.substring("stamp.".length()))));
        } else if (text.equals("load_stamp")) {
            return Optional.of(new Instruction.LoadStamp(result));
        } else if (text.equals("found_stamp")) {
            return Optional.of(new Instruction.FoundStamp(result));
        } else if (text.startsWith("&")) {
            return Optional.of(new Instruction.AddressOf(result, text.substring(1)));
        } else if (text.startsWith("0x")) {
            return Optional.of(new Instruction.Constant(result, hex(text.substring(2))));
        }
        return Optional.empty();
    }

    private Optional<Instruction> string(Value result, String text) {
        return match(STRING, text)
                .<Instruction>map(call -> new Instruction.CallString(
                        result,
                        StringSource.valueOf(call.group(1).toUpperCase(Locale.ROOT)),
                        number(call.group(2)),
                        number(call.group(3))))
                .or(() -> match(WORD, text)
                        .map(read -> new Instruction.ReadString(
                                result,
                                number(read.group(2)),
                                number(read.group(3)),
                                Width.ofBytes(number(read.group(1)) / Byte.SIZE))))
                .or(() -> match(NAME_WORD, text)
                        .map(read -> new Instruction.ReadStampedName(
                                result, number(read.group(2)), Width.ofBytes(number(read.group(1)) / Byte.SIZE))))
                .or(() -> match(WALK, text)
                        .map(walk -> new Instruction.WalkString(
                                result,
                                value(walk.group(1)),
                                table(StringTable.class, walk.group(4)),
                                Integer.parseInt(walk.group(5), 16),
                                number(walk.group(2)),
                                number(walk.group(3)))))
                .or(() -> match(FIND, text)
                        .map(find -> new Instruction.FindString(
                                result, table(StringHash.class, find.group(2)), number(find.group(1)))))
                .or(() -> end(result, text));
    }

    private Optional<Instruction> end(Value result, String text) {
        return match(END, text)
                .<Instruction>map(end -> new Instruction.FindEnd(
                        result,
                        Optional.ofNullable(end.group(1)).map(IrReader::value),
                        number(end.group(2)),
                        number(end.group(3)),
                        number(end.group(4))))
                .or(() -> match(BYTE, text)
                        .map(find -> new Instruction.FindByte(
                                result,
                                Integer.parseInt(find.group(1), 16),
                                number(find.group(2)),
                                number(find.group(3)))))
                .or(() -> match(END_PART, text)
                        .map(part -> part.group(1).equals("place")
                                ? new Instruction.EndPlace(result, value(part.group(2)))
                                : new Instruction.EndShift(result, value(part.group(2)))))
                .or(() -> match(LAST, text)
                        .map(read -> new Instruction.ReadEnd(
                                result,
                                value(read.group(3)),
                                value(read.group(4)),
                                number(read.group(2)),
                                number(read.group(5)),
                                number(read.group(1)) / Byte.SIZE)));
    }

    private <T extends DataTable> T table(Class<T> kind, String symbol) {
        return tables.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .filter(table -> table.symbol().equals(symbol))
                .findFirst()
                .orElseThrow(() -> bad(symbol));
    }

    private Instruction context(Value result, Matcher read) {
        ContextField field = hook.context().field(read.group(3)).orElseThrow(() -> bad(read.group()));
        Swap swap = read.group(1) == null ? Swap.NONE : Swap.valueOf("BE" + read.group(1));
        int offset = read.group(4) == null ? 0 : number(read.group(4));
        return new Instruction.ReadContext(result, field, offset, width(read.group(2)), swap);
    }

    private Instruction state(Value result, Matcher call) {
        List<Value> operands = call.group(2) == null
                ? List.of()
                : Arrays.stream(call.group(2).split(", ", -1))
                        .map(operand -> value(operand.substring(1)))
                        .toList();
        return new Instruction.CallState(
                result, new StateOpReader(state).read(call.group(1)).orElseThrow(() -> bad(call.group())), operands);
    }

    private static Instruction packet(Value result, Matcher read) {
        Swap swap = read.group(1) == null ? Swap.NONE : Swap.valueOf("BE" + read.group(1));
        return new Instruction.ReadPacket(result, number(read.group(3)), width(read.group(2)), swap);
    }

    private Terminator end(String line) {
        Optional<Terminator> branch = match(BRANCH, line).map(IrReader::branch);
        Optional<Terminator> choice = match(SWITCH, line).map(IrReader::choice);
        Optional<Terminator> end = match(RETURN, line).map(this::verdict);
        Optional<Terminator> decision =
                match(DECIDE, line).map(parts -> new Terminator.Decide(value(parts.group(1)), number(parts.group(2))));
        Optional<Terminator> on = match(GOTO, line).map(parts -> new Terminator.Goto(block(parts.group(1))));
        return branch.or(() -> choice)
                .or(() -> end)
                .or(() -> on)
                .or(() -> match(OPEN, line).map(IrReader::open))
                .or(() -> decision)
                .orElseThrow(() -> bad(line));
    }

    private static Terminator branch(Matcher parts) {
        Comparison op = Arrays.stream(Comparison.values())
                .filter(comparison -> comparison.text().equals(parts.group(3)))
                .findFirst()
                .orElseThrow(() -> bad(parts.group()));
        Terminator.Right right = parts.group(4) != null
                ? new Terminator.Right.OfValue(value(parts.group(4)))
                : new Terminator.Right.OfNumber(hex(parts.group(5)));
        return new Terminator.Branch(
                op, width(parts.group(1)), value(parts.group(2)), right, block(parts.group(6)), block(parts.group(7)));
    }

    private static Terminator open(Matcher parts) {
        return new Terminator.OpenPacket(
                PacketDepth.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
                parts.group(2) != null,
                parts.group(3) != null,
                Optional.ofNullable(parts.group(4)).map(IrReader::block),
                Optional.ofNullable(parts.group(5)).map(IrReader::block),
                Optional.ofNullable(parts.group(6)).map(IrReader::block),
                Optional.ofNullable(parts.group(7)).map(IrReader::block));
    }

    private static Terminator choice(Matcher parts) {
        List<Terminator.Case> cases = new ArrayList<>();
        for (String way : parts.group(2).split(", ", -1)) {
            Matcher matcher = match(CASE, way).orElseThrow(() -> bad(parts.group()));
            cases.add(new Terminator.Case(hex(matcher.group(1)), block(matcher.group(2))));
        }
        return new Terminator.Switch(value(parts.group(1)), cases);
    }

    private Terminator verdict(Matcher parts) {
        Verdict verdict = Verdict.ALLOW;
        if (parts.group(1).equals("deny")) {
            verdict = parts.group(2) == null ? Verdict.DENY : new Verdict.Deny(errno(parts.group(2)));
        }
        if (parts.group(3) != null) {
            verdict = verdict.with(Arrays.stream(ReturnBit.values())
                    .filter(bit -> bit.word().equals(parts.group(3)))
                    .findFirst()
                    .orElseThrow(() -> bad(parts.group())));
        }
        List<Terminator.Write> writes = parts.group(4) == null
                ? List.of()
                : Arrays.stream(parts.group(4).split(", ", -1)).map(this::write).toList();
        return new Terminator.Return(verdict, writes);
    }

    private static Errno errno(String name) {
        return Errno.ofName(name).orElseThrow(() -> bad(name));
    }

    private Terminator.Write write(String text) {
        Optional<Matcher> path = match(PATH, text);
        if (path.isPresent()) {
            ByteString bytes = ByteString.of(HexFormat.of().parseHex(path.get().group(2)));
            return path.get().group(1).equals("path")
                    ? new Terminator.WritePath(bytes)
                    : new Terminator.WriteSysctl(bytes);
        }
        Optional<Matcher> option = match(OPTION, text);
        if (option.isPresent()) {
            return option(option.get());
        }
        Optional<Matcher> optval = match(OPTVAL, text);
        if (optval.isPresent()) {
            Terminator.Right value = right(optval.get(), 2);
            return optval.get().group(1).equals("val")
                    ? new Terminator.WriteOptval(value)
                    : new Terminator.WriteOptlen(value);
        }
        Optional<Matcher> result = match(RESULT, text);
        if (result.isPresent()) {
            return Optional.ofNullable(result.get().group(1))
                    .<Terminator.Write>map(name -> new Terminator.WriteErrno(errno(name)))
                    .orElseGet(Terminator.WriteSuccess::new);
        }
        Matcher parts = match(WRITE, text).orElseThrow(() -> bad(text));
        ContextField field = hook.context().field(parts.group(2)).orElseThrow(() -> bad(text));
        int offset = parts.group(3) == null ? 0 : number(parts.group(3));
        Terminator.Right value = parts.group(4) != null
                ? new Terminator.Right.OfValue(value(parts.group(4)))
                : new Terminator.Right.OfNumber(hex(parts.group(6)));
        Swap swap = parts.group(5) == null ? Swap.NONE : Swap.valueOf("BE" + parts.group(5));
        return new Terminator.WriteContext(field, offset, width(parts.group(1)), swap, value);
    }

    private static Terminator.Write option(Matcher parts) {
        SettableOption option = SettableOption.named(parts.group(1)).orElseThrow(() -> bad(parts.group()));
        if (parts.group(4) != null) {
            return new Terminator.WriteOptionName(
                    option, ByteString.of(HexFormat.of().parseHex(parts.group(4))));
        }
        return new Terminator.WriteOption(option, right(parts, 2));
    }

    /** Returns the value in this group, or else the number in the next one. */
    private static Terminator.Right right(Matcher parts, int group) {
        return parts.group(group) != null
                ? new Terminator.Right.OfValue(value(parts.group(group)))
                : new Terminator.Right.OfNumber(hex(parts.group(group + 1)));
    }

    private static Optional<Matcher> match(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.matches() ? Optional.of(matcher) : Optional.empty();
    }

    private static Value value(String number) {
        return new Value(number(number));
    }

    private static BlockId block(String number) {
        return new BlockId(number(number));
    }

    private static List<Long> points(String list) {
        return Arrays.stream(list.split(", ", -1))
                .map(point -> hex(point.substring(2)))
                .toList();
    }

    private static List<Range> ranges(String list) {
        return Arrays.stream(list.split(", ", -1))
                .map(range -> range.split("\\.\\.", -1))
                .map(ends -> {
                    long low = hex(ends[0].substring(2));
                    return new Range(low, hex(ends[1].substring(2)) - low + 1);
                })
                .toList();
    }

    private static Instruction.Direction direction(String symbol) {
        return symbol.equals("<<") ? Instruction.Direction.LEFT : Instruction.Direction.RIGHT;
    }

    private static Width width(String bits) {
        return Width.ofBytes(number(bits) / 8);
    }

    private static int number(String decimal) {
        return Integer.parseInt(decimal);
    }

    private static long hex(String digits) {
        return Long.parseUnsignedLong(digits, 16);
    }

    private static IllegalArgumentException bad(String line) {
        return new IllegalArgumentException("`" + line + "` is not part of a printed routine");
    }
}
