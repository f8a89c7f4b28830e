// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

class CiliumTest {
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
                for _, name := range []string{"seen", ".rodata", ".data"} {
                    fmt.Println(name, collection.Maps[name].Type(), collection.Maps[name].ValueSize())
                }
                for _, name := range []string{"connect4_0a1b2c", "connect6_0a1b2c"} {
                    fmt.Println(name, collection.Programs[name].Type(), spec.Programs[name].AttachType)
                }
            }
            """;

    @TempDir
    Path directory;

    @KernelTest
    @ToolTest({"go", ToolTest.CILIUM, ToolTest.GO_SYS})
    @Test
    void ciliumLoadsAWrittenObject() throws Exception {
        Files.write(directory.resolve("a.o"), ObjectWriter.write(Samples.handMade(ByteOrder.nativeOrder())));
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
                "a.o");
        assertThat(command.status()).as(command.output()).isZero();
        assertThat(command.output().lines().toList())
                .isEqualTo(List.of(
                        "seen Hash 8",
                        ".rodata Array 12",
                        ".data Array 16",
                        "connect4_0a1b2c CGroupSockAddr CGroupInet4Connect",
                        "connect6_0a1b2c CGroupSockAddr CGroupInet6Connect"));
    }
}
