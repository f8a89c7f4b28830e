package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A few single numbers of 32 bits, each in a slot of its own, found by one product in 32 bits whose upper bits are the slot. What
 * is looked up is the number in that slot, which is the number sought if that is one of them: an empty slot holds a number
 * whose own slot is another one.
 */
public final class DirectHash implements LookupTable {
    /** More are not tried: the table would be larger than that of a {@link PerfectHash}, and a factor hard to find. */
    public static final int MOST_NUMBERS = 64;

    private static final int WORD = 32;
    private static final int MOST_SLOT_BITS = 10;
    private static final int FACTORS = 256;
    private static final int FIRST_FACTOR = 0x9e37_79b1;
    private static final int NEXT_FACTOR = 0x3c6e_f372;

    private final int factor;
    private final int slotBits;
    private final int[] slots;
    private final String symbol;

    private DirectHash(int factor, int slotBits, int[] slots) {
        this.factor = factor;
        this.slotBits = slotBits;
        this.slots = slots;
        this.symbol = DataTable.symbol("slots", content(ByteOrder.LITTLE_ENDIAN));
    }

    /** The smallest of some factors for these different numbers, one at least; empty where none gives each a slot of its own. */
    public static Optional<DirectHash> of(Collection<Long> members) {
        int[] numbers = members.stream().mapToInt(Long::intValue).toArray();
        return numbers.length > MOST_NUMBERS
                ? Optional.empty()
                : IntStream.rangeClosed(fewestSlotBits(numbers.length), MOST_SLOT_BITS)
                        .boxed()
                        .flatMap(bits -> IntStream.range(0, FACTORS)
                                .mapToObj(i -> tried(numbers, FIRST_FACTOR + i * NEXT_FACTOR | 1, bits)))
                        .flatMap(Optional::stream)
                        .findFirst();
    }

    /** More slots than numbers, so that one is empty. */
    private static int fewestSlotBits(int numbers) {
        return WORD - Integer.numberOfLeadingZeros(numbers);
    }

    private static Optional<DirectHash> tried(int[] numbers, int factor, int slotBits) {
        int[] slots = new int[1 << slotBits];
        boolean[] taken = new boolean[slots.length];
        for (int number : numbers) {
            int slot = number * factor >>> WORD - slotBits;
            if (taken[slot]) {
                return Optional.empty();
            }
            taken[slot] = true;
            slots[slot] = number;
        }
        for (int slot = 0; slot < slots.length; slot++) {
            if (!taken[slot]) {
                slots[slot] = numbers[0];
            }
        }
        return Optional.of(new DirectHash(factor, slotBits, slots));
    }

    /** What a number is multiplied by, in 32 bits. */
    public int factor() {
        return factor;
    }

    /** How far that product is shifted, without a sign, for the slot. */
    public int shift() {
        return WORD - slotBits;
    }

    /** What one look costs. */
    public static Cost cost() {
        return new Cost(Costs.DIRECT_INSTRUCTIONS, Costs.DIRECT_NS + Costs.access(Integer.BYTES << MOST_SLOT_BITS));
    }

    @Override
    public int resultBits() {
        return WORD;
    }

    /** The low 32 bits of a number say where it would lie; what lies there is compared with all of it. */
    @Override
    public int numberBits() {
        return Long.SIZE - 1;
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(slots.length * Integer.BYTES).order(order);
        for (int number : slots) {
            bytes.putInt(number);
        }
        return bytes.array();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.directHash(this);
    }
}
