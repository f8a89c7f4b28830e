// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A composite key for a list of devices that all allow the same accesses: the access, block or
 * char, major and minor. Accesses up to a number that have another target are compared first, and
 * so are a few majors whose minors all have the same target. The key of the rest is
 *
 * <pre>
 *   bits  0..19  minor
 *   bits 20..21  1 for a block device, 2 for a character device
 *   bits 22..33  major, of which the upper two are not set in any listed device
 *   bits 36..51  accesses that no listed device allows
 * </pre>
 *
 * so the key is less than 2^32 only for listed devices and accesses. One hash decides; all other
 * keys have one target.
 */
final class DeviceSwitch {
    /** The position of the access in `access_type`. */
    private static final int ACCESS = 16;

    private static final long KINDS = (1L << ACCESS) - 1;

    /** The greatest major that fits the 32 bits. */
    private static final long MOST_MAJOR = (1L << Integer.SIZE - DeviceNumber.MINOR_BITS - DeviceKind.BITS) - 1;

    private static final int MOST_APART = 3;

    /** The two masks: of the disallowed access bits, and of the device kind. */
    private static final int MASKED = 2;

    private static final int MOST_DEVICES = 400_000;

    private static final Numbers.Number NUMBER = Numbers.Number.ofBits(Integer.SIZE);

    private final Value word;
    private final Access access;
    private final Devices devices;
    private final SwitchForm form;

    private DeviceSwitch(Value word, Access access, Devices devices, SwitchForm form) {
        this.word = word;
        this.access = access;
        this.devices = devices;
        this.form = form;
    }

    /**
     * The context of the search: the blocks of a routine, the number of predecessors of each, and
     * the facts about its numbers.
     */
    record Code(Map<BlockId, BasicBlock> blocks, Map<BlockId, Integer> from, Numbers numbers) {
        private boolean onlyFrom(int ends, Collection<BlockId> targets) {
            return targets.stream().allMatch(target -> from.getOrDefault(target, 0) <= ends);
        }

        private Optional<InnerSwitch> innerSwitch(BlockId target, int bits) {
            BasicBlock block = blocks.get(target);
            return block != null
                            && block.end() instanceof Terminator.Switch choice
                            && numbers.of(choice.value()).bits() == bits
                    ? GroupedSwitch.shape(block, choice).map(shape -> new InnerSwitch(shape, SwitchTargets.of(choice)))
                    : Optional.empty();
        }
    }

    /** The reads of a block before its switch, and the switch. */
    private record InnerSwitch(GroupedSwitch.Shape shape, SwitchTargets ways) {}

    /**
     * The targets of accesses.
     *
     * @param before accesses up to this one lead to `early`; less than 0 if none does
     * @param others the bits that no other access that leads to `listed` contains
     */
    private record Access(long before, Optional<BlockId> early, BlockId listed, long others, BlockId rest) {
        static Optional<Access> of(SwitchTargets ways) {
            BlockId rest = ways.at(ways.size() - 1).target();
            BlockId listed = ways.at(ways.size() - 2).target();
            BlockId lowest = ways.at(0).target();
            int first = lowest.equals(listed) || lowest.equals(rest) ? 0 : 1;
            long bits = 0;
            long count = first == 0 ? 0 : ways.at(0).high() + 1;
            for (int i = 0; i + 1 < ways.size(); i++) {
                SwitchTargets.Way way = ways.at(i);
                boolean known =
                        i < first || way.target().equals(listed) || way.target().equals(rest);
                if (!known || way.high() >= Long.SIZE) {
                    return Optional.empty();
                }
                for (long each = way.low(); each <= way.high() && !way.target().equals(rest); each++) {
                    bits |= each;
                    count += i < first ? 0 : 1;
                }
            }
            boolean subset = count == 1L << Long.bitCount(bits);
            Optional<BlockId> early =
                    first == 0 ? Optional.empty() : Optional.of(ways.at(0).target());
            long before = first == 0 ? -1 : ways.at(0).high();
            return subset ? Optional.of(new Access(before, early, listed, KINDS & ~bits, rest)) : Optional.empty();
        }
    }

    /** The listed devices, collected from the blocks that switch on their numbers. */
    private static final class Devices {
        private final Code code;
        private final BlockId rest;
        private final List<GroupedSwitch.Shape> majors = new ArrayList<>();
        private final List<GroupedSwitch.Shape> minors = new ArrayList<>();
        private final Map<Long, BlockId> apart = new LinkedHashMap<>();
        private final SortedMap<Long, BlockId> single = new TreeMap<>();

        Devices(Code code, BlockId rest) {
            this.code = code;
            this.rest = rest;
        }

        /**
         * Adds the devices of a kind; false if they are other than single devices and a few whole
         * majors.
         */
        boolean addAll(DeviceKind kind, BlockId target) {
            if (target.equals(rest)) {
                return true;
            }
            Optional<InnerSwitch> inner = code.innerSwitch(target, DeviceNumber.MAJOR_BITS);
            if (inner.isEmpty()) {
                return false;
            }
            majors.add(inner.get().shape());
            return inner.get().ways().list().stream()
                    .filter(way -> !way.target().equals(rest))
                    .allMatch(way -> addMajors(kind.number(), way));
        }

        private boolean addMajors(int kind, SwitchTargets.Way way) {
            Optional<InnerSwitch> inner = code.innerSwitch(way.target(), DeviceNumber.MINOR_BITS);
            if (way.high() > MOST_MAJOR) {
                return false;
            } else if (inner.isEmpty()) {
                apart.put(way.low() << DeviceKind.BITS | kind, way.target());
                return way.isPoint() && apart.size() <= MOST_APART;
            }
            minors.add(inner.get().shape());
            boolean few = true;
            for (long major = way.low(); few && major <= way.high(); major++) {
                few = addMinors(major << DeviceKind.BITS | kind, inner.get().ways());
            }
            return few;
        }

        private boolean addMinors(long upper, SwitchTargets minors) {
            for (SwitchTargets.Way way : minors.list()) {
                boolean listed = !way.target().equals(rest);
                if (listed && way.high() - way.low() + single.size() > MOST_DEVICES) {
                    return false;
                }
                for (long minor = way.low(); listed && minor <= way.high(); minor++) {
                    single.put(upper << DeviceNumber.MINOR_BITS | minor, way.target());
                }
            }
            return true;
        }

        /**
         * Whether each number is read in one way only, and the blocks that read it have no other
         * predecessors.
         */
        boolean areAlone(List<BlockId> kinds) {
            List<BlockId> readers = new ArrayList<>();
            kinds.stream()
                    .flatMap(kind -> code.innerSwitch(kind, DeviceNumber.MAJOR_BITS).stream())
                    .forEach(inner -> inner.ways().targets().stream()
                            .filter(target -> code.innerSwitch(target, DeviceNumber.MINOR_BITS)
                                    .isPresent())
                            .forEach(readers::add));
            return majors.stream().distinct().count() == 1
                    && minors.stream().distinct().count() == 1
                    && code.onlyFrom(1, kinds)
                    && code.onlyFrom(majors.size(), readers);
        }

        /** Returns the ways of the key for single devices. */
        SwitchTargets ways() {
            List<SwitchTargets.Way> ways = new ArrayList<>();
            long next = 0;
            for (Map.Entry<Long, BlockId> each : single.entrySet()) {
                int last = ways.size() - 1;
                long number = each.getKey();
                if (number > next) {
                    ways.add(new SwitchTargets.Way(next, number - 1, rest));
                    ways.add(new SwitchTargets.Way(number, number, each.getValue()));
                } else if (last >= 0 && ways.get(last).target().equals(each.getValue())) {
                    ways.set(last, new SwitchTargets.Way(ways.get(last).low(), number, each.getValue()));
                } else {
                    ways.add(new SwitchTargets.Way(number, number, each.getValue()));
                }
                next = number + 1;
            }
            ways.add(new SwitchTargets.Way(next, Bits.max(Integer.SIZE), rest));
            return new SwitchTargets(ways);
        }
    }

    /**
     * Returns the switch; empty if the value is not an access, or if other values are tested after
     * it.
     */
    static Optional<DeviceSwitch> of(SwitchTargets ways, Value value, Code code) {
        Optional<Value> word = code.numbers().accessWord(value);
        Optional<Access> access = word.isPresent() ? Access.of(ways) : Optional.empty();
        return access.flatMap(found -> of(word.get(), found, code));
    }

    private static Optional<DeviceSwitch> of(Value word, Access access, Code code) {
        BasicBlock listed = code.blocks().get(access.listed());
        if (listed == null
                || !code.onlyFrom(1, List.of(access.listed()))
                || !(listed.end() instanceof Terminator.Switch choice)
                || !code.numbers().isKind(choice.value())
                || !listed.instructions().stream().allMatch(DeviceSwitch::isOfWord)) {
            return Optional.empty();
        }
        SwitchTargets kinds = SwitchTargets.of(choice);
        Devices devices = new Devices(code, access.rest());
        for (DeviceKind kind : DeviceKind.values()) {
            if (!devices.addAll(
                    kind, kinds.within(kind.number(), kind.number()).at(0).target())) {
                return Optional.empty();
            }
        }
        return devices.areAlone(kinds.targets().stream()
                        .filter(target -> !target.equals(access.rest()))
                        .toList())
                ? form(devices).map(form -> new DeviceSwitch(word, access, devices, form))
                : Optional.empty();
    }

    private static boolean isOfWord(Instruction instruction) {
        return instruction.op() instanceof NumberOp.Alu
                || instruction.op() instanceof Op.Load load && load.field().isPresent();
    }

    /**
     * Returns the hash that decides whether a device is listed by comparing the whole key; empty if
     * listed devices have several targets.
     */
    private static Optional<SwitchForm> form(Devices devices) {
        SwitchTargets ways = devices.ways();
        boolean alike = devices.single.values().stream().distinct().count() == 1;
        if (!alike || ways.size() <= JoinedSwitch.FEWEST_DIRECT) {
            return Optional.empty();
        }
        return SlotSwitch.of(ways, NUMBER)
                .or(() -> TableSwitch.ofHash(ways, NUMBER).filter(hash -> ways.size() > JoinedSwitch.FEWEST));
    }

    /** Returns the description for `explain`. */
    String text() {
        return "access, kind, major and minor as one number; " + form.text();
    }

    /**
     * Returns the cost of building the key without the reads, of the comparisons before, and of the
     * hash.
     */
    Cost cost() {
        int comparisons = devices.apart.size() + (access.early().isPresent() ? 1 : 0);
        return Cost.straight(MASKED + 2 * Costs.JOIN_INSTRUCTIONS)
                .plus(new Cost(comparisons, comparisons * Costs.STEADY_NS))
                .plus(form.cost());
    }

    /** Adds the block that ended in the switch on the access, and the blocks that build the key. */
    void add(Emission emission, BasicBlock origin) {
        Straight code = new Straight(emission, origin);
        access.early().ifPresent(early -> code.leave(Comparison.LE, word, access.before() << ACCESS | KINDS, early));
        Value kind = code.add(NumberOp.Alu.and(access.others() << ACCESS | KINDS), word);
        Value major = code.read(devices.majors.get(0));
        Value upper = code.add(new NumberOp.Join(DeviceKind.BITS), major, kind);
        devices.apart.forEach((number, target) -> code.leave(Comparison.EQ, upper, number, target));
        Value minor = code.read(devices.minors.get(0));
        Value key = code.add(new NumberOp.Join(DeviceNumber.MINOR_BITS), upper, minor);
        code.end(form, key);
    }
}
