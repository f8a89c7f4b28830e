// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Pinned;
import org.ringwall.testkit.ToolTest;

@ToolTest("clang-19")
class ClangObjectTest {
    private static final String SOURCE = """
            typedef unsigned int u32;
            typedef unsigned long long u64;
            #define SEC(name) __attribute__((section(name), used))
            #define UINT(name, val) int (*name)[val]
            struct bpf_sock_addr { u32 user_family; u32 user_ip4; u32 user_ip6[4]; u32 user_port; };
            struct key { u32 a; u32 b; };
            struct { UINT(type, 1); UINT(max_entries, 10); struct key *key; u64 *value; } seen SEC(".maps");
            struct { UINT(type, 27); UINT(max_entries, 4096); } ring SEC(".maps");
            struct inner { UINT(type, 2); UINT(max_entries, 1); UINT(key_size, 4); UINT(value_size, 8); };
            struct { UINT(type, 13); UINT(max_entries, 10); u32 *key; struct inner *values[]; } outer SEC(".maps");
            const volatile u32 port = 80;
            u64 control[3] = {1, 2, 3};
            u64 counter;
            static u64 hidden;
            static void *(*lookup)(void *, const void *) = (void *) 1;
            static long (*loop)(u32, void *, void *, u64) = (void *) 181;
            static __attribute__((noinline)) int sub(struct bpf_sock_addr *ctx, u32 k) {
                struct key q = {k, k};
                u64 *v = lookup(&seen, &q);
                hidden++;
                return v ? *v > control[1] : 0;
            }
            static __attribute__((noinline)) int each(u32 i, void *c) { counter += i; return sub(c, i) & 1; }
            SEC("cgroup/connect4") int c4(struct bpf_sock_addr *ctx) {
                if (ctx->user_port == port) counter++;
                return sub(ctx, ctx->user_ip4);
            }
            SEC("cgroup/connect6") int c6(struct bpf_sock_addr *ctx) {
                u32 here = 0;
                loop(3, each, &here, 0);
                return sub(ctx, ctx->user_port) & 1;
            }
            SEC("cgroup/connect6") int c6b(struct bpf_sock_addr *ctx) { return 1; }
            char _license[] SEC("license") = "GPL";
            """;

    @TempDir
    Path directory;

    private byte[] compile(String source, String target) throws Exception {
        Files.writeString(directory.resolve("a.c"), source, StandardCharsets.UTF_8);
        Command command = Command.run(
                directory, "clang-19", "-O2", "-g", "-mcpu=v3", "-target", target, "-c", "a.c", "-o", "clang.o");
        assertThat(command.status()).as(command.output()).isZero();
        return Files.readAllBytes(directory.resolve("clang.o"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpfel", "bpfeb"})
    void readsProgramsWithTheirSubprogramsMapsAndData(String target) throws Exception {
        BpfObject object = ObjectReader.read(compile(SOURCE, target));
        assertThat(object.order()).isEqualTo(target.equals("bpfel") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        assertThat(object.license()).isEqualTo("GPL");
        assertThat(object.programs().stream().map(p -> p.section() + " " + p.name()))
                .containsExactlyInAnyOrder("cgroup/connect4 c4", "cgroup/connect6 c6", "cgroup/connect6 c6b");
        ProgramSpec c6 = object.program("c6").orElseThrow();
        assertThat(c6.subprograms().stream().map(Subprogram::name)).containsExactly("each", "sub");
        assertThat(c6.subprograms()).allMatch(sub -> sub.funcTypeId() != 0);
        assertThat(c6.insns().stream().filter(Insn.CallLocal.class::isInstance)).hasSize(2);
        assertThat(c6.relocations().stream().map(Relocation::symbol)).contains("seen", ".bss", ".data");
        assertThat(c6.lines().stream().map(LineInfo::text)).anyMatch(text -> text.contains("loop(3, each, &here, 0);"));
        assertThat(object.map("seen").orElseThrow().keySize()).isEqualTo(8);
        assertThat(object.map("ring").orElseThrow().type()).isEqualTo(MapType.RINGBUF);
        assertThat(object.map("outer").flatMap(MapSpec::inner).map(MapSpec::valueSize))
                .isEqualTo(Optional.of(8));
        DataSection bss = object.section(".bss").orElseThrow();
        assertThat(bss.variables().stream().map(DataVariable::name)).containsExactlyInAnyOrder("counter", "hidden");
        assertThat(object.section(".rodata").flatMap(s -> s.variable("port")).map(DataVariable::size))
                .isEqualTo(Optional.of(4));
    }

    @Test
    void objectsOfClangRoundTrip() throws Exception {
        BpfObject object = ObjectReader.read(compile(SOURCE, "bpfel"));
        BpfObject again = ObjectReader.read(ObjectWriter.write(object));
        assertThat(again.programs()).isEqualTo(object.programs());
        assertThat(again.maps()).isEqualTo(object.maps());
        assertThat(again.data()).isEqualTo(object.data());
    }

    @KernelTest
    @ToolTest({"clang-19", "bpftool"})
    @Test
    void kernelLoadsRewrittenObjectsOfClang() throws Exception {
        BpfObject object = ObjectReader.read(compile(SOURCE, "bpfel"));
        Files.write(directory.resolve("ours.o"), ObjectWriter.write(object));
        try (Pinned pinned = Pinned.load(directory, "ours.o")) {
            assertThat(pinned.names()).containsExactlyInAnyOrder("c4", "c6", "c6b");
        }
    }

    @Test
    void reportsAnUndefinedSymbol() throws Exception {
        byte[] bytes = compile(
                "extern int absent(void); __attribute__((section(\"cgroup/dev\"))) int p(void *c) { return absent(); }",
                "bpfel");
        assertThatThrownBy(() -> ObjectReader.read(bytes))
                .isInstanceOf(ObjectFormatException.class)
                .hasMessage("function `p`, slot 0: symbol `absent` is not defined in this object");
    }

    private static final String KERNEL_CALL = """
            extern void *bpf_cast_to_kern_ctx(void *obj) __attribute__((section(".ksyms")));
            extern void *bpf_rdonly_cast(void *obj, unsigned id) __attribute__((section(".ksyms"), weak));
            __attribute__((section("cgroup/dev"))) int p(void *c) { return !!bpf_cast_to_kern_ctx(c); }
            char _license[] __attribute__((section("license"))) = "GPL";
            """;

    @ParameterizedTest
    @ValueSource(strings = {"bpfel", "bpfeb"})
    void kfuncCallsRoundTrip(String target) throws Exception {
        BpfObject object = ObjectReader.read(compile(KERNEL_CALL, target));
        ProgramSpec program = object.program("p").orElseThrow();
        assertThat(program.kfuncCalls()).singleElement().satisfies(call -> {
            assertThat(call.function()).isEqualTo("bpf_cast_to_kern_ctx");
            assertThat(program.insns().get(call.slot())).isEqualTo(ProgramSpec.UNRESOLVED);
        });
        assertThat(ObjectReader.read(ObjectWriter.write(object)).programs()).isEqualTo(object.programs());
    }

    @KernelTest
    @ToolTest({"clang-19", "bpftool"})
    @Test
    void bpftoolFindsTheKernelsFunctions() throws Exception {
        Files.write(directory.resolve("ours.o"), ObjectWriter.write(ObjectReader.read(compile(KERNEL_CALL, "bpfel"))));
        try (Pinned pinned = Pinned.load(directory, "ours.o")) {
            assertThat(pinned.names()).containsExactly("p");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpfel", "bpfeb"})
    void coreRelocationsOfFieldOffsetsRoundTrip(String target) throws Exception {
        byte[] bytes = compile(
                "struct s { int a; int b; } __attribute__((preserve_access_index));"
                        + " __attribute__((section(\"cgroup/dev\"))) int p(struct s *c) { return c->b; }",
                target);
        BpfObject object = ObjectReader.read(bytes);
        List<CoreRelocation> offsets = object.program("p").orElseThrow().coreRelocations();
        assertThat(offsets)
                .singleElement()
                .extracting(offset ->
                        offset.field(object.btf()).map(BtfType.Member::name).orElse(""))
                .isEqualTo("b");
        assertThat(ObjectReader.read(ObjectWriter.write(object)).programs()).isEqualTo(object.programs());
    }

    @Test
    void refusesCoreRelocationsOfOtherKinds() throws Exception {
        byte[] nested = compile(
                "struct __attribute__((preserve_access_index)) t { int a; int b; };"
                        + " struct s { int a; struct t t; } __attribute__((preserve_access_index));"
                        + " __attribute__((section(\"cgroup/dev\"))) int p(struct s *c) { return c->t.b; }",
                "bpfel");
        assertThatThrownBy(() -> ObjectReader.read(nested))
                .isInstanceOf(ObjectFormatException.class)
                .hasMessage("`.BTF.ext` has the CO-RE relocation `0:1:1`, and only direct members of a struct are "
                        + "supported");
        byte[] size = compile(
                "struct s { int a; int b; }; __attribute__((section(\"cgroup/dev\"))) int p(struct s *c)"
                        + " { return __builtin_preserve_field_info(c->b, 1); }",
                "bpfel");
        assertThatThrownBy(() -> ObjectReader.read(size))
                .isInstanceOf(ObjectFormatException.class)
                .hasMessage("`.BTF.ext` has a CO-RE relocation of kind 1, and only offsets of fields are supported");
    }

    @Test
    void mutatedObjectsThrowOnlyObjectFormatException() throws Exception {
        byte[] good = compile(SOURCE, "bpfel");
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 4_000; i++) {
            byte[] bytes = good.clone();
            for (int left = 4; left > 0; left--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                ObjectReader.read(bytes);
            } catch (ObjectFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(400, 3999);
    }
}
