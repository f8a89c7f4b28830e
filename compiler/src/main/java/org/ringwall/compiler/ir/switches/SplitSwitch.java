// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;

/**
 * A switch on a wide number in two steps. The first is on its upper bits, the second, where these
 * do not decide, on its lower bits:
 *
 * <ul>
 *   <li>16 of 32 bits, which decide alone for networks no longer than /16;
 *   <li>32 of 64 bits, of which few need the lower half if a list has addresses of both families;
 *   <li>the top one of 64 bits, because a search tree compares by the sign of a difference.
 * </ul>
 *
 * <p>The first step can also be a few single numbers, such as a gateway in a denied network. The
 * second is then on the same number, as if these had the target of their neighbours.
 */
final class SplitSwitch implements SwitchForm {
    /** Fewer ways are compared. */
    private static final int FEWEST_WAYS = 4;

    /** The same limit for 32 bits, which a comparison takes as a constant. */
    private static final int FEWEST_NARROW_WAYS = 10;

    /**
     * The maximum number of upper halves in which ways end. The search among them keeps the whole
     * number in a register.
     */
    private static final int MOST_UPPER = 8;

    private static final int TOP = 63;

    private final Numbers.Number number;
    private final int shift;
    private final Head head;
    private final String text;
    private final Cost cost;

    /** The first step. */
    private interface Head {
        /** Returns its ways; the function maps the ways of a second step to its block. */
        SwitchTargets ways(Function<SwitchTargets, BlockId> second);
    }

    /** `shift` is the number of bits of the second step, or 0 for all of them. */
    private SplitSwitch(SwitchTargets ways, Numbers.Number number, int shift, String text, Head head) {
        this.number = number;
        this.shift = shift;
        this.head = head;
        Map<BlockId, SwitchTargets> second = new LinkedHashMap<>();
        int unused = 1 + ways.targets().stream().mapToInt(BlockId::number).max().orElseThrow();
        SwitchTargets upper = head.ways(named(second, () -> new BlockId(unused + second.size())));
        SwitchForm first =
                SwitchForm.cheapest(upper, new Numbers.Number(number.bits() - shift, shift == 0 || number.steady()));
        List<SwitchForm> parts = second.values().stream()
                .map(part -> SwitchForm.cheapest(part, secondNumber()))
                .toList();
        this.text = text
                + Stream.concat(shift == 0 ? Stream.empty() : Stream.of(first), parts.stream())
                        .map(SwitchForm::text)
                        .collect(Collectors.joining("; "));
        this.cost = first.cost().plus(Cost.straight(1)).plus(cost(parts));
    }

    private Numbers.Number secondNumber() {
        return shift == 0 ? number : Numbers.Number.ofBits(shift);
    }

    /** Returns the instructions of all second steps, and the nanoseconds of the slowest one. */
    private Cost cost(List<SwitchForm> parts) {
        int removal = shift == 0 ? 0 : 2;
        double keys = shift == TOP ? Costs.REST_NS : 0;
        return new Cost(
                parts.stream()
                        .mapToInt(part -> part.cost().instructions() + removal)
                        .sum(),
                keys
                        + parts.stream()
                                .mapToDouble(part -> part.cost().nanoseconds())
                                .max()
                                .orElse(0));
    }

    private static Function<SwitchTargets, BlockId> named(Map<BlockId, SwitchTargets> second, Supplier<BlockId> name) {
        return ways -> {
            BlockId id = name.get();
            second.put(id, ways);
            return id;
        };
    }

    /** Returns the form by upper bits; empty if there are few ways, or too many undecided ones. */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (number.bits() == Integer.SIZE) {
            boolean upper = ways.size() >= FEWEST_NARROW_WAYS
                    && ways.list().stream().allMatch(way -> (way.high() + 1 & Bits.max(Short.SIZE)) == 0);
            return upper ? byUpper(ways, number, Short.SIZE) : Optional.empty();
        } else if (number.bits() < Integer.SIZE || ways.size() < FEWEST_WAYS) {
            return Optional.empty();
        }
        boolean few = Arrays.stream(ways.boundaries())
                        .map(high -> high >>> Integer.SIZE)
                        .distinct()
                        .limit(MOST_UPPER + 1)
                        .count()
                <= MOST_UPPER;
        return few ? byUpper(ways, number, Integer.SIZE) : byTop(ways, number);
    }

    /** Returns the form by the top bit; empty if there are few ways, or fewer than 64 bits. */
    static Optional<SwitchForm> byTop(SwitchTargets ways, Numbers.Number number) {
        return number.bits() == Long.SIZE && ways.size() >= FEWEST_WAYS ? byUpper(ways, number, TOP) : Optional.empty();
    }

    private static Optional<SwitchForm> byUpper(SwitchTargets ways, Numbers.Number number, int shift) {
        String text = "by the upper " + (number.bits() - shift) + " bits: ";
        return ways.max() >>> shift == 0
                ? Optional.empty()
                : Optional.of(new SplitSwitch(ways, number, shift, text, second -> ways.upper(shift, second)));
    }

    /**
     * Returns the form by single numbers whose target differs from that of both neighbours; empty
     * if there are none, or more than a few. Only for numbers of more than 16 bits: a single
     * address occurs rarely or always, so its branch is predictable; a single port's is not.
     */
    static Optional<SwitchForm> byPoints(SwitchTargets ways, Numbers.Number number) {
        return number.bits() <= Bitmap.MOST_BITS
                ? Optional.empty()
                : SinglePoints.of(ways)
                        .map(points -> new SplitSwitch(
                                ways,
                                number,
                                0,
                                points.points().size() + (points.points().size() == 1 ? " number" : " numbers")
                                        + " first, then ",
                                points::ways));
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Map<BlockId, SwitchTargets> second = new LinkedHashMap<>();
        SwitchTargets upper = head.ways(named(second, emission::name));
        Emission.Body top = emission.body(origin);
        Value first = shift == 0 ? value : top.add(NumberOp.Alu.shr(shift), value);
        top.end(origin.id(), origin.span(), upper.on(first));
        second.forEach((id, ways) -> {
            Emission.Body body = emission.body();
            Value rest = lower(body, value);
            body.end(id, origin.span(), ways.on(rest));
        });
    }

    /** Removes the upper bits, with two shifts where a mask is not an immediate. */
    private Value lower(Emission.Body body, Value value) {
        if (shift == 0) {
            return value;
        } else if (shift <= Integer.SIZE) {
            return body.add(NumberOp.Alu.low(shift), value);
        }
        int upper = Long.SIZE - shift;
        return body.add(NumberOp.Alu.shr(upper), body.add(NumberOp.Alu.shl(upper), value));
    }
}
