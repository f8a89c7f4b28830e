// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

@ToolTest("clang-19")
class PartialReaderTest {
    /** A kernel configuration value, a legacy map, a subprogram and kinds of relocation. */
    private static final String SOURCE = """
            #define SEC(name) __attribute__((section(name), used))
            #define UINT(name, val) int (*name)[val]
            struct task { int pid; struct task *parent; } __attribute__((preserve_access_index));
            struct { UINT(type, 1); UINT(max_entries, 10); UINT(key_size, 4); UINT(value_size, 8); } seen SEC(".maps");
            struct { unsigned type, key, value, max, flags; } old SEC("maps") = {1, 4, 16, 7, 0};
            extern int LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));
            extern void bpf_rcu_read_lock(void) __attribute__((section(".ksyms")));
            static volatile int hidden = 3;
            static void *(*lookup)(void *, const void *) = (void *) 1;
            static __attribute__((noinline)) int sub(int x) { return x * hidden; }
            SEC("kprobe/do_exit") int kp(void *ctx) { return LINUX_KERNEL_VERSION > 5; }
            SEC("xdp") int drop(void *ctx) { int k = 0; return lookup(&old, &k) ? sub(k) : lookup(&seen, &k) != 0; }
            SEC("tp/x") int tp(struct task *t) { bpf_rcu_read_lock(); return __builtin_preserve_field_info(t->pid, 2); }
            SEC("custom") char other[8] = "x";
            char _license[] SEC("license") = "GPL";
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"bpfel,-O2", "bpfeb,-O2", "bpfel,-O1", "bpfeb,-O1"})
    void readsPartsOfAnObjectThatTheFullReaderRefuses(String target, String level) throws Exception {
        byte[] file = compile(target, level, "-g");
        assertThatThrownBy(() -> ObjectReader.read(file)).isInstanceOf(ObjectFormatException.class);

        PartialObject object = PartialReader.read(file);
        assertThat(object.functions()).extracting(PartialObject.Function::name).contains("sub", "kp", "drop", "tp");
        assertThat(object.functions()).allSatisfy(function -> {
            assertThat(function.insns()).isNotEmpty();
            assertThat(function.lines()).isNotEmpty();
        });
        assertThat(function(object, "kp").targets().values()).containsExactly("LINUX_KERNEL_VERSION");
        assertThat(function(object, "drop").targets().values()).contains("old", "seen", "sub");
        assertThat(function(object, "tp").targets().values()).containsExactly("bpf_rcu_read_lock");
        assertThat(object.maps()).extracting(MapSpec::name).containsExactlyInAnyOrder("seen", "old");
        assertThat(object.maps())
                .filteredOn(map -> map.name().equals("old"))
                .allSatisfy(old -> assertThat(
                                old.type() + " " + old.keySize() + " " + old.valueSize() + " " + old.maxEntries())
                        .isEqualTo("HASH 4 16 7"));
        assertThat(object.data()).extracting(PartialObject.Data::section).containsExactly(".data");
        assertThat(object.skipped())
                .anyMatch(line -> line.startsWith("section `custom`, of 8 bytes"))
                .anyMatch(line -> line.contains("CO-RE relocation of kind 2"));
    }

    @Test
    void reportsThatMapDefinitionsNeedBtf() throws Exception {
        PartialObject object = PartialReader.read(compile("bpfel", "-O2", "-g0"));
        assertThat(object.functions()).extracting(PartialObject.Function::name).contains("drop");
        assertThat(object.skipped()).contains("maps seen: their definitions need BTF");
    }

    @Test
    void mutatedFilesThrowOnlyObjectFormatException() throws Exception {
        byte[] good = compile("bpfel", "-O2", "-g");
        Random random = new Random(20261124);
        int refused = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] file = random.nextInt(10) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int left = file.length == 0 ? 0 : 1 + random.nextInt(3); left > 0; left--) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            try {
                PartialReader.read(file);
            } catch (ObjectFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(100, 4_900);
    }

    private static PartialObject.Function function(PartialObject object, String name) {
        return object.functions().stream()
                .filter(function -> function.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private byte[] compile(String target, String level, String debug) throws Exception {
        String source = debug.equals("-g")
                ? SOURCE
                : SOURCE.replace("__attribute__((preserve_access_index))", "")
                        .replace("__builtin_preserve_field_info(t->pid, 2)", "t->pid");
        Files.writeString(directory.resolve("a.c"), source, StandardCharsets.UTF_8);
        Command command = Command.run(
                directory, "clang-19", level, debug, "-mcpu=v3", "-target", target, "-c", "a.c", "-o", "a.o");
        assertThat(command.status()).as(command.output()).isZero();
        return Files.readAllBytes(directory.resolve("a.o"));
    }
}
