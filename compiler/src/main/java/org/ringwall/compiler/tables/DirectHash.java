// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A set of a few 32-bit numbers, each in a slot of its own. The upper bits of one 32-bit product
 * select the slot. A lookup returns the number in that slot, which equals the searched number only
 * if this is a member: a free slot contains a member that belongs to another slot.
 */
public final class DirectHash implements LookupTable {
    /**
     * The maximum number of members: for more, the table would exceed that of a
     * {@link PerfectHash}, and suitable factors are rare.
     */
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

    /**
     * Returns the smallest table for these distinct numbers, at least one; empty if no factor
     * separates them.
     */
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

    /** Returns the minimum for more slots than numbers, so that one is free. */
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

    /** Returns the factor of the 32-bit product. */
    public int factor() {
        return factor;
    }

    /** Returns the logical right shift of the product. */
    public int shift() {
        return WORD - slotBits;
    }

    /** Returns the cost of a lookup. */
    public static Cost cost() {
        return new Cost(Costs.DIRECT_INSTRUCTIONS, Costs.DIRECT_NS + Costs.access(Integer.BYTES << MOST_SLOT_BITS));
    }

    @Override
    public int resultBits() {
        return WORD;
    }

    /**
     * The low 32 bits of a number select the slot, and the content is compared with all of its
     * bits.
     */
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
