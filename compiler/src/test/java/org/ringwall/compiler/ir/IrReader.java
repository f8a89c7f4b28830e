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
    private static final Pattern BRANCH =
            Pattern.compile("if(32|64) v(\\d+) (\\S+) (?:v(\\d+)|0x([0-9a-f]+)) then b(\\d+) else b(\\d+)");
    private static final Pattern SWITCH = Pattern.compile("switch v(\\d+) (.+)");
    private static final Pattern CASE = Pattern.compile("\\.\\.0x([0-9a-f]+) b(\\d+)");
    private static final Pattern RETURN = Pattern.compile(
            "return (allow|deny)(?: (E\\w+))?(?: (unprivileged|congested))?(?: (succeed.*|(?:u\\d+|path|sysctl|option|optval|optlen|fail) .+))?");
    private static final Pattern GOTO = Pattern.compile("goto b(\\d+)");
    private static final Pattern OPEN =
            Pattern.compile("packet (header|protocol|transport|flags)( fragments)?( filled)?"
                    + "(?:, v4 b(\\d+))?(?:, v6 b(\\d+))?(?:, other b(\\d+))?(?:, none b(\\d+))?");
    private static final Pattern DECIDE = Pattern.compile("allow if v(\\d+) == ([01])");
    private static final Pattern WRITE =
            Pattern.compile("u(8|16|32|64) ctx\\.(\\w+?)(?:\\+(\\d+))? = (?:v(\\d+)|(?:be(16|32|64) )?0x([0-9a-f]+))");

    private static final Pattern OPTION =
            Pattern.compile("option (\\w+) = (?:v(\\d+)|0x([0-9a-f]+)|hex ((?:[0-9a-f]{2})+))");
    private static final Pattern OPTVAL = Pattern.compile("opt(val|len) = (?:v(\\d+)|0x([0-9a-f]+))");
    private static final Pattern RESULT = Pattern.compile("succeed|fail (E\\w+)");
    private static final Pattern PATH = Pattern.compile("(path|sysctl) = ((?:[0-9a-f]{2})+)");

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
        return new OpReader(hook, tables, state)
                .read(value(made.group(1)), made.group(2))
                .orElseThrow(() -> bad(line));
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

    static Optional<Matcher> match(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.matches() ? Optional.of(matcher) : Optional.empty();
    }

    static Value value(String number) {
        return new Value(number(number));
    }

    private static BlockId block(String number) {
        return new BlockId(number(number));
    }

    static Width width(String bits) {
        return Width.ofBytes(number(bits) / 8);
    }

    static int number(String decimal) {
        return Integer.parseInt(decimal);
    }

    static long hex(String digits) {
        return Long.parseUnsignedLong(digits, 16);
    }

    static IllegalArgumentException bad(String line) {
        return new IllegalArgumentException("`" + line + "` is not part of a printed routine");
    }
}
