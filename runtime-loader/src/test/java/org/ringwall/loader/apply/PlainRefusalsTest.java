// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.ToolTest;

/** Objects that ringwall does not apply, each refused by the name of the part and its place. */
class PlainRefusalsTest {
    private static final Path OBJECTS = GoldenCase.projectRoot().resolve("testdata/plain");
    private static final String HEAD = """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_core_read.h>
            char _license[] SEC("license") = "GPL";
            """;
    private static final String ALLOW = "(void *ctx) { return 1; }\n";
    private static final String PLACE = "SEC(\"cgroup/dev\") int p(struct bpf_cgroup_dev_ctx *ctx) ";

    @TempDir
    Path dir = Path.of("");

    static Stream<Arguments> sources() {
        return Stream.of(programs(), undefined(), maps()).flatMap(List::stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fifo.o", "fifo.wallpack"})
    @HangGuard
    void whatIsNotARegularFileIsNotRead(String name) {
        Path fifo = dir.resolve(name);
        Command.run(dir, List.of("mkfifo", fifo.toString())).succeeded();
        for (String path : List.of(fifo.toString(), "/dev/zero", dir.toString())) {
            assertThatThrownBy(() -> {
                        if (PolicyFile.isBundle(path)) {
                            PolicyFile.archive(path);
                        } else {
                            ObjectFile.read(path);
                        }
                    })
                    .isInstanceOfSatisfying(
                            InputException.class,
                            e -> assertThat(e.help()).isEqualTo("write the object or bundle to a file, and name that"))
                    .hasMessage("`" + path + "` is not a regular file");
        }
        assertThatThrownBy(() -> ObjectFile.read(dir.resolve("absent.o").toString()))
                .hasMessage("there is no file `" + dir.resolve("absent.o") + "`");
    }

    private static List<Arguments> programs() {
        return List.of(
                Arguments.of(
                        "SEC(\"xdp\") int drop" + ALLOW,
                        "its program `drop` (section `xdp`) is of type XDP, which ringwall does not attach"),
                Arguments.of(
                        "SEC(\"kprobe/do_exit\") int seen" + ALLOW,
                        "its program `seen` (section `kprobe/do_exit`) is of type KPROBE, which ringwall does not"
                                + " attach"),
                Arguments.of(
                        "SEC(\"uprobe.multi/x\") int seen" + ALLOW,
                        "its program `seen` (section `uprobe.multi/x`) is of type KPROBE, which ringwall does not"
                                + " attach"),
                Arguments.of(
                        "SEC(\"tc\") int shape" + ALLOW,
                        "its program `shape` (section `tc`) is of type SCHED_CLS, which ringwall does not attach"),
                Arguments.of(
                        "SEC(\"lsm_cgroup/socket_bind\") int hook" + ALLOW,
                        "its program `hook` (section `lsm_cgroup/socket_bind`) is of type LSM, which ringwall does"
                                + " not attach"),
                Arguments.of(
                        "SEC(\"cgroup/skb\") int both" + ALLOW,
                        "its program `both` (section `cgroup/skb`) does not say for which direction it is"),
                Arguments.of(
                        "SEC(\"cgroup/connect5\") int typo" + ALLOW,
                        "its program `typo` (section `cgroup/connect5`) is in a section that names no hook of"
                                + " cgroups"),
                Arguments.of(
                        "SEC(\"?cgroup/connect4\") int maybe" + ALLOW,
                        "its program `maybe` (section `?cgroup/connect4`) is marked as one that is not loaded by"
                                + " itself"),
                Arguments.of(
                        "SEC(\"cgroup/connect4\") int one" + ALLOW + "SEC(\"cgroup/connect4\") int two" + ALLOW,
                        "it has two programs for `connect4`, `one` and `two`"),
                Arguments.of("int data = 5;\n", "it has no program"));
    }

    private static List<Arguments> undefined() {
        return List.of(
                Arguments.of(
                        "struct { int type, key, value, entries; } old SEC(\"maps\") = {1, 4, 4, 1};\n" + PLACE
                                + "{ return 1; }\n",
                        "its section `maps` defines maps without BTF: `old`"),
                Arguments.of(
                        "extern int LINUX_KERNEL_VERSION __kconfig;\n" + PLACE
                                + "{ return LINUX_KERNEL_VERSION > 1; }\n",
                        "`LINUX_KERNEL_VERSION`, which is used at byte 0 of section `cgroup/dev`, in `p`, is a"
                                + " setting of the kernel (`.kconfig`), which ringwall does not resolve"),
                Arguments.of(
                        "extern const int bpf_prog_active __ksym;\n" + PLACE
                                + "{ return ctx->major != (unsigned long)&bpf_prog_active; }\n",
                        "`bpf_prog_active`, which is used at byte 16 of section `cgroup/dev`, in `p`, is a variable"
                                + " of the kernel (`.ksyms`), which ringwall does not resolve"),
                Arguments.of(
                        "extern void bpf_rcu_read_lock(void) __ksym;\n" + PLACE
                                + "{ bpf_rcu_read_lock(); return 1; }\n",
                        "`bpf_rcu_read_lock`, which is used at byte 0 of section `cgroup/dev`, in `p`, is a"
                                + " function of the kernel (kfunc), which ringwall does not resolve"),
                Arguments.of(
                        "extern int absent(void);\n" + PLACE + "{ return absent(); }\n",
                        "`absent`, which is used at byte 0 of section `cgroup/dev`, in `p`, is not defined in this"
                                + " object"),
                Arguments.of(
                        "struct task_struct { int pid; } __attribute__((preserve_access_index));\n" + PLACE
                                + "{ struct task_struct *t = (void *)bpf_get_current_task();\n"
                                + " return BPF_CORE_READ(t, pid) != 1; }\n",
                        "it has a CO-RE relocation of field 0:0 of `task_struct` at byte "),
                Arguments.of(
                        "struct bpf_sock_addr___x { __u32 user_ip6[4]; } __attribute__((preserve_access_index));\n"
                                + "SEC(\"cgroup/connect6\") int six(struct bpf_sock_addr___x *ctx)"
                                + " { return ctx->user_ip6[1] != 1; }\n",
                        "it has a CO-RE relocation of field 0:0:1 of `bpf_sock_addr___x` at byte 0 of section"
                                + " `cgroup/connect6`, in `six`"),
                Arguments.of(
                        "struct task_struct { int pid; };\n" + PLACE
                                + "{ return bpf_core_type_exists(struct task_struct); }\n",
                        "it has a CO-RE relocation of the type `task_struct` at byte 0 of section `cgroup/dev`, in"
                                + " `p`"),
                Arguments.of(
                        "struct ops { int (*init)(void); };\nSEC(\"struct_ops/init\") int init" + ALLOW
                                + "SEC(\".struct_ops\") struct ops mine = { .init = (void *)init };\n",
                        "its section `.struct_ops` defines struct_ops: `mine`"));
    }

    private static List<Arguments> maps() {
        return List.of(
                Arguments.of(
                        "struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4);"
                                + " __uint(value_size, 4); } events SEC(\".maps\");\n" + PLACE
                                + "{ return !bpf_map_lookup_elem(&events, ctx); }\n",
                        "its map `events` is of type PERF_EVENT_ARRAY, which ringwall does not create"),
                Arguments.of(
                        "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int); __type(value, int);"
                                + " __uint(max_entries, 1); __uint(colour, 1); } odd SEC(\".maps\");\n" + PLACE
                                + "{ return !bpf_map_lookup_elem(&odd, ctx); }\n",
                        "map `odd` has a member `colour`, which is not known"),
                Arguments.of(
                        "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int);"
                                + " __uint(value_size, 65537); __uint(max_entries, 1); } wide SEC(\".maps\");\n"
                                + PLACE + "{ return !bpf_map_lookup_elem(&wide, ctx); }\n",
                        "its map `wide` has keys of 4 and values of 65537 bytes"),
                Arguments.of(
                        "struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, int); __type(value, long);"
                                + " __uint(max_entries, 1 << 30); } many SEC(\".maps\");\n" + PLACE
                                + "{ return !bpf_map_lookup_elem(&many, ctx); }\n",
                        "its maps need 103079215104 bytes"),
                Arguments.of(
                        "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int); __type(value, int);"
                                + " __uint(max_entries, 1); } ringwall_ctl SEC(\".maps\");\n" + PLACE
                                + "{ return !bpf_map_lookup_elem(&ringwall_ctl, ctx); }\n",
                        "its map `ringwall_ctl` has a name of ringwall's own maps"),
                Arguments.of(
                        "int number;\nint *pointer = &number;\n" + PLACE + "{ return pointer != 0; }\n",
                        "data contains the address of `number` (byte 0 of section `.data`, in `pointer`)"),
                Arguments.of(
                        "static int in" + ALLOW + "struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY);"
                                + " __uint(max_entries, 1); __type(key, int); __array(values, int (void *)); }"
                                + " jumps SEC(\".maps\") = { .values = { (void *)&in } };\n" + PLACE
                                + "{ bpf_tail_call(ctx, &jumps, 0); return 1; }\n",
                        "a map has `.text` as an initial value (byte 24 of section `.maps`, in `jumps`)"));
    }

    @ParameterizedTest
    @MethodSource("sources")
    @ToolTest("clang-19")
    void refusesByNameAndPlace(String source, String message) throws IOException {
        Path object = compiled(source, "bpfel", "-g");
        assertThatThrownBy(() -> ObjectFile.read(object.toString()))
                .isInstanceOfSatisfying(
                        InputException.class, e -> assertThat(e.help()).isNotBlank())
                .hasMessageContaining(message);
    }

    @Test
    @ToolTest("clang-19")
    void refusesMapsWithoutTypesAndTheOtherByteOrder() throws IOException {
        String map = "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int); __type(value, int);"
                + " __uint(max_entries, 1); } one SEC(\".maps\");\n" + PLACE
                + "{ return !bpf_map_lookup_elem(&one, ctx); }\n";
        Path untyped = compiled(map, "bpfel");
        assertThatThrownBy(() -> ObjectFile.read(untyped.toString()))
                .hasMessageEndingWith("its maps `one` in `.maps` have no BTF");
        Path foreign = compiled(map, "bpfeb", "-g");
        assertThatThrownBy(() -> ObjectFile.read(foreign.toString()))
                .hasMessageEndingWith("it is for big-endian machines, and this machine is little-endian");
    }

    @Test
    @ToolTest("clang-19")
    void acceptsWhatLooksLikeARefusalButIsNone() throws IOException {
        Path object = compiled(
                "static int twice(int n) { return 2 * n; }\n"
                        + "SEC(\"cgroup/sock\") int create(struct bpf_sock *ctx)\n"
                        + "{ static volatile int a = 1; return twice(a) == 2; }\n" + PLACE
                        + "{ static volatile int a = 2; bpf_printk(\"%d\", a); bpf_printk(\"!\"); return 1; }\n",
                "bpfel",
                "-g");
        assertThat(ObjectFile.read(object.toString()).programs()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 63, 64, 100, 1_000, 4_000})
    void refusesTruncatedObjects(int length) throws IOException {
        byte[] bytes = Files.readAllBytes(OBJECTS.resolve("deny.o"));
        refused(Arrays.copyOf(bytes, length), "is not a readable BPF object: ");
    }

    @Test
    void refusesHostileSections() throws IOException {
        refused(edited(bytes -> bytes.put(4, (byte) 1)), "elf file is not 64-bit");
        refused(edited(bytes -> bytes.putShort(18, (short) 62)), "elf file is for machine 62, not bpf (247)");
        refused(edited(bytes -> bytes.putLong(40, Long.MAX_VALUE)), "section table is outside the file");
        refused(edited(bytes -> bytes.putLong(40, -64)), "section table is outside the file");
        refused(edited(bytes -> bytes.putShort(60, (short) 0xfeff)), "section table is outside the file");
        refused(edited(bytes -> bytes.putLong(header(bytes, ".rodata") + 32, Long.MAX_VALUE)), " is outside the file");
        refused(edited(bytes -> bytes.putLong(header(bytes, ".bss") + 32, -1)), "section `.bss` is too big");
        refused(edited(bytes -> bytes.putLong(header(bytes, ".bss") + 32, 1L << 40)), "section `.bss` is too big");
        refused(
                edited(bytes ->
                        bytes.putLong(header(bytes, ".rodata") + 24, bytes.getLong(header(bytes, ".text") + 24))),
                "its sections `.text` and `.rodata` overlap at byte ");
        refused(edited(bytes -> bytes.putInt(header(bytes, ".symtab") + 40, 1_000)), "symbol table has no names");
        refused(edited(bytes -> bytes.putInt(header(bytes, ".text"), -1)), "has no readable name");
        refused(
                edited(bytes -> bytes.put(name(bytes, "cgroup/connect4") + 2, (byte) '\n')),
                "has a control character in its name");
        refused(
                edited(bytes -> bytes.putLong(header(bytes, "cgroup/connect4") + 8, 2)),
                "function `deny4` is in `cgroup/connect4`, which holds no code");
    }

    @Test
    void damagedObjectsAreAppliedOrRefusedInOneSentence() throws IOException {
        Random random = new Random(11);
        int refused = 0;
        for (String name : List.of("deny", "packets", "options")) {
            byte[] good = Files.readAllBytes(OBJECTS.resolve(name + ".o"));
            for (int i = 0; i < 1_000; i++) {
                byte[] bytes = good.clone();
                for (int left = 1 + random.nextInt(4); left > 0; left--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
                try {
                    ObjectFile.read(written(bytes).toString());
                } catch (InputException e) {
                    assertThat(e.getMessage()).doesNotContain("Exception", "null");
                    assertThat(e.help()).isNotBlank();
                    refused++;
                }
            }
        }
        assertThat(refused).isBetween(300, 2_999);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/deny.o", "deny.bpf.o", "deny_bpfel.o", "x/y/deny_bpfeb.o", "deny"})
    void anInstanceHasTheNameOfTheFile(String file) {
        assertThat(ObjectFile.nameOf(file)).isEqualTo("deny");
        assertThat(ObjectFile.nameOf("a.b c.o")).isEqualTo("a_b_c");
    }

    private void refused(byte[] bytes, String message) throws IOException {
        Path file = written(bytes);
        assertThatThrownBy(() -> ObjectFile.read(file.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    private Path written(byte[] bytes) throws IOException {
        return Files.write(dir.resolve("damaged.o"), bytes);
    }

    private static byte[] edited(Consumer<ByteBuffer> change) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(OBJECTS.resolve("deny.o"))).order(ByteOrder.LITTLE_ENDIAN);
        change.accept(bytes);
        return bytes.array();
    }

    /** Returns where the header of a section begins. */
    private static int header(ByteBuffer bytes, String wanted) {
        int table = (int) bytes.getLong(40);
        int names = sectionNames(bytes);
        for (int i = 0; i < bytes.getShort(60); i++) {
            int header = table + 64 * i;
            StringBuilder name = new StringBuilder();
            for (int at = names + bytes.getInt(header); bytes.get(at) != 0; at++) {
                name.append((char) bytes.get(at));
            }
            if (name.toString().equals(wanted)) {
                return header;
            }
        }
        throw new AssertionError(wanted);
    }

    private static int sectionNames(ByteBuffer bytes) {
        int table = (int) bytes.getLong(40);
        return (int) bytes.getLong(table + 64 * bytes.getShort(62) + 24);
    }

    /** Returns where the name of a section begins. */
    private static int name(ByteBuffer bytes, String section) {
        return sectionNames(bytes) + bytes.getInt(header(bytes, section));
    }

    private Path compiled(String source, String target, String... flags) throws IOException {
        Path file = Files.writeString(dir.resolve("p.c"), HEAD + source);
        Path object = dir.resolve("p.o");
        List<String> words = new ArrayList<>(List.of("clang-19", "-O2", "-target", target));
        words.addAll(List.of("-I/usr/include/x86_64-linux-gnu", "-I/usr/include/aarch64-linux-gnu"));
        words.addAll(List.of(flags));
        words.addAll(List.of("-c", file.toString(), "-o", object.toString()));
        Command.run(dir, words).succeeded();
        return object;
    }
}
