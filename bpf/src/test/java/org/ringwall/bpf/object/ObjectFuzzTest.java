// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.testkit.HangGuard;

class ObjectFuzzTest {
    private static final int[] EXTREMES = {0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0xffff, 0x10000, 8, 0x7fffff
    };

    /** Returns whether a mutated object is rejected; otherwise it was read. */
    private static boolean refused(byte[] bytes) {
        try {
            ObjectReader.read(bytes);
            return false;
        } catch (ObjectFormatException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return true;
        }
    }

    @Test
    @HangGuard
    void mutatedObjectsThrowOnlyObjectFormatException() {
        Random random = new Random(20260101);
        int refused = 0;
        int rounds = 30_000;
        byte[] good = new byte[0];
        for (int i = 0; i < rounds; i++) {
            if (i % 100 == 0) {
                good = ObjectWriter.write(
                        i % 400 == 0 ? Samples.handMade(ByteOrder.LITTLE_ENDIAN) : Samples.random(random));
            }
            byte[] bytes = mutate(good.clone(), random);
            if (refused(bytes)) {
                refused++;
            }
        }
        // Some mutations change padding, code or data, where every value is valid.
        assertThat(refused).isBetween(rounds / 4, rounds - 1);
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        byte[] result = bytes;
        for (int left = 1 + random.nextInt(3); left > 0; left--) {
            int at = random.nextInt(result.length);
            switch (random.nextInt(6)) {
                case 0 -> result = Arrays.copyOf(result, Math.max(1, at));
                case 1, 2 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 3 -> result[at] = (byte) random.nextInt();
                default -> {
                    if (result.length > 8) {
                        int word = random.nextInt((result.length - 4) / 4) * 4;
                        ByteBuffer.wrap(result)
                                .order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                                .putInt(word, EXTREMES[random.nextInt(EXTREMES.length)]);
                    }
                }
            }
        }
        return result;
    }

    /**
     * Whichever bit is flipped, an object is read with all of its programs or with none, or
     * rejected.
     */
    @Test
    @HangGuard
    void noFlippedBitLosesAProgram() throws ObjectFormatException {
        byte[] good = ObjectWriter.write(Samples.handMade(ByteOrder.LITTLE_ENDIAN));
        List<List<Insn>> programs = code(ObjectReader.read(good));
        int read = 0;
        for (int bit = 0; bit < good.length * Byte.SIZE; bit++) {
            byte[] bytes = good.clone();
            bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            try {
                List<List<Insn>> found = code(ObjectReader.read(bytes));
                // An object whose section headers are elsewhere has no programs.
                if (!found.isEmpty()) {
                    assertThat(found.stream().map(List::size).toList())
                            .as("bit %s", bit)
                            .isEqualTo(programs.stream().map(List::size).toList());
                    read++;
                }
            } catch (ObjectFormatException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
        assertThat(read).isGreaterThan(good.length);
    }

    private static List<List<Insn>> code(BpfObject object) {
        return object.programs().stream()
                .map(ProgramSpec::insns)
                .sorted(Comparator.comparingInt(List::size))
                .toList();
    }

    @Test
    @HangGuard
    void refusesEveryTruncation() {
        byte[] good = ObjectWriter.write(Samples.handMade(ByteOrder.BIG_ENDIAN));
        for (int length = 0; length < good.length; length++) {
            assertThat(refused(Arrays.copyOf(good, length)))
                    .as("%d bytes", length)
                    .isTrue();
        }
    }

    @Test
    @HangGuard
    void survivesEveryWordSetToExtremes() {
        byte[] good = ObjectWriter.write(Samples.handMade(ByteOrder.LITTLE_ENDIAN));
        int refused = 0;
        for (int word = 0; word + 4 <= good.length; word += 4) {
            for (int extreme : EXTREMES) {
                byte[] bytes = good.clone();
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(word, extreme);
                refused += refused(bytes) ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThan(good.length / 4);
    }

    @Test
    void refusesBssOfGigabytesWithoutAllocatingThem() {
        BpfObject object = new BpfObject(
                ByteOrder.LITTLE_ENDIAN,
                "GPL",
                List.of(),
                List.of(),
                List.of(new DataSection(".bss", false, Bytes.zeros(8), List.of())),
                Btf.EMPTY);
        byte[] bytes = ObjectWriter.write(object);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) file.getLong(40);
        // Sections: the null section, license, .bss.
        file.putLong(table + 2 * 64 + 32, 1L << 40);
        assertThatThrownBy(() -> ObjectReader.read(bytes))
                .isInstanceOf(ObjectFormatException.class)
                .hasMessage("section `.bss` is too big");
    }
}
