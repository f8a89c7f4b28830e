// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Allocated;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

class BtfTest {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");

    /** A table with each of the nineteen kinds; ids start at 1, in this order. */
    private static final Btf ALL_KINDS = new Btf(List.of(
            new BtfType.Int("int", BtfType.Encoding.SIGNED, 4),
            new BtfType.Reference(BtfType.Ref.PTR, 4),
            new BtfType.Array(1, 1, 5),
            new BtfType.Composite(
                    BtfType.Aggregate.STRUCT,
                    "list",
                    16,
                    false,
                    List.of(new BtfType.Member("next", 2, 0, 0), new BtfType.Member("value", 1, 64, 0))),
            new BtfType.Composite(
                    BtfType.Aggregate.UNION, "bits", 4, true, List.of(new BtfType.Member("low", 1, 3, 5))),
            new BtfType.Enumeration(
                    "sign",
                    4,
                    true,
                    false,
                    List.of(new BtfType.Enumerator("MINUS", -1), new BtfType.Enumerator("PLUS", 1))),
            new BtfType.Forward(BtfType.Aggregate.UNION, "later"),
            new BtfType.Typedef("number", 1),
            new BtfType.Reference(BtfType.Ref.VOLATILE, 8),
            new BtfType.Reference(BtfType.Ref.CONST, 9),
            new BtfType.Reference(BtfType.Ref.RESTRICT, 2),
            new BtfType.FuncProto(1, List.of(new BtfType.Param("a", 1), new BtfType.Param("", 0))),
            new BtfType.Func("main", 12, BtfType.Linkage.GLOBAL),
            new BtfType.Var("global", 1, BtfType.Linkage.GLOBAL),
            new BtfType.DataSec(".data", 4, List.of(new BtfType.SecVar(14, 0, 4))),
            new BtfType.Floating("double", 8),
            new BtfType.DeclTag("user", 4, 1, false),
            new BtfType.TypeTag("rcu", 4, false),
            new BtfType.Enumeration("wide", 8, false, true, List.of(new BtfType.Enumerator("ALL", -1)))));

    /** At most this many bytes are allocated for each byte of BTF. */
    private static final long MOST_PER_BYTE = 40;

    @TempDir
    Path directory;

    @Test
    void readsBackAllKindsInBothByteOrders() throws BtfFormatException {
        byte[] little = BtfWriter.write(ALL_KINDS, ByteOrder.LITTLE_ENDIAN);
        byte[] big = BtfWriter.write(ALL_KINDS, ByteOrder.BIG_ENDIAN);
        assertThat(big).isNotEqualTo(little);
        assertThat(BtfReader.read(little)).isEqualTo(ALL_KINDS);
        assertThat(BtfReader.read(big)).isEqualTo(ALL_KINDS);
    }

    @ToolTest("bpftool")
    @Test
    void printsAllKindsAsBpftoolDoes() throws Exception {
        Files.write(directory.resolve("btf"), BtfWriter.write(ALL_KINDS, ByteOrder.nativeOrder()));
        assertThat(BtfPrinter.print(ALL_KINDS)).isEqualTo(bpftool(directory.resolve("btf")));
    }

    @KernelTest
    @ToolTest("bpftool")
    @Test
    void printsTheKernelsTypesAsBpftoolDoes() throws Exception {
        Btf kernel = BtfReader.read(Files.readAllBytes(VMLINUX));
        assertThat(BtfPrinter.print(kernel).equals(bpftool(VMLINUX)))
                .as("the two dumps are equal")
                .isTrue();
    }

    private String bpftool(Path file) throws Exception {
        Path output = directory.resolve("dump");
        ProcessBuilder builder =
                new ProcessBuilder("bpftool", "btf", "dump", "file", file.toString()).redirectOutput(output.toFile());
        builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
        assertThat(builder.start().waitFor()).isZero();
        return Files.readString(output);
    }

    @KernelTest
    @Test
    void readsTheKernelsTypesWithLittleMemory() throws Exception {
        byte[] bytes = Files.readAllBytes(VMLINUX);
        Allocated<Btf> read = Allocated.by(() -> BtfReader.read(bytes));
        Btf kernel = read.result();
        assertThat(kernel.types().size()).isGreaterThan(50_000);
        assertThat(read.bytes() / bytes.length)
                .as("bytes allocated for each byte")
                .isLessThan(MOST_PER_BYTE);
        assertThat(BtfReader.read(BtfWriter.write(kernel, ByteOrder.BIG_ENDIAN)))
                .isEqualTo(kernel);
    }

    @KernelTest
    @Test
    void knowsTheOffsetsOfTheKernelsContext() throws Exception {
        Btf kernel = BtfReader.read(Files.readAllBytes(VMLINUX));
        BtfType.Composite context = kernel.struct("bpf_sock_addr").orElseThrow();
        assertThat(context.members().stream()
                        .filter(m -> m.name().equals("user_port") || m.name().equals("user_ip4"))
                        .map(m -> m.name() + " " + m.bitOffset()))
                .containsExactly("user_ip4 32", "user_port 192");
    }

    @Test
    void assignsTheSameIdToEqualTypes() {
        BtfBuilder types = new BtfBuilder();
        int first = types.pointer(types.integer("int", BtfType.Encoding.SIGNED, 4));
        int second = types.pointer(types.integer("int", BtfType.Encoding.SIGNED, 4));
        assertThat(second).isEqualTo(first);
        assertThat(types.build().types()).hasSize(2);
    }

    @Test
    void refusesTypeIdsBeyondTheTable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Btf(List.of(new BtfType.Typedef("t", 2))))
                .withMessage("type id beyond the table");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BtfBuilder().pointer(7))
                .withMessage("a type is added after what it refers to");
    }

    @Test
    void cyclicAndTooLargeTypesHaveNoSize() {
        Btf circle = new Btf(List.of(new BtfType.Typedef("a", 2), new BtfType.Array(1, 2, 3)));
        assertThat(circle.sizeOf(1)).isEmpty();
        assertThat(new Btf(List.of(new BtfType.Typedef("a", 1))).strip(1)).isZero();
        assertThat(ALL_KINDS.sizeOf(3)).isEqualTo(Optional.of(20L));
        assertThat(ALL_KINDS.sizeOf(10)).isEqualTo(Optional.of(4L));
        Btf huge = new Btf(List.of(
                new BtfType.Int("c", BtfType.Encoding.CHAR, 1),
                new BtfType.Array(1, 1, 1L << 31),
                new BtfType.Array(2, 1, 1L << 31)));
        assertThat(huge.sizeOf(3)).isEmpty();
    }

    @Test
    void refusesManyNamesWithinOneLongString() {
        // Strings at each offset into the tail of one string would have a quadratic total length.
        int types = 20_000;
        java.nio.ByteBuffer bytes =
                java.nio.ByteBuffer.allocate(24 + 12 * types + 100_001).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        bytes.putInt(0).putInt(12 * types).putInt(12 * types).putInt(100_001);
        for (int i = 0; i < types; i++) {
            bytes.putInt(i).putInt(7 << 24).putInt(0);
        }
        Arrays.fill(bytes.array(), 24 + 12 * types, bytes.capacity() - 1, (byte) 'x');
        assertThatThrownBy(() -> BtfReader.read(bytes.array()))
                .isInstanceOf(BtfFormatException.class)
                .hasMessageContaining("no string at");
    }

    @Test
    void mutatedTypesThrowOnlyBtfFormatException() {
        byte[] good = BtfWriter.write(ALL_KINDS, ByteOrder.LITTLE_ENDIAN);
        int refused = Mutants.refused(good, 3, BtfReader::read);
        assertThat(refused).isBetween(10_000, 49_999);
    }
}
