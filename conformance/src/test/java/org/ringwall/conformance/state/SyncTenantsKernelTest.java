// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.CgroupPrograms;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.host.sync.Result;
import org.ringwall.host.sync.Sync;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/**
 * A test that no tenant, in its own part of the tree, keeps {@code sync} from putting policies in
 * force for the others.
 */
@KernelTest
class SyncTenantsKernelTest {
    private static final int JOBS = 100;
    private static final int STABLE = 20;
    private static final int MANY = 500;

    @TempDir
    Path dir = Path.of("");

    private final ChildCgroup parent = ChildCgroup.make();
    private final TypedCommands commands = new TypedCommands();

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectory(dir.resolve("policies.d"));
        compile("synced", 9, "synced.o");
        Files.createDirectory(place("good"));
        Files.createDirectory(place("evil"));
        for (int i = 0; i < STABLE; i++) {
            Files.createDirectory(place("good/job-" + i));
        }
        declare("*/job-*");
    }

    @AfterEach
    void clean() {
        try (LoaderHost host = commands.host()) {
            host.instances().forEach(name -> host.remover().remove(name));
        }
        parent.close();
    }

    private void compile(String policy, int port, String file) throws IOException {
        String text = "policy " + policy + "\negress {\n  deny if remote.port == " + port + "\n  default allow\n}\n";
        Files.write(
                dir.resolve(file),
                Compiler.compile(new SourceFile(policy + ".wall", text), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
    }

    private void declare(String path) throws IOException {
        Files.writeString(
                dir.resolve("policies.d/synced.yaml"), "policy: ../synced.o\nplaces: [{path: \"" + path + "\"}]\n");
    }

    private Path place(String path) {
        return parent.path().resolve(path);
    }

    private boolean denies(String child, int port) {
        try (Caller caller = Caller.in(place(child))) {
            return caller.connect(caller.udp(4), "127.0.0.1:" + port) == Errno.EPERM.number();
        }
    }

    private static boolean covers(LoaderHost host, Path cgroup) {
        return host.status().stream()
                .filter(status -> status.name().policy().equals("synced"))
                .flatMap(status -> status.places().stream())
                .anyMatch(at -> at.cgroup().equals(cgroup.toString())
                        && !at.lost()
                        && at.missing().isEmpty());
    }

    private static Result only(List<Result> results) {
        assertThat(results).hasSize(1);
        return results.get(0);
    }

    private Sync sync(LoaderHost host) {
        return new Sync(host, dir.resolve("policies.d"), () -> RecordedAdmission.ALL, parent.path());
    }

    /** A process that creates and removes the cgroups of a tenant as fast as it can. */
    private Process churn() throws IOException {
        String loop = "cd " + place("evil") + "; while :; do for i in $(seq " + JOBS + "); do echo job-$i; done"
                + " > /dev/null; mkdir $(seq -f job-%g " + JOBS + ") 2>/dev/null; rmdir $(seq -f job-%g " + JOBS
                + ") 2>/dev/null; done";
        return new ProcessBuilder("bash", "-c", loop).start();
    }

    private static void end(Process process) {
        process.destroyForcibly().onExit().join();
    }

    private static void until(BooleanSupplier holds) {
        Guard.await("the policy is in force", holds::getAsBoolean);
    }

    @Test
    void theFirstAttachmentHoldsWhileATenantRecreatesItsCgroups() throws IOException {
        Process churn = churn();
        try (LoaderHost host = commands.host();
                Sync sync = sync(host)) {
            for (int round = 0; round < 10; round++) {
                Result result = only(sync.run(true, Set.of()));
                assertThat(result.failures()).as("round " + round).isEmpty();
                assertThat(result.state()).isEqualTo(Result.State.CHANGED);
                for (int i = 0; i < STABLE; i++) {
                    assertThat(covers(host, place("good/job-" + i))).isTrue();
                }
                host.instances().forEach(name -> host.remover().remove(name));
            }
            sync.run(true, Set.of());
            assertThat(denies("good/job-7", 9)).isTrue();
        } finally {
            end(churn);
        }
    }

    @Test
    void newCgroupsOfOthersJoinAndVersionsChangeWhileATenantRecreatesItsOwn() throws IOException {
        Process churn = churn();
        try (LoaderHost host = commands.host();
                Sync sync = sync(host)) {
            sync.run(true, Set.of());
            for (int round = 0; round < 10; round++) {
                String fresh = "good/job-new-" + round;
                Files.createDirectory(place(fresh));
                Result joined = only(sync.run(true, Set.of()));
                assertThat(joined.failures()).as("round " + round).isEmpty();
                assertThat(covers(host, place(fresh))).isTrue();
                compile("synced", 10 + round, "synced.o");
                Files.setLastModifiedTime(
                        dir.resolve("synced.o"), java.nio.file.attribute.FileTime.fromMillis(round * 1000L));
                Result replaced = only(sync.run(true, Set.of()));
                assertThat(replaced.failures()).as("round " + round).isEmpty();
                assertThat(replaced.changed()).isTrue();
                assertThat(denies(fresh, 10 + round)).isTrue();
                assertThat(denies("good/job-0", 10 + round)).isTrue();
            }
        } finally {
            end(churn);
        }
    }

    /** Fills the list of programs of a cgroup, as its owner can who may load programs. */
    private void fill(LoaderHost host, Path cgroup, int programs) throws IOException {
        compile("filler", 1, "filler.o");
        for (int i = 0; i < programs; i++) {
            host.applier()
                    .apply(new ApplyRequest(
                            ObjectFile.read(dir.resolve("filler.o").toString()),
                            "f" + i,
                            List.of(host.cgroups().at(cgroup)),
                            java.util.Map.of(),
                            false));
        }
    }

    /** Attaches a program that allows everything, as long as the link is open. */
    private static Fd foreign(LoaderHost host, Path cgroup) {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        Hook hook = Hook.CONNECT4;
        ProgSpec spec = ProgSpec.plain(
                "theirs",
                hook.programType().number(),
                hook.attachType(),
                Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder())));
        try (Fd program = host.bpf().progLoad(spec);
                Fd target = host.hierarchy().open(host.cgroups().at(cgroup))) {
            return host.bpf().linkCreate(program, target, hook.attachType());
        }
    }

    @Test
    void aCgroupThatRefusesKeepsNoOtherFromItsPolicy() throws IOException {
        Files.createDirectory(place("evil/job-0"));
        try (LoaderHost host = commands.host();
                Sync sync = sync(host)) {
            fill(host, place("evil/job-0"), CgroupPrograms.MOST - 1);
            Result first = only(sync.run(true, Set.of()));
            refusedAt(first, place("evil/job-0"));
            for (int i = 0; i < STABLE; i++) {
                assertThat(covers(host, place("good/job-" + i))).isTrue();
            }
            assertThat(covers(host, place("evil/job-0"))).isFalse();
            Files.createDirectory(place("good/job-new"));
            refusedAt(only(sync.run(true, Set.of())), place("evil/job-0"));
            assertThat(denies("good/job-new", 9)).isTrue();
            // Where it was never in force, it does not keep a new version from the others either.
            compile("synced", 8, "synced.o");
            refusedAt(only(sync.run(true, Set.of())), place("evil/job-0"));
            assertThat(denies("good/job-new", 8)).isTrue();
        }
    }

    private static void refusedAt(Result result, Path cgroup) {
        assertThat(result.state()).isEqualTo(Result.State.DIFFERENT);
        assertThat(result.changed()).isTrue();
        assertThat(result.failures()).hasSize(1);
        Failure failure = result.failures().get(0);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.REFUSED);
        assertThat(failure.message()).startsWith("not in force at `" + cgroup + "`: ");
    }

    @Test
    void whereALiveCgroupRefusesAVersionAllKeepTheOldOneAndNewOnesJoinIt() throws IOException {
        Files.createDirectory(place("evil/job-0"));
        try (LoaderHost host = commands.host();
                Sync sync = sync(host)) {
            assertThat(only(sync.run(true, Set.of())).failures()).isEmpty();
            fill(host, place("evil/job-0"), CgroupPrograms.MOST - 2);
            compile("synced", 8, "synced.o");
            Files.createDirectory(place("good/job-new"));
            Result result;
            // Another loader takes the slot that ours leave.
            try (Fd ignored = foreign(host, place("evil/job-0"))) {
                result = only(sync.run(true, Set.of()));
            }
            assertThat(result.failures()).hasSize(1);
            assertThat(result.state()).isEqualTo(Result.State.DIFFERENT);
            for (String child : List.of("good/job-0", "evil/job-0", "good/job-new")) {
                assertThat(denies(child, 9)).as(child).isTrue();
                assertThat(denies(child, 8)).as(child).isFalse();
            }
            // As soon as the cgroup is gone the version comes into force.
            host.instances().stream()
                    .filter(name -> name.policy().equals("filler"))
                    .forEach(name -> host.remover().remove(name));
            Files.delete(place("evil/job-0"));
            assertThat(only(sync.run(true, Set.of())).failures()).isEmpty();
            assertThat(denies("good/job-new", 8)).isTrue();
        }
    }

    /** Names that no text has, or that a pattern of lines would not match. */
    @Test
    void noNameOfACgroupEscapesAPattern() throws Exception {
        List<byte[]> names = new ArrayList<>();
        for (String name : List.of("\r", "\u0085", "\u2028", " ", "\"", "\\", "*", "\u00e4")) {
            names.add(("job-" + name).getBytes(StandardCharsets.UTF_8));
        }
        names.add(new byte[] {'j', 'o', 'b', '-', (byte) 0xff});
        names.add(new byte[] {'j', 'o', 'b', '-', (byte) 0xfe});
        try (LoaderHost host = commands.host();
                Sync sync = sync(host)) {
            int places = STABLE;
            for (byte[] name : names) {
                mkdir(name);
                places++;
                Result result = only(sync.run(true, Set.of()));
                assertThat(result.failures()).isEmpty();
                assertThat(host.status().get(0).places())
                        .as(new String(name, StandardCharsets.ISO_8859_1))
                        .hasSize(places)
                        .allMatch(at -> at.missing().isEmpty() && !at.lost());
            }
        }
    }

    /** Creates a cgroup whose name consists of these bytes. */
    private void mkdir(byte[] name) throws Exception {
        StringBuilder octal = new StringBuilder();
        IntStream.range(0, name.length).forEach(i -> octal.append(String.format("\\%03o", name[i] & 0xff)));
        Process process = new ProcessBuilder("bash", "-c", "mkdir \"$(printf '" + octal + "')\"")
                .directory(place("evil").toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void watchingCoversNewCgroupsOfOthersWhileATenantRecreatesItsOwn() throws Exception {
        Process churn = churn();
        List<Long> waits = new ArrayList<>();
        try (LoaderHost host = commands.host();
                LoaderHost reader = commands.host();
                Sync sync = sync(host)) {
            Thread watch = new Thread(() -> sync.watch(Set.of(), TimeUnit.HOURS.toMillis(1), results -> {}));
            watch.start();
            until(() -> covers(reader, place("good/job-0")));
            for (int round = 0; round < 20; round++) {
                Path fresh = Files.createDirectory(place("good/job-new-" + round));
                long begin = System.nanoTime();
                until(() -> covers(reader, fresh));
                waits.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
                Thread.sleep(300);
            }
            sync.stop();
            Guard.ended(watch);
            assertThat(reader.status())
                    .extracting(InstanceStatus::state)
                    .containsExactly(InstanceStatus.State.IN_FORCE);
        } finally {
            end(churn);
        }
        System.out.println("ms until a new cgroup was covered: " + waits);
    }

    @Test
    void fiveHundredPlacesAreCoveredInOneRunWhileATenantRecreatesItsOwn() throws Exception {
        List<String> places = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            Files.createDirectory(place("good/many-" + i));
            places.add("  - path: good/many-" + i + "\n");
        }
        Files.writeString(
                dir.resolve("policies.d/synced.yaml"),
                "policy: ../synced.o\nplaces:\n  - path: \"evil/job-*\"\n" + String.join("", places));
        Process churn = churn();
        try (LoaderHost host = commands.host();
                Sync sync = sync(host)) {
            Thread.sleep(1100);
            long begin = System.nanoTime();
            Result first = only(sync.run(true, Set.of()));
            long all = System.nanoTime() - begin;
            assertThat(first.failures()).isEmpty();
            assertThat(coveredPlaces(host)).isEqualTo(MANY);
            // One version covers all, and one more place changes nothing at the others.
            Files.createDirectory(place("good/many-" + MANY));
            Files.writeString(
                    dir.resolve("policies.d/synced.yaml"),
                    "  - path: good/many-" + MANY + "\n",
                    java.nio.file.StandardOpenOption.APPEND);
            Thread.sleep(1100);
            begin = System.nanoTime();
            Result more = only(sync.run(true, Set.of()));
            long one = System.nanoTime() - begin;
            assertThat(more.failures()).isEmpty();
            assertThat(coveredPlaces(host)).isEqualTo(MANY + 1);
            assertThat(host.status()).extracting(InstanceStatus::generation).containsExactly(1L);
            end(churn);
            sync.run(true, Set.of());
            OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            long cpu = machine.getProcessCpuTime();
            for (int i = 0; i < 10; i++) {
                Result idle = only(sync.run(true, Set.of()));
                assertThat(idle.changed()).isFalse();
            }
            System.out.println("500 places: all in force after " + all / 1_000_000 + " ms, one more after "
                    + one / 1_000_000 + " ms; a comparison without a change takes "
                    + (machine.getProcessCpuTime() - cpu) / 10_000_000 + " ms of CPU");
        } finally {
            end(churn);
        }
    }

    private long coveredPlaces(LoaderHost host) {
        return host.status().get(0).places().stream()
                .filter(at -> at.cgroup().contains("/good/many-")
                        && !at.lost()
                        && at.missing().isEmpty())
                .count();
    }
}
