// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.ToolTest;

/** Objects that were written for other loaders, each applied or refused for a given reason. */
@KernelTest
class PlainInventoryTest {
    /** The objects of cilium/ebpf's own tests. */
    private static final String CILIUM = ToolTest.CILIUM + "/testdata";

    private static final String KFUNC = "is a function of the kernel (kfunc)";
    private static final String LEGACY = "its section `maps` defines maps without BTF";
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("unix-filter", "`bpf_cast_to_kern_ctx`, which is used at byte 0 of section "),
            Map.entry("unix-sockets", KFUNC),
            Map.entry("btf_map_init-el", "`tail_1` (section `socket/tail`) is of type SOCKET_FILTER"),
            Map.entry(
                    "freplace-el",
                    "`sched_process_exec` (section `raw_tracepoint/sched_process_exec`) is of type RAW_T"),
            Map.entry("fwd_decl-el", "`call_fwd` (section `socket`) is of type SOCKET_FILTER"),
            Map.entry("invalid-kfunc-el", "`call_kfunc` (section `tc`) is of type SCHED_CLS"),
            Map.entry("invalid_btf_map_init-el", "it has no program"),
            Map.entry("invalid_map-el", LEGACY + ": `invalid_map`"),
            Map.entry("invalid_map_static-el", LEGACY + ": `dummy`, `hash_map`"),
            Map.entry("iproute2_map_compat-el", LEGACY + ": `hash_map`"),
            Map.entry("kconfig-el", "`kernel_version` (section `socket`) is of type SOCKET_FILTER"),
            Map.entry("kconfig_config-el", "`kconfig` (section `socket`) is of type SOCKET_FILTER"),
            Map.entry("kfunc-el", "`call_kfunc` (section `tc`) is of type SCHED_CLS"),
            Map.entry("kfunc-kmod-el", "`call_kfunc` (section `tc`) is of type SCHED_CLS"),
            Map.entry("loader-clang-14-el", LEGACY),
            Map.entry("loader-clang-7-el", LEGACY),
            Map.entry("loader-clang-9-el", LEGACY),
            Map.entry("loader-el", LEGACY),
            Map.entry("manyprogs-el", LEGACY),
            Map.entry("map_spin_lock-el", "it has no program"),
            Map.entry("raw_tracepoint-el", "is of type RAW_TRACEPOINT"),
            Map.entry("strings-el", "`filter` (section `xdp`) is of type XDP"),
            Map.entry("subprog_reloc-el", LEGACY));

    @TempDir
    Path dir = Path.of("");

    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    @ToolTest("clang-19")
    void programsOfTheBenchmarksInCAreApplied() throws IOException {
        RunningKernel.needs(6, 12, "hooks of unix sockets, and helpers at all hooks");
        Map<String, String> outcomes = new TreeMap<>();
        for (String folder : List.of("samples", "state")) {
            Path sources = GoldenCase.projectRoot().resolve("bench/src/main/c").resolve(folder);
            for (Path source : files(sources, ".bpf.c")) {
                if (!Files.readString(source).matches("(?s).*(\\bMAP\\b|ENTRIES|count\\.h).*")) {
                    Path object = compiled(source, sources);
                    outcomes.put(ObjectFile.nameOf(object.toString()), outcome(object));
                }
            }
        }
        assertThat(outcomes).hasSizeGreaterThan(20);
        outcomes.forEach(PlainInventoryTest::asExpected);
    }

    @Test
    @ToolTest(CILIUM)
    void objectsOfCiliumsTestsAreRefusedForTheirReasons() throws IOException {
        List<Path> objects = files(Path.of(CILIUM), ".elf");
        assertThat(objects).as("golang-github-cilium-ebpf-dev").hasSizeGreaterThan(40);
        for (Path object : objects) {
            String name = String.valueOf(object.getFileName()).replace(".elf", "");
            if (name.endsWith("-eb")) {
                assertThat(outcome(object)).as(name).contains("it is for big-endian machines");
            } else {
                assertThat(REFUSED).as("an object of a newer cilium/ebpf").containsKey(name);
                asExpected(name, outcome(object));
            }
        }
    }

    private static void asExpected(String name, String outcome) {
        assertThat(outcome).as(name).contains(REFUSED.getOrDefault(name, "applied"));
    }

    private String outcome(Path object) {
        try {
            PolicyObject plain = ObjectFile.read(object.toString());
            assertThat(plain.plain()).isTrue();
            box.host.applier().apply(new ApplyRequest(plain, "main", List.of(), Map.of(), true));
            return "applied";
        } catch (InputException e) {
            assertThat(e.help()).isNotBlank();
            return String.valueOf(e.getMessage());
        }
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    private Path compiled(Path source, Path folder) {
        Path object = dir.resolve(String.valueOf(source.getFileName()).replace(".bpf.c", ".o"));
        List<String> words = new ArrayList<>(List.of("clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3"));
        words.addAll(List.of("-I/usr/include/x86_64-linux-gnu", "-I/usr/include/aarch64-linux-gnu"));
        words.addAll(List.of("-I" + folder, "-I" + folder.resolve("..")));
        words.addAll(List.of("-c", source.toString(), "-o", object.toString()));
        Command.run(dir, words).succeeded();
        return object;
    }
}
