// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.btf.BtfPrinter;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Pinned;
import org.ringwall.testkit.ToolTest;

/** An object with state of every kind, read by independent programs. */
class StateObjectToolTest {

    private static final String LOADER = """
            package main

            import (
                "fmt"
                "os"

                "github.com/cilium/ebpf"
            )

            func main() {
                spec, err := ebpf.LoadCollectionSpec(os.Args[1])
                if err != nil {
                    panic(err)
                }
                collection, err := ebpf.NewCollection(spec)
                if err != nil {
                    panic(err)
                }
                defer collection.Close()
                for _, name := range os.Args[2:] {
                    inner := "-"
                    if spec.Maps[name].InnerMap != nil {
                        inner = spec.Maps[name].InnerMap.Type.String()
                    }
                    fmt.Println(name, collection.Maps[name].Type(), inner)
                }
            }
            """;

    private static final BpfObject OBJECT = StatefulPolicy.object(
            List.of(Hook.CONNECT4, Hook.SKB_EGRESS), StatefulPolicy.MAPS, ByteOrder.nativeOrder());

    @TempDir
    Path directory;

    @BeforeEach
    void write() {
        ToolRun.write(directory.resolve("gate.o"), ObjectWriter.write(OBJECT));
    }

    private String run(String... words) {
        return Command.run(directory, words).succeeded();
    }

    @Test
    @ToolTest("bpftool")
    void bpftoolPrintsTheSameTypes() {
        assertThat(run("bpftool", "btf", "dump", "file", "gate.o"))
                .isEqualTo(BtfPrinter.print(ObjectWriter.complete(OBJECT).btf()))
                .contains("STRUCT 'ringwall_event' size=96")
                .contains("STRUCT 'ringwall_event_packet' size=48")
                .contains("STRUCT 'bpf_spin_lock' size=4")
                .contains("VAR 'live_partners'");
    }

    @Test
    @ToolTest("bpftool")
    void skeletonHasEveryMapAndText() {
        String skeleton = run("bpftool", "gen", "skeleton", "gate.o");

        assertThat(StatefulPolicy.MAPS)
                .allSatisfy(map -> assertThat(skeleton).contains("struct bpf_map *" + map + ";"));
        assertThat(skeleton)
                .contains("char bpf_metadata_live_partners[")
                .contains("char ringwall_log_1[")
                .containsPattern("unsigned long long monitor_until;\n\t*} ringwall_control;");
    }

    @Test
    @ToolTest("pahole")
    void paholeShowsTheStructLayoutOfTheAbi() {
        assertThat(run("pahole", "-F", "btf", "-C", "ringwall_event,ringwall_origins", "gate.o")
                        .replaceAll("[ \t]+", " "))
                .contains("char comm[16]; /* 64 16 */")
                .contains("struct ringwall_origin pair[4]; /* 8 160 */")
                .contains("/* size: 96,")
                .doesNotContain("hole");
    }

    /** libbpf creates every map, and an inner map as the template of each outer one. */
    @Test
    @KernelTest
    @ToolTest("bpftool")
    void libbpfLoadsTheObject() {
        try (Pinned pinned = Pinned.load(directory, "gate.o")) {
            assertThat(pinned.names()).hasSize(2);
            assertThat(pinned.maps()).containsAll(StatefulPolicy.MAPS).hasSize(StatefulPolicy.MAPS.size() + 2);
            String program = pinned.program(pinned.names().get(0), List.of("show"));
            assertThat(program)
                    .contains("table_far = \"cgroup : v6 max 1 choices 1 within ::1 ports 80 443 default ::1 80\"")
                    .contains("rate_each = \"uid : 333333334 burst 5\"");
            String dump = run("bpftool", "-j", "map", "dump", "pinned", pinned.pins() + "/maps/ringwall_log_limits");
            assertThat(dump).contains("\"suppressed\":0").contains("\"full\":0");
        }
    }

    @Test
    @KernelTest
    @ToolTest({"go", ToolTest.CILIUM, ToolTest.GO_SYS})
    void ciliumLoadsTheObject() throws Exception {
        Files.writeString(directory.resolve("main.go"), LOADER);
        Command command = Command.run(
                directory,
                "env",
                "GO111MODULE=off",
                "GOPATH=/usr/share/gocode",
                "GOCACHE=" + Path.of(System.getProperty("java.io.tmpdir"), "ringwall-go-cache"),
                "go",
                "run",
                "main.go",
                "gate.o",
                "live_partners",
                "live_web",
                "table_far",
                "counter_recent",
                "rate_each",
                "ringwall_events",
                "ringwall_origins");

        assertThat(command.succeeded().lines())
                .containsExactly(
                        "live_partners ArrayOfMaps LPMTrie",
                        "live_web ArrayOfMaps Array",
                        "table_far ArrayOfMaps Hash",
                        "counter_recent LRUCPUHash -",
                        "rate_each Array -",
                        "ringwall_events RingBuf -",
                        "ringwall_origins SkStorage -");
    }
}
