// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.testkit.KernelTest;

class NamedTypesTest {
    private static final BtfType UNREAD = new BtfType.Forward(BtfType.Aggregate.STRUCT, "");

    /**
     * `struct a { number n[3]; struct b *p; struct b b; }`, `struct b { char c; }`, and a union, a
     * function and a typedef named `a`.
     */
    private static final Btf TABLE = new Btf(List.of(
            new BtfType.Int("int", BtfType.Encoding.SIGNED, 4),
            new BtfType.Typedef("number", 3),
            new BtfType.Reference(BtfType.Ref.CONST, 1),
            new BtfType.Array(2, 1, 3),
            new BtfType.Int("char", BtfType.Encoding.CHAR, 1),
            new BtfType.Composite(BtfType.Aggregate.STRUCT, "b", 1, false, List.of(new BtfType.Member("c", 5, 0, 0))),
            new BtfType.Reference(BtfType.Ref.PTR, 6),
            new BtfType.Composite(
                    BtfType.Aggregate.STRUCT,
                    "a",
                    32,
                    false,
                    List.of(
                            new BtfType.Member("n", 4, 0, 0),
                            new BtfType.Member("p", 7, 128, 0),
                            new BtfType.Member("b", 6, 192, 0))),
            new BtfType.Composite(BtfType.Aggregate.UNION, "a", 1, false, List.of(new BtfType.Member("c", 5, 0, 0))),
            new BtfType.Typedef("a", 8),
            new BtfType.FuncProto(0, List.of()),
            new BtfType.Func("a", 11, BtfType.Linkage.GLOBAL),
            new BtfType.Enumeration("e", 4, false, false, List.of(new BtfType.Enumerator("E", 0)))));

    @Test
    void readsNamedTypesAndTheTypesThatDetermineTheirSizes() throws BtfFormatException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            byte[] section = BtfWriter.write(TABLE, order);
            Btf named = BtfReader.readNamed(section, Set.of("a", "nobody"));
            assertThat(named.types()).hasSameSizeAs(TABLE.types());
            for (int id : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 12}) {
                assertThat(named.type(id)).isEqualTo(TABLE.type(id));
            }
            for (int id : new int[] {10, 11, 13}) {
                assertThat(named.type(id)).isEqualTo(UNREAD);
            }
            assertThat(BtfReader.readNamed(section, Set.of()).types()).containsOnly(UNREAD);
        }
    }

    /** The partial table gives the same structs, member sizes and functions as the whole table. */
    @KernelTest
    @Test
    void agreesWithTheWholeTableOnTheKernelsTypes() throws Exception {
        byte[] section = Files.readAllBytes(Path.of("/sys/kernel/btf/vmlinux"));
        Btf whole = BtfReader.read(section);
        Set<String> names = Set.of("task_struct", "unix_address", "sk_buff", "list_head", "tcp_sock", "vfs_read");
        Btf named = BtfReader.readNamed(section, names);
        assertThat(named.types()).hasSameSizeAs(whole.types());
        assertThat(named.func("vfs_read")).isEqualTo(whole.func("vfs_read"));
        int members = 0;
        for (String name : names) {
            assertThat(named.struct(name)).isEqualTo(whole.struct(name));
            List<BtfType.Member> all =
                    whole.struct(name).map(BtfType.Composite::members).orElse(List.of());
            for (BtfType.Member member : all) {
                int stripped = whole.strip(member.type());
                assertThat(named.strip(member.type())).isEqualTo(stripped);
                assertThat(named.sizeOf(member.type())).isEqualTo(whole.sizeOf(member.type()));
                if (stripped != 0) {
                    assertThat(named.type(stripped)).isEqualTo(whole.type(stripped));
                }
                members++;
            }
        }
        assertThat(members).isGreaterThan(100);
    }

    @Test
    void mutatedTypesThrowOnlyBtfFormatException() {
        byte[] good = BtfWriter.write(TABLE, ByteOrder.LITTLE_ENDIAN);
        int refused = Mutants.refused(good, 4, bytes -> BtfReader.readNamed(bytes, Set.of("a", "b")));
        assertThat(refused).isBetween(10_000, 49_999);
    }
}
