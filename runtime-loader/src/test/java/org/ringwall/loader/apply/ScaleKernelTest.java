// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceState.LiveSet;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;

/**
 * The work of commands in proportion to the cgroups: system calls, and names read from bpffs. They
 * are counted rather than timed, so the load of the machine does not matter.
 */
@KernelTest
class ScaleKernelTest {
    private static final int SMALL = 4;
    private static final int SOCK_ADDR = 18;

    /** System calls for a cgroup with two links: 9 for each link of an upgrade, and 26 more. */
    private static final long MOST = 2 * 9 + 26;

    private final KernelBox box = new KernelBox();
    private final List<Fd> open = new ArrayList<>();
    private final Syscalls kernel = Syscalls.ofThisMachine();
    private final Host caller = new Host(this::once);
    private final LoaderHost host = new LoaderHost(
            new KernelBpf(this::once),
            new Counted(new BpffsPins(box.pinBase, caller)),
            KernelCgroups.ofThisMachine(caller),
            caller);
    private long calls;
    private long names;
    private int cgroups;

    @AfterEach
    void clean() {
        open.forEach(Fd::close);
        host.close();
        box.close();
    }

    /** What a command did. */
    private record Work(long calls, long names) {}

    @Test
    void theCostPerCgroupIsConstant() {
        Map<String, Long> each = proportional(number -> {
            Map<String, Work> done = new LinkedHashMap<>();
            List<Cgroup> targets = targets(number);
            done.put("apply", work(() -> apply("p", TestObjects.policy("p", 1), targets)));
            done.put("upgrade", work(() -> apply("p", TestObjects.policy("p", 2), List.of())));
            done.put("named upgrade", work(() -> apply("p", TestObjects.policy("p", 3), targets)));
            done.put("status", work(() -> enforced(1)));
            done.put("remove", work(() -> host.remover().remove(InstanceName.parse("p"))));
            return done;
        });
        assertThat(each).allSatisfy((name, calls) -> assertThat(calls).as(name).isLessThan(MOST));
        // One query for each of two hooks, and two lookups of the cgroup; no link is opened.
        assertThat(each.get("status")).isLessThanOrEqualTo(2 + 2 * 5);
    }

    /** One read of 40,000 entries takes at least ten calls. */
    @Test
    void anUpgradeReadsNoEntryOfASetWithoutARange() {
        List<Cgroup> targets = targets(1);
        Runnable upgrade = () -> apply("web", singles(), targets);
        upgrade.run();
        long empty = work(upgrade).calls();
        List<String> entries = IntStream.range(0, 40_000)
                .mapToObj(i -> "10.0." + (i >> 8) + "." + (i & 255))
                .toList();
        try (InstanceState state = host.change(InstanceName.parse("web"))) {
            state.live(StateObjects.LIVE, set -> set.replace(entries, 1));
        }
        assertThat(work(upgrade).calls() - empty).isLessThan(5);
        try (InstanceState state = host.state(InstanceName.parse("web"))) {
            assertThat(state.<Integer>live(StateObjects.LIVE, LiveSet::size)).isEqualTo(entries.size());
        }
    }

    private static PolicyObject singles() {
        return StateObjects.of("web")
                .live(StateObjects.LIVE, LiveType.IP, 40_000)
                .policy();
    }

    @Test
    void foreignProgramsAreExaminedOncePerCgroup() {
        proportional(number -> {
            Map<String, Work> done = new LinkedHashMap<>();
            List<Cgroup> targets = targets(number);
            apply("p", TestObjects.policy("p", 1), targets);
            targets.forEach(this::foreign);
            done.put("upgrade", work(() -> apply("p", TestObjects.policy("p", 2), List.of())));
            done.put("status", work(() -> enforced(1)));
            host.remover().remove(InstanceName.parse("p"));
            return done;
        });
    }

    @Test
    void aNewHookOnManyCgroupsIsOrderedWithOneReadOfThePins() {
        proportional(number -> {
            Map<String, Work> done = new LinkedHashMap<>();
            List<Cgroup> targets = targets(number);
            PolicyObject narrow = PolicyObject.of(TestObjects.object(
                    TestObjects.rodata("p", 1).section(),
                    List.of(TestObjects.denyPort("connect4_0123", "cgroup/connect4"))));
            apply("p", narrow, targets);
            apply("q", TestObjects.policy("q", 1), targets);
            targets.forEach(this::foreign);
            done.put("upgrade", work(() -> apply("p", TestObjects.policy("p", 2), List.of())));
            host.remover().remove(InstanceName.parse("p"));
            host.remover().remove(InstanceName.parse("q"));
            return done;
        });
    }

    @Test
    void manyInstancesAreReadOnce() {
        proportional(number -> {
            Map<String, Work> done = new LinkedHashMap<>();
            List<Cgroup> targets = targets(number);
            for (int i = 0; i < number; i++) {
                apply("p" + i, TestObjects.policy("p" + i, 1), List.of(targets.get(i)));
                foreign(targets.get(i));
            }
            done.put("status", work(() -> enforced(number)));
            for (int i = 0; i < number; i++) {
                host.remover().remove(InstanceName.parse("p" + i));
            }
            return done;
        });
    }

    @Test
    void oneCgroupJoinsAndLeavesWithTheSameWorkHoweverManyThereAre() {
        InstanceName name = InstanceName.parse("p");
        List<Map<String, Work>> sizes = new ArrayList<>();
        for (int number : List.of(SMALL, 4 * SMALL, 16 * SMALL)) {
            List<Cgroup> targets = targets(number);
            List<Cgroup> one = targets(1);
            apply("p", TestObjects.policy("p", 1), targets);
            // The first join of a process makes the folder of those that joined by themselves.
            host.members().joinByItself(name, targets.get(0));
            Map<String, Work> done = new LinkedHashMap<>();
            done.put(
                    "join",
                    work(() -> assertThat(host.members().join(name, one, false).changed())
                            .isEqualTo(one)));
            done.put(
                    "second join",
                    work(() -> assertThat(host.members().join(name, one, false).changed())
                            .isEmpty()));
            done.put(
                    "leave",
                    work(() -> assertThat(host.members().leave(name, one).changed())
                            .isEqualTo(one)));
            done.put(
                    "container",
                    work(() -> assertThat(host.members()
                                    .joinByItself(name, one.get(0))
                                    .changed())
                            .isEqualTo(one)));
            box.host.hierarchy().remove(one.get(0));
            done.put(
                    "removed container",
                    work(() ->
                            host.members().dropRemoved(name, Set.of(one.get(0).id()))));
            host.remover().remove(name);
            sizes.add(done);
        }
        for (Map<String, Work> other : sizes.subList(1, sizes.size())) {
            sizes.get(0).forEach((command, work) -> {
                Work more = Optional.ofNullable(other.get(command)).orElseThrow();
                assertThat(work.calls()).as(command).isPositive();
                // What a signal or another process repeats must not fail the test, such as a search
                // that finds the kernel still removing a cgroup.
                assertThat(more.calls() - work.calls())
                        .as("calls of " + command + ": " + work + " " + more)
                        .isLessThan(SMALL);
                assertThat(more.names() - work.names())
                        .as("names read by " + command + ": " + work + " " + more)
                        .isLessThan(2 * SMALL);
            });
        }
    }

    /**
     * Compares N, 2N and 4N cgroups: what 2N cost beyond N, 4N cost twice beyond 2N. Returns the
     * system calls for each further cgroup.
     */
    private static Map<String, Long> proportional(IntFunction<Map<String, Work>> measured) {
        Map<String, Work> one = measured.apply(SMALL);
        Map<String, Work> two = measured.apply(2 * SMALL);
        Map<String, Work> four = measured.apply(4 * SMALL);
        Map<String, Long> each = new LinkedHashMap<>();
        assertThat(one).isNotEmpty();
        one.forEach((name, work) -> {
            Work twice = Optional.ofNullable(two.get(name)).orElseThrow();
            Work last = Optional.ofNullable(four.get(name)).orElseThrow();
            // A call that a signal or another process repeats must not fail the test.
            assertThat(last.calls() - twice.calls())
                    .as("calls of " + name + ": " + work + " " + twice + " " + last)
                    .isPositive()
                    .isLessThanOrEqualTo(2 * (twice.calls() - work.calls()) + 2 * SMALL);
            assertThat(last.names() - twice.names())
                    .as("names read by " + name + ": " + work + " " + twice + " " + last)
                    .isLessThanOrEqualTo(2 * (twice.names() - work.names()) + SMALL);
            each.put(name, (last.calls() - twice.calls()) / (2 * SMALL));
        });
        return each;
    }

    private List<Cgroup> targets(int number) {
        return Stream.generate(() -> box.cgroup("c" + cgroups++)).limit(number).toList();
    }

    private Work work(Runnable command) {
        long before = calls;
        long read = names;
        command.run();
        return new Work(calls - before, names - read);
    }

    private void apply(String policy, PolicyObject object, List<Cgroup> targets) {
        Map<String, String> params = policy.equals("web") ? Map.of() : Map.of("port", "9");
        ApplyResult result = host.applier().apply(new ApplyRequest(object, "main", targets, params, false));
        assertThat(result.name()).hasToString(policy + "@main");
        assertThat(result.hooks()).isNotEmpty();
    }

    private void enforced(int instances) {
        assertThat(host.status()).hasSize(instances).allMatch(InstanceStatus::enforced);
    }

    /** Attaches a program of another owner, a different one for each cgroup, after the policy. */
    private void foreign(Cgroup cgroup) {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        Bytes bytes = Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()));
        Fd program = box.host.bpf().progLoad(ProgSpec.plain("theirs", SOCK_ADDR, Hook.CONNECT4.attachType(), bytes));
        open.add(program);
        try (Fd target = box.host.hierarchy().open(cgroup)) {
            open.add(box.host.bpf().linkCreate(program, target, Hook.CONNECT4.attachType()));
        }
    }

    private long once(org.ringwall.sys.Call call, long a, long b, long c, long d, long e, long f) {
        calls++;
        return kernel.once(call, a, b, c, d, e, f);
    }

    /** Pins whose listings are counted by their names. */
    private final class Counted implements PinStore {
        private final PinStore pins;

        private Counted(PinStore pins) {
            this.pins = pins;
        }

        @Override
        public Path root() {
            return pins.root();
        }

        @Override
        public void createFolder(Path folder) {
            pins.createFolder(folder);
        }

        @Override
        public void checkWritable(Path folder) {
            pins.checkWritable(folder);
        }

        @Override
        public List<String> list(Path folder) {
            List<String> found = pins.list(folder);
            names += found.size();
            return found;
        }

        @Override
        public Set<String> existing(Path folder, Collection<String> wanted) {
            names += wanted.size();
            return pins.existing(folder, wanted);
        }

        @Override
        public boolean any(Path folder, Predicate<String> test) {
            return pins.any(folder, name -> {
                names++;
                return test.test(name);
            });
        }

        @Override
        public boolean exists(Path pin) {
            names++;
            return pins.exists(pin);
        }

        @Override
        public void unlink(Path pin) {
            pins.unlink(pin);
        }

        @Override
        public void rename(Path from, Path to) {
            pins.rename(from, to);
        }

        @Override
        public void removeFolder(Path folder) {
            pins.removeFolder(folder);
        }

        @Override
        public Optional<Lock> tryLock(Path folder) {
            return pins.tryLock(folder);
        }

        @Override
        public Optional<Lock> tryShare(Path folder) {
            return pins.tryShare(folder);
        }
    }
}
