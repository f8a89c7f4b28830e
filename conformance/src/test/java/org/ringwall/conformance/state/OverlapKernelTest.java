// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.testkit.KernelTest;

/**
 * A test of `apply --dwell`: each of two versions denies one call of a sequence, and no sequence
 * that takes less time than the overlap gets through.
 */
@KernelTest
class OverlapKernelTest {
    private static final String CONNECT_DENIED = """
            policy sequence
            egress { deny if remote.port == 9; default allow }
            """;

    private static final String BIND_DENIED = """
            policy sequence
            bind { deny if local.port == 9009; default allow }
            egress { deny if remote.port == 10; default allow }
            """;

    @TempDir
    Path dir = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());
    private final TypedCommands commands = new TypedCommands();

    @BeforeEach
    void apply() throws IOException {
        compile("old.o", CONNECT_DENIED);
        compile("new.o", BIND_DENIED);
        commands.done(
                "apply",
                dir.resolve("old.o").toString(),
                "--cgroup",
                cgroup.path().toString());
    }

    @AfterEach
    void clean() {
        commands.remove("sequence@main");
        caller.close();
        cgroup.close();
    }

    private void compile(String name, String text) throws IOException {
        Files.write(
                dir.resolve(name),
                Compiler.compile(new SourceFile("sequence.wall", text), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
    }

    private long bound() {
        long fd = caller.udp(4);
        assertThat(caller.bind(fd, "127.0.0.1:9009")).isZero();
        return fd;
    }

    @Test
    void withoutOverlapASequenceAcrossTheSwitchIsAllowed() {
        long fd = bound();
        commands.done("apply", dir.resolve("new.o").toString());
        assertThat(caller.connect(fd, "127.0.0.1:9")).isZero();
        caller.close(fd);
        assertThat(caller.bind(caller.udp(4), "127.0.0.1:9009")).isEqualTo(Errno.EPERM.number());
    }

    @Test
    void duringAnOverlapBothVersionsDeny() {
        long fd = bound();
        CompletableFuture<List<String>> apply = CompletableFuture.supplyAsync(
                () -> commands.done("apply", dir.resolve("new.o").toString(), "--dwell", "4s"));
        while (commands.done("status").stream().noneMatch(line -> line.contains("beside the previous one"))) {
            assertThat(apply).as("the switch is seen").isNotDone();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        assertThat(caller.connect(fd, "127.0.0.1:9")).isEqualTo(Errno.EPERM.number());
        assertThat(caller.connect(fd, "127.0.0.1:10")).isEqualTo(Errno.EPERM.number());
        caller.close(fd);
        long second = caller.udp(4);
        assertThat(caller.bind(second, "127.0.0.1:9009")).isEqualTo(Errno.EPERM.number());
        assertThat(apply).isNotDone();
        assertThat(apply.join().get(0)).contains("in force, generation 2");
        assertThat(caller.connect(second, "127.0.0.1:9")).isZero();
        assertThat(caller.connect(second, "127.0.0.1:10")).isEqualTo(Errno.EPERM.number());
        caller.close(second);
    }

    @Test
    void anOverlapIsLimited() {
        TypedCommands.Said said =
                commands.type(List.of("apply", dir.resolve("new.o").toString(), "--dwell", "2h"));
        assertThat(said.code()).as(said.text()).isEqualTo(1);
        assertThat(said.text()).contains("write at most --dwell 1h");
    }
}
