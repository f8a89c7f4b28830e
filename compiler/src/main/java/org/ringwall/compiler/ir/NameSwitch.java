package org.ringwall.compiler.ir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.compiler.source.Span;

/**
 * Tells sysctl names apart by their length, then by words of 8 bytes, and goes straight to what each leads to.
 *
 * <p>Only whole names are equal: the helper's answer is the length without the final NUL, and -E2BIG where the name does
 * not fit (bpf_sysctl_get_name in kernel/bpf/cgroup.c). The buffer holds the longest name that matters and its NUL, so a
 * cut-off name never shows a length. What lies behind the NUL is the kernel's business, so a last word loses it by a
 * shift before it is compared.
 */
final class NameSwitch {
    /** The longest name, in bytes, that a program can tell from others. */
    static final int MAX_LENGTH = Instruction.CallSysctlName.MAX_SIZE - 1;

    private static final Comparator<Long> UNSIGNED = Long::compareUnsigned;

    private final Emission emission;
    private final ByteOrder order;
    private final Span span;
    private final BlockId other;

    /** A name as it lies in memory, and where it leads. */
    private record Entry(byte[] name, BlockId target) {}

    NameSwitch(Emission emission, ByteOrder order, Span span, BlockId other) {
        this.emission = emission;
        this.order = order;
        this.span = span;
        this.other = other;
    }

    /** Adds the blocks, the first of which is `id`; names that lead where all others do are left out. */
    void add(BlockId id, Map<String, BlockId> targets) {
        SortedMap<Integer, List<Entry>> byLength = new TreeMap<>();
        new TreeMap<>(targets).forEach((name, target) -> {
            if (!target.equals(other)) {
                byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                byLength.computeIfAbsent(bytes.length, length -> new ArrayList<>())
                        .add(new Entry(bytes, target));
            }
        });
        int longest = byLength.lastKey();
        if (longest > MAX_LENGTH) {
            throw new IllegalStateException("a sysctl name of " + longest + " bytes was let through by the checks");
        }
        Emission.Body body = emission.body();
        int size = (longest / 8 + 1) * 8;
        Value length = body.add(result -> new Instruction.CallSysctlName(result, size));
        SortedMap<Long, BlockId> lengths = new TreeMap<>(UNSIGNED);
        byLength.keySet().forEach(each -> lengths.put((long) each, emission.name()));
        body.end(id, span, points(length, -1L, lengths));
        byLength.forEach((each, entries) -> word(target(lengths, each), 0, each, entries));
    }

    private static BlockId target(SortedMap<Long, BlockId> targets, long key) {
        BlockId target = targets.get(key);
        if (target == null) {
            throw new IllegalStateException("no block for " + key);
        }
        return target;
    }

    /** The block that compares the word at `offset` of names that agree before it. */
    private void word(BlockId id, int offset, int length, List<Entry> entries) {
        Emission.Body body = emission.body();
        Value raw = body.add(result -> new Instruction.ReadName(result, offset));
        int surplus = Math.max(0, offset + 8 - length) * 8;
        Value value =
                surplus == 0 ? raw : body.add(result -> new Instruction.Shift(result, towardsFirst(), raw, surplus));
        SortedMap<Long, List<Entry>> byWord = new TreeMap<>(UNSIGNED);
        entries.forEach(entry -> byWord.computeIfAbsent(key(entry.name, offset, surplus), key -> new ArrayList<>())
                .add(entry));
        boolean last = offset + 8 >= length;
        SortedMap<Long, BlockId> ways = new TreeMap<>(UNSIGNED);
        byWord.forEach((key, same) -> ways.put(key, last ? same.get(0).target : emission.name()));
        long max = towardsFirst() == Instruction.Direction.LEFT ? -1L : -1L >>> surplus;
        body.end(id, span, points(value, max, ways));
        if (!last) {
            byWord.forEach((key, same) -> word(target(ways, key), offset + 8, length, same));
        }
    }

    /** The way in which a shift drops the bytes with the highest addresses. */
    private Instruction.Direction towardsFirst() {
        return order == ByteOrder.LITTLE_ENDIAN ? Instruction.Direction.LEFT : Instruction.Direction.RIGHT;
    }

    private long key(byte[] name, int offset, int surplus) {
        ByteBuffer word = ByteBuffer.allocate(8).order(order);
        word.put(name, offset, Math.min(8, name.length - offset));
        long raw = word.getLong(0);
        return towardsFirst() == Instruction.Direction.LEFT ? raw << surplus : raw >>> surplus;
    }

    /** Goes where these numbers lead, and elsewhere from all others up to `max`, unsigned. */
    private Terminator points(Value value, long max, SortedMap<Long, BlockId> points) {
        List<Terminator.Case> cases = new ArrayList<>();
        points.forEach((point, target) -> {
            long before = cases.isEmpty() ? -1L : cases.get(cases.size() - 1).high();
            if (point != before + 1) {
                cases.add(new Terminator.Case(point - 1, other));
            }
            cases.add(new Terminator.Case(point, target));
        });
        if (cases.get(cases.size() - 1).high() != max) {
            cases.add(new Terminator.Case(max, other));
        }
        return new Terminator.Switch(value, cases);
    }
}
