// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * A perfect hash of 32-bit numbers (hash and displace); all other numbers have class 0. A first
 * product selects a number's bucket, the bucket's displacement is added to a second product, and
 * the upper bits of the sum are the slot. A lookup returns the class, or, if there is only one
 * besides class 0, the number in the slot, which equals the searched number only if this is a
 * member. A free slot contains a member that belongs to another slot.
 */
public final class PerfectHash implements LookupTable {
    /** The maximum number of members: a displacement has 16 bits. */
    public static final int MOST_NUMBERS = (1 << 19) / 5 * 4;

    private static final int WORD = 32;
    private static final int BUCKET_SIZE = 4;
    private static final int DISPLACEMENTS = 1 << 16;
    private static final int ATTEMPTS = 64;

    /**
     * The range of sizes for which a nearly full table is tried. Smaller tables are small anyway;
     * larger ones take long to fill, and fit no small cache.
     */
    private static final int FEWEST_FULL = 400;

    private static final int MOST_FULL = 4_096;

    /** The inverse of the fraction of free slots. */
    private static final int FULL_SPARE = 50;

    private static final int LOOSE_SPARE = 4;

    /**
     * The number of factors to try before a larger table is built. Equidistant addresses may fit
     * with none of them.
     */
    private static final int FULL_ATTEMPTS = 12;

    private final int[] numbers;
    private final byte[] classOfNumber;
    private final int classes;
    private final int bucketBits;
    private final int slotBits;
    private final int bucketFactor;
    private final int slotFactor;
    private final char[] displacements;
    private final int[] slots;
    private final String symbol;

    private PerfectHash(SortedMap<Long, Integer> classOf, int slotBits, int attempt) {
        this.numbers = classOf.keySet().stream().mapToInt(Long::intValue).toArray();
        this.classOfNumber = new byte[numbers.length];
        int at = 0;
        for (int number : classOf.values()) {
            classOfNumber[at++] = (byte) number;
        }
        this.classes =
                classOf.values().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
        this.bucketBits = bits(numbers.length / BUCKET_SIZE);
        this.slotBits = slotBits;
        this.bucketFactor = odd(0x9e37_79b1 + attempt * 0x3c6e_f372);
        this.slotFactor = odd(0x85eb_ca77 + attempt * 0x27d4_eb2f);
        this.displacements = new char[1 << bucketBits];
        this.slots = new int[1 << slotBits];
        this.symbol = place() ? DataTable.symbol("hash", content(ByteOrder.LITTLE_ENDIAN)) : "";
    }

    /**
     * Returns a hash of these 32-bit numbers and their classes, 1 to 255. The table has twice the
     * predicted size if no nearly full one is found.
     */
    public static PerfectHash of(SortedMap<Long, Integer> classOf) {
        int numbers = classOf.size();
        int slotBits = slotBits(numbers);
        int looseSlotBits = looseSlotBits(numbers);
        Optional<PerfectHash> full =
                slotBits < looseSlotBits ? first(classOf, slotBits, FULL_ATTEMPTS) : Optional.empty();
        return full.or(() -> first(classOf, looseSlotBits, ATTEMPTS))
                .orElseThrow(() -> new IllegalStateException("no perfect hash of " + numbers + " numbers"));
    }

    private static Optional<PerfectHash> first(SortedMap<Long, Integer> classOf, int slotBits, int attempts) {
        return IntStream.range(0, attempts)
                .mapToObj(attempt -> new PerfectHash(classOf, slotBits, attempt))
                .filter(hash -> !hash.symbol.isEmpty())
                .findFirst();
    }

    /**
     * Returns the size for a nearly full table of some thousand numbers: at half the size, it fits
     * a smaller cache.
     */
    private static int slotBits(int numbers) {
        return numbers >= FEWEST_FULL && numbers <= MOST_FULL
                ? bits(numbers + numbers / FULL_SPARE)
                : looseSlotBits(numbers);
    }

    /** Returns the size of a table with at least a fifth of its slots free. */
    private static int looseSlotBits(int numbers) {
        return bits(numbers + numbers / LOOSE_SPARE);
    }

    /** Returns the number of bits that index this many things; at least one. */
    private static int bits(int things) {
        return Math.max(1, WORD - Integer.numberOfLeadingZeros(Math.max(1, things) - 1));
    }

    private static int odd(int factor) {
        return factor | 1;
    }

    private int bucket(int number) {
        return number * bucketFactor >>> WORD - bucketBits;
    }

    private int slot(int number, int displacement) {
        return number * slotFactor + (displacement << 16) >>> WORD - slotBits;
    }

    /**
     * Places the largest buckets first, each with the first displacement that leads all its numbers
     * to free slots.
     */
    private boolean place() {
        int[] ends = new int[displacements.length + 1];
        for (int number : numbers) {
            ends[bucket(number) + 1]++;
        }
        int largest = 0;
        for (int bucket = 1; bucket < ends.length; bucket++) {
            largest = Math.max(largest, ends[bucket]);
            ends[bucket] += ends[bucket - 1];
        }
        int[] starts = ends.clone();
        int[] members = new int[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            members[starts[bucket(numbers[i])]++] = i;
        }
        Arrays.fill(slots, -1);
        for (int size = largest; size > 0; size--) {
            for (int bucket = 0; bucket < displacements.length; bucket++) {
                boolean now = ends[bucket + 1] - ends[bucket] == size;
                if (now && !displace(bucket, Arrays.copyOfRange(members, ends[bucket], ends[bucket + 1]))) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean displace(int bucket, int[] members) {
        for (int displacement = 0; displacement < DISPLACEMENTS; displacement++) {
            int placed = 0;
            while (placed < members.length) {
                int slot = slot(numbers[members[placed]], displacement);
                if (slots[slot] >= 0) {
                    break;
                }
                slots[slot] = members[placed++];
            }
            if (placed == members.length) {
                displacements[bucket] = (char) displacement;
                return true;
            }
            for (int i = 0; i < placed; i++) {
                slots[slot(numbers[members[i]], displacement)] = -1;
            }
        }
        return false;
    }

    /** Returns the 32-bit factor for the bucket. */
    public int bucketFactor() {
        return bucketFactor;
    }

    /** Returns the right shift of the product for the bucket. */
    public int bucketShift() {
        return WORD - bucketBits;
    }

    public int slotFactor() {
        return slotFactor;
    }

    /**
     * Returns the right shift of that product after the displacement has been added to its upper 16
     * bits.
     */
    public int slotShift() {
        return WORD - slotBits;
    }

    /** Returns the offset of the slots, which follow the 16-bit displacements. */
    public int slotOffset() {
        return displacements.length * Character.BYTES;
    }

    /**
     * Returns the offset of the slots' classes, a byte each; they are absent if only class 1 is
     * distinguished from class 0.
     */
    public int classOffset() {
        return slotOffset() + slots.length * Integer.BYTES;
    }

    /** Returns the cost of a lookup for this many numbers and classes, including class 0. */
    public static Cost cost(int numbers, int classes) {
        long slots = 1L << slotBits(numbers);
        double ns = Costs.HASH_NS + Costs.access(Character.BYTES << bits(numbers / BUCKET_SIZE));
        boolean more = classes > 2;
        int instructions = Costs.HASH_INSTRUCTIONS + (more ? Costs.HASH_CLASS_INSTRUCTIONS : 0);
        return new Cost(instructions, ns + Costs.access(slots * Integer.BYTES) + (more ? Costs.access(slots) : 0));
    }

    /** Whether a lookup returns the number's class, and not the number in its slot. */
    public boolean tellsClass() {
        return classes > 2;
    }

    @Override
    public int resultBits() {
        return tellsClass() ? LookupTable.bitsOfClasses(classes) : WORD;
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
        int size = classOffset() + (tellsClass() ? slots.length : 0);
        ByteBuffer bytes = ByteBuffer.allocate(size).order(order);
        for (char displacement : displacements) {
            bytes.putChar(displacement);
        }
        for (int holder : slots) {
            bytes.putInt(numbers[Math.max(0, holder)]);
        }
        for (int i = 0; i < slots.length && tellsClass(); i++) {
            bytes.put(classOfNumber[Math.max(0, slots[i])]);
        }
        return bytes.array();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.perfectHash(this);
    }
}
