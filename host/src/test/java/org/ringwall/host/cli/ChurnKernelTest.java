// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/**
 * Upgrades, runs and recoveries while unrelated cgroups are created and removed. No cgroup may ever
 * be without its programs. {@code -Dringwall.churn.upgrades=500 -Dringwall.churn.runs=20} is the
 * full size.
 */
@KernelTest
class ChurnKernelTest {
    private static final int UPGRADES = Math.max(4, Integer.getInteger("ringwall.churn.upgrades", 60) / Step.SIZE);
    private static final int RUNS = Math.max(2, Integer.getInteger("ringwall.churn.runs", 4) / Step.SIZE);

    /** At ten upgrades a second, these are 10,000 changes a minute. */
    private static final int CHANGES_AN_UPGRADE = 17;

    private static final List<Hook> HOOKS = List.of(Hook.CONNECT4, Hook.CONNECT6);

    /**
     * Connects until a file exists. Prints the number of attempts, and how many were not denied.
     */
    private static final String CONNECT = """
            import os, socket, sys, time
            tries = allowed = 0
            while not os.path.exists(sys.argv[1]):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for i in range(20):
                    tries += 1
                    try:
                        s.connect(('127.0.0.1', 9))
                        allowed += 1
                    except PermissionError:
                        pass
                s.close()
                if tries == 20: print('begun', flush=True)
                time.sleep(0.002)
            print(tries, allowed)
            """;

    @TempDir
    Path dir = Path.of("");

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger changes = new AtomicInteger();
    private final AtomicInteger queries = new AtomicInteger();
    private final AtomicInteger recoveries = new AtomicInteger();
    private final List<Process> connecting = new ArrayList<>();
    private CommandBox box;
    private volatile boolean ended;

    @BeforeEach
    void open() throws IOException {
        box = new CommandBox("churn", dir);
    }

    @AfterEach
    void clean() throws IOException, InterruptedException {
        ended = true;
        Files.write(dir.resolve("stop"), new byte[0]);
        for (Process process : connecting) {
            Guard.exit(process);
        }
        threads.shutdown();
        Guard.await("the threads have ended", threads::isTerminated);
        box.close();
    }

    @Test
    void noCgroupIsEverWithoutItsPrograms() throws Exception {
        List<Cgroup> places = List.of(box.cgroup("one"), box.cgroup("two"), box.cgroup("three"));
        List<String> apply = new ArrayList<>(List.of("apply", box.object));
        places.forEach(place -> apply.addAll(List.of("--cgroup", place.toString())));
        box.ringwall(0, apply.toArray(String[]::new));
        Path stop = dir.resolve("stop");
        for (Cgroup place : places) {
            String procs = place.path().resolve("cgroup.procs").toString();
            connecting.add(start(List.of(
                    "sh", "-c", "echo $$ > $0; exec nice python3 -c \"$1\" \"$2\"", procs, CONNECT, stop.toString())));
        }
        for (int run = 0; run < RUNS; run++) {
            connecting.add(start(PinnedElsewhere.words(
                    List.of(), box.pins, "run", box.object, "--", "nice", "python3", "-c", CONNECT, stop.toString())));
        }
        List<CompletableFuture<Void>> beside = List.of(
                repeat(this::churn), repeat(() -> watch(places)), repeat(this::recover), repeat(this::shortRun));
        List<BufferedReader> said = connecting.stream()
                .map(process ->
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)))
                .toList();
        for (BufferedReader each : said) {
            assertThat(each.readLine()).isEqualTo("begun");
        }
        changes.set(0);
        for (int upgrade = 0; upgrade < UPGRADES; upgrade++) {
            assertThat(box.ringwall(0, "apply", box.object, "--reset-params")).doesNotContain("was removed");
            awaitChanges((upgrade + 1) * CHANGES_AN_UPGRADE, beside);
        }
        int changed = changes.get();
        ended = true;
        beside.forEach(CompletableFuture::join);
        Files.write(stop, new byte[0]);
        for (BufferedReader each : said) {
            assertThat(each.readLine()).matches("[1-9][0-9]* 0");
        }
        for (Process process : connecting) {
            assertThat(process.waitFor()).isZero();
        }
        assertThat(box.ringwall(0, "status")).startsWith("web@main: in force, generation " + (UPGRADES + 1) + "\n");
        assertThat(queries.get()).isGreaterThan(UPGRADES);
        assertThat(recoveries.get()).isPositive();
        System.out.printf(
                "%d upgrades, %d changes of cgroups, %d queries, %d recoveries, %d runs%n",
                UPGRADES, changed, queries.get(), recoveries.get(), RUNS);
    }

    /** Waits until there were so many changes: a machine with other load makes fewer at a time. */
    private void awaitChanges(int wanted, List<CompletableFuture<Void>> beside) {
        while (changes.get() < wanted) {
            assertThat(beside).noneMatch(CompletableFuture::isCompletedExceptionally);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private CompletableFuture<Void> repeat(Runnable step) {
        return CompletableFuture.runAsync(
                () -> {
                    while (!ended) {
                        step.run();
                    }
                },
                threads);
    }

    private void churn() {
        try {
            Path made = Files.createDirectory(box.top.path().resolve("churn" + changes.get()));
            Path below = Files.createDirectory(made.resolve("below"));
            Files.delete(below);
            Files.delete(made);
            changes.addAndGet(4);
            Thread.sleep(4);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void watch(List<Cgroup> places) {
        for (Cgroup place : places) {
            try (Fd fd = box.host.hierarchy().open(place)) {
                for (int round = 0; round < 100; round++) {
                    for (Hook hook : HOOKS) {
                        assertThat(box.host
                                        .bpf()
                                        .progQuery(fd, hook.attachType())
                                        .progIds())
                                .as("%s", place)
                                .isNotEmpty();
                        queries.incrementAndGet();
                    }
                }
            }
        }
    }

    private void recover() {
        assertThat(box.ringwall(0, "recover")).doesNotContain("web@main");
        recoveries.incrementAndGet();
    }

    private void shortRun() {
        try {
            Spawned.End end = PinnedElsewhere.run(List.of(), box.pins, "run", box.object, "--", "true");
            assertThat(end).isEqualTo(new Spawned.End(0, ""));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Process start(List<String> words) throws IOException {
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
    }
}
