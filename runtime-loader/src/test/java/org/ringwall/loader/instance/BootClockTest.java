// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Syscalls;

/** The boot clock on a kernel that refuses bpf(2). */
class BootClockTest {
    private static final long CLOCK = 5_000_000_000L;

    @TempDir
    Path process = Path.of("");

    @Test
    void subtractsTheOffsetOfTheTimeNamespace() throws IOException {
        namespaces("time:[4026532000]", "time:[4026532000]");
        offsets("monotonic           7         0\nboottime            3         5\n");
        assertThat(now()).isEqualTo("OptionalLong[1999999995]");
        offsets("monotonic           0         0\nboottime           -2 500000000\n");
        assertThat(now()).isEqualTo("OptionalLong[6500000000]");
        offsets("1 0 0\n7 1 0\n");
        assertThat(now()).as("with the numbers of clocks").isEqualTo("OptionalLong[4000000000]");
    }

    @Test
    void ignoresTheOffsetOfItsChildrensNamespace() throws IOException {
        namespaces("time:[4026531834]", "time:[4026532000]");
        offsets("boottime 3 0\n");
        assertThat(now()).isEqualTo("OptionalLong.empty");
    }

    @Test
    void isEmptyWithoutAnOffset() throws IOException {
        assertThat(now()).as("without a proc file system").isEqualTo("OptionalLong.empty");
        namespaces("time:[4026531834]", "time:[4026531834]");
        assertThat(now()).as("without the file").isEqualTo("OptionalLong.empty");
        offsets("monotonic 3 0\n");
        assertThat(now()).as("without the clock").isEqualTo("OptionalLong.empty");
    }

    @Test
    void usesTheClockUnchangedWithoutTimeNamespaces() throws IOException {
        Files.createDirectory(process.resolve("ns"));
        assertThat(now()).isEqualTo("OptionalLong[" + CLOCK + "]");
    }

    private void namespaces(String own, String ofChildren) throws IOException {
        Path folder = Files.createDirectory(process.resolve("ns"));
        Files.createSymbolicLink(folder.resolve("time"), Path.of(own));
        Files.createSymbolicLink(folder.resolve("time_for_children"), Path.of(ofChildren));
    }

    private void offsets(String text) throws IOException {
        Files.writeString(process.resolve("timens_offsets"), text);
    }

    private String now() {
        Bpf refusing = (Bpf) Proxy.newProxyInstance(
                Bpf.class.getClassLoader(), new Class<?>[] {Bpf.class}, (self, method, words) -> {
                    throw new KernelRefusedException(method.getName(), ErrorNumber.of(Errno.EPERM));
                });
        Syscalls none = (call, a, b, c, d, e, f) -> -Errno.EPERM.number();
        try (BootClock clock = new BootClock(refusing, none, () -> CLOCK, process)) {
            return clock.now().toString();
        }
    }
}
