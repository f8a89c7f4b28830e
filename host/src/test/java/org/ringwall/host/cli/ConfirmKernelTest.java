// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.fixtures.Hammer;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.fixtures.WebInstance;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.ConfirmResult;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Step;

/** An upgrade that the kernel rolls back unless it is confirmed. */
@KernelTest
class ConfirmKernelTest {
    /** In seconds: what commands need in between, which is more on the emulated CPU of a guest. */
    private static final int WAIT = Step.SIZE > 1 ? 40 : 6;

    /** Seconds within which a version is applied, and soon after which it is rolled back. */
    private static final int SHORT = Step.SIZE > 1 ? 39 : 2;

    private final KernelBox box = new KernelBox();

    @TempDir
    Path dir = Path.of("");

    @BeforeEach
    void needsTimers() {
        RunningKernel.needs(5, 15, "timers of programs");
    }

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void anUnconfirmedVersionIsRolledBack() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        int old = box.listen();
        int fresh = box.listen();
        ringwall(0, "apply", object(old), "--cgroup", cgroup.toString());
        assertThat(ringwall(0, "apply", object(fresh), "--confirm", WAIT + "s"))
                .contains("p@main: in force, generation 2, unconfirmed: rolls back to generation 1 in " + WAIT
                        + "s unless" + " ringwall confirm p@main keeps it\n");
        assertThat(box.connect(cgroup, fresh)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, old)).isEqualTo("ok");
        assertThat(ringwall(0, "status", "--check"))
                .containsPattern("generation 2, unconfirmed: rolls back to generation 1 in \\d+s\n");
        assertThat(ringwall(0, "status", "--json"))
                .contains("\"confirmation\":{\"state\":\"unconfirmed\",\"from\":2,\"to\":1,\"seconds\":");
        awaitGeneration(1);
        assertThat(box.connect(cgroup, old)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, fresh)).isEqualTo("ok");
        assertThat(ringwall(4, "status", "--check"))
                .containsPattern("in force, generation 1, rolled back to generation 1 at 2\\d{3}-[-0-9]+T[0-9:]+Z\n");
        assertThat(ringwall(0, "doctor")).contains("was rolled back to generation 1");

        assertThat(KernelBox.withoutRuns(ringwall(0, "recover")))
                .isEqualTo("`p@main` was rolled back to generation 1\n");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(KernelBox.withoutRuns(ringwall(0, "recover"))).isEmpty();
        assertThat(ringwall(4, "status", "--check")).contains("rolled back to generation 1 at 2");
        assertThat(ringwall(3, "confirm", "p"))
                .contains("p@main: rolled back, not confirmed in time, generation 1 is in force\n");
        assertThat(ringwall(0, "journal").lines().map(line -> line.replaceAll("^\\S+ |; uid.*", "")))
                .containsExactly(
                        "p@main generation 0 -> 1: in force",
                        "p@main generation 1 -> 2: in force, unconfirmed",
                        "p@main generation 2 -> 1: rolled back, not confirmed in time",
                        "recovered",
                        "p@main generation 2 -> 1: rolled back, not confirmed in time");

        // Records of generation 2 keep their meaning: its number is not used again.
        assertThat(ringwall(0, "apply", object(fresh))).contains("p@main: in force, generation 3\n");
        assertThat(ringwall(0, "status", "--check")).contains("in force, generation 3\n");
        assertThat(box.pins()).noneMatch(pin -> pin.endsWith("rollback"));
    }

    @Test
    void requestsDeniedByBothVersionsStayDeniedDuringRollback() {
        Cgroup cgroup = box.cgroup("a");
        apply(cgroup, 7, Optional.empty());
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            long inForce = 1;
            for (int round = 0; round < 3; round++) {
                apply(cgroup, 7, Optional.of(Duration.ofSeconds(1)));
                awaitGeneration(inForce);
                box.host.remover().recover();
                apply(cgroup, 7, Optional.of(Duration.ofHours(1)));
                assertThat(box.host.confirmer().rollBack(name()).generation()).isEqualTo(inForce);
                apply(cgroup, 7, Optional.of(Duration.ofHours(1)));
                inForce = box.host.confirmer().confirm(name()).generation();
                assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
            }
            Hammer.Count count = hammer.stop();
            assertThat(count.tries()).isGreaterThan(10_000);
            assertThat(count.allowed()).isZero();
        }
    }

    @Test
    void aConfirmedVersionStays() {
        Cgroup cgroup = box.cgroup("a");
        int old = box.listen();
        int fresh = box.listen();
        apply(cgroup, old, Optional.empty());
        apply(cgroup, fresh, Optional.of(Duration.ofSeconds(WAIT)));
        long end = deadline();
        assertThat(ringwall(0, "confirm", "p")).isEqualTo("p@main: confirmed, generation 2 is in force\n");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(box.pins()).noneMatch(pin -> pin.endsWith("rollback") || pin.contains("/g1"));
        sleep((end - box.host.bootTime()) / 1_000_000 + 1_000);
        assertThat(box.connect(cgroup, fresh)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, old)).isEqualTo("ok");
        assertThat(ringwall(0, "status", "--check")).contains("in force, generation 2\n");
        assertThat(ringwall(1, "confirm", "p")).contains("no version of `p@main` waits to be confirmed");
        assertThat(ringwall(1, "confirm", "--roll-back", "p")).contains("no version of `p@main` waits");
    }

    @Test
    void confirmationAndTimeoutNeverBothSucceed() {
        Cgroup cgroup = box.cgroup("a");
        int old = box.listen();
        int fresh = box.listen();
        apply(cgroup, old, Optional.empty());
        Set<ConfirmResult.Outcome> outcomes = new TreeSet<>();
        long inForce = 1;
        // In ms after the end.
        for (int offset : List.of(-60, -30, -20, -15, -10, -5, 0, 30)) {
            ApplyResult applied = apply(cgroup, offset % 2 == 0 ? old : fresh, Optional.of(Duration.ofSeconds(SHORT)));
            long at = deadline() + offset * 1_000_000L;
            while (box.host.bootTime() < at) {
                Thread.onSpinWait();
            }
            ConfirmResult result = box.host.confirmer().confirm(name());
            outcomes.add(result.outcome());
            boolean kept = result.outcome() == ConfirmResult.Outcome.CONFIRMED;
            inForce = kept ? applied.generation() : inForce;
            InstanceStatus status = box.host.status().get(0);
            assertThat(status.generation()).isEqualTo(inForce);
            assertThat(status.state()).isEqualTo(InstanceStatus.State.IN_FORCE);
            assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
            sleep(1_200);
            assertThat(box.host.status().get(0).generation()).isEqualTo(inForce);
        }
        assertThat(outcomes).contains(ConfirmResult.Outcome.EXPIRED);
    }

    @Test
    void rollsBackOnRequest() {
        Cgroup cgroup = box.cgroup("a");
        int old = box.listen();
        int fresh = box.listen();
        apply(cgroup, old, Optional.empty());
        apply(cgroup, fresh, Optional.of(Duration.ofHours(1)));
        assertThat(ringwall(0, "confirm", "--roll-back", "p"))
                .isEqualTo("p@main: rolled back, generation 1 is in force\n");
        assertThat(box.connect(cgroup, old)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, fresh)).isEqualTo("ok");
        assertThat(ringwall(0, "status", "--check")).contains("in force, generation 1\n");
        assertThat(ringwall(1, "confirm", "p")).contains("no version of `p@main` waits to be confirmed");
        assertThat(apply(cgroup, fresh, Optional.empty()).generation()).isEqualTo(3);
    }

    @Test
    void aRollBackByTheKernelIsAcknowledged() {
        Cgroup cgroup = box.cgroup("a");
        apply(cgroup, 7, Optional.empty());
        apply(cgroup, 8, Optional.of(Duration.ofSeconds(1)));
        awaitGeneration(1);
        assertThat(ringwall(4, "status", "--check")).contains("rolled back");
        assertThat(ringwall(0, "confirm", "--roll-back", "p"))
                .isEqualTo("p@main: rolled back, not confirmed in time, generation 1 is in force\n");
        assertThat(ringwall(0, "status", "--check")).contains("in force, generation 1\n");
    }

    @Test
    void otherCommandsAreRefusedUntilConfirmation() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        Cgroup other = box.cgroup("b");
        String object = object(7);
        ringwall(0, "apply", object, "--cgroup", cgroup.toString());
        ringwall(0, "apply", object(8), "--confirm", "1h");
        List<String> before = box.pins();
        for (List<String> words : List.of(
                List.of("apply", object),
                List.of("apply", object, "--dry-run"),
                List.of("apply", object, "--confirm", "5m"),
                List.of("join", "p", "--cgroup", other.toString()),
                List.of("leave", "p", "--cgroup", cgroup.toString()),
                List.of("monitor", "p", "--for", "5m"),
                List.of("enforce", "p"))) {
            assertThat(ringwall(3, words.toArray(String[]::new)))
                    .isEqualTo(
                            "ringwall: generation 2 of `p@main` is not confirmed, and rolls back to generation 1\n"
                                    + "  help: ringwall confirm p@main keeps it; ringwall confirm --roll-back p@main ends it\n");
        }
        assertThat(KernelBox.withoutRuns(ringwall(0, "recover"))).isEmpty();
        assertThat(box.pins()).isEqualTo(before);
        assertThat(ringwall(0, "status")).contains("unconfirmed: rolls back to generation 1 in 59m");
        assertThat(ringwall(0, "doctor")).contains("generation 2 is not confirmed, and rolls back to generation 1");

        assertThat(sync(4, object)).contains("p@main: not as declared:", "unconfirmed: rolls back to generation 1");
        assertThat(ringwall(0, "status")).contains("generation 2, unconfirmed");
    }

    @Test
    void syncDoesNotRepeatAVersionThatWasRolledBack() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        String failed = object(8);
        ringwall(0, "apply", object(7), "--cgroup", cgroup.toString());
        ringwall(0, "apply", failed, "--confirm", "1s");
        awaitGeneration(1);
        assertThat(sync(4, failed)).contains("rolled back to generation 1; nothing is changed before");
        assertThat(box.host.status().get(0).generation()).isEqualTo(1);
        ringwall(0, "confirm", "--roll-back", "p");
        assertThat(sync(0, failed)).contains("p@main: in force as declared now");
    }

    @Test
    void removalEndsTheTimer() {
        Cgroup cgroup = box.cgroup("a");
        int old = box.listen();
        int fresh = box.listen();
        apply(cgroup, old, Optional.empty());
        apply(cgroup, fresh, Optional.of(Duration.ofSeconds(1)));
        ringwall(0, "remove", "p");
        assertThat(box.pins()).isEmpty();
        sleep(3_000);
        assertThat(box.connect(cgroup, old)).isEqualTo("ok");
        assertThat(box.connect(cgroup, fresh)).isEqualTo("ok");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEmpty();
    }

    @Test
    void confirmationRequiresAPreviousVersion() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        String object = object(7);
        for (List<String> more : List.of(List.<String>of(), List.of("--dry-run"))) {
            List<String> words =
                    new ArrayList<>(List.of("apply", object, "--confirm", "5m", "--cgroup", cgroup.toString()));
            words.addAll(more);
            assertThat(ringwall(1, words.toArray(String[]::new)))
                    .contains("`p@main` is not in force, so there is no version to roll back to");
        }
        assertThat(box.pins()).isEmpty();
        ringwall(0, "apply", object, "--cgroup", cgroup.toString());
        assertThat(ringwall(1, "apply", object, "--confirm", "2d")).contains("write at most --confirm 1d");
        assertThat(ringwall(1, "apply", object, "--confirm", "5m", "--enforce")).contains("--confirm excludes");
        assertThat(ringwall(0, "apply", object, "--confirm", "5m", "--dry-run")).contains("can be applied here");
        assertThat(ringwall(0, "status")).contains("generation 1\n");
    }

    @Test
    void versionsShareMapsExceptThoseOfAnotherSize() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        WebInstance web = new WebInstance(box);
        for (int max : List.of(16, 32)) {
            StateObjects objects = StateObjects.of("web").live(StateObjects.LIVE, LiveType.NET, 16);
            web.apply(objects, cgroup);
            web.add("127.0.0.1");
            StateObjects larger = StateObjects.of("web").live(StateObjects.LIVE, LiveType.NET, max);
            box.host
                    .applier()
                    .apply(new ApplyRequest(larger.policy(), "main", List.of(cgroup), Map.of(), false)
                            .confirming(Optional.of(Duration.ofHours(1))));
            web.add("10.0.0.0/8");
            try (InstanceState state = box.host.change(WebInstance.NAME)) {
                state.live(StateObjects.LIVE, set -> set.remove(List.of("127.0.0.1")));
            }
            assertThat(web.entries()).containsExactly("10.0.0.0/8");
            assertThat(box.connect(cgroup, port)).isEqualTo("ok");
            box.host.confirmer().rollBack(WebInstance.NAME);
            boolean shared = max == 16;
            assertThat(web.entries()).containsExactly(shared ? "10.0.0.0/8" : "127.0.0.1");
            assertThat(box.connect(cgroup, port)).isEqualTo(shared ? "ok" : "EPERM");
            assertThat(box.pins()).noneMatch(pin -> pin.endsWith("-old") || pin.endsWith("-new"));
            box.host.remover().remove(WebInstance.NAME);
        }
    }

    @Test
    void theNextCommandRollsBackIfTheTimerWasCanceled() {
        Cgroup cgroup = box.cgroup("a");
        int old = box.listen();
        apply(cgroup, old, Optional.empty());
        apply(cgroup, 8, Optional.of(Duration.ofSeconds(WAIT)));
        InstanceFolder folder = new InstanceFolder(box.host.bpf(), box.host.pins(), name());
        try (var map = box.host.bpf().objGet(folder.rollback(2))) {
            // The kernel frees the timer of a value that user space replaces.
            byte[] value = box.host.bpf().mapLookup(map, new byte[4], 56).orElseThrow();
            box.host.bpf().mapUpdate(map, new byte[4], value);
        }
        sleep((deadline() - box.host.bootTime()) / 1_000_000 + 1_500);
        assertThat(box.host.status().get(0).generation()).isEqualTo(2);
        assertThat(box.host.remover().recover()).containsExactly("`p@main` was rolled back to generation 1");
        assertThat(box.connect(cgroup, old)).isEqualTo("EPERM");
    }

    private static InstanceName name() {
        return InstanceName.parse("p");
    }

    private long deadline() {
        return new InstanceFolder(box.host.bpf(), box.host.pins(), name())
                .timer()
                .orElseThrow()
                .deadline();
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void awaitGeneration(long generation) {
        for (int i = 0; i < 6_000; i++) {
            InstanceStatus status = box.host.status().get(0);
            if (status.generation() == generation && status.state() == InstanceStatus.State.IN_FORCE) {
                return;
            }
            KernelBox.pause();
        }
        throw new AssertionError("the kernel did not roll back");
    }

    private ApplyResult apply(Cgroup cgroup, int port, Optional<Duration> confirm) {
        return box.host
                .applier()
                .apply(new ApplyRequest(
                                TestObjects.policy("p", port),
                                "main",
                                List.of(cgroup),
                                Map.of("port", Integer.toString(port)),
                                false)
                        .confirming(confirm));
    }

    /** Compiles a policy `p` that denies connects to a port at connect4. */
    private String object(int port) throws IOException {
        TestObjects.Rodata rodata = new TestObjects.Rodata()
                .u32("ringwall_generation", 0)
                .u64("param_port", port)
                .text("bpf_metadata_policy", "p")
                .text("bpf_metadata_abi", "1")
                .text("bpf_metadata_param_port", "port 1..65535 = " + port);
        List<ProgramSpec> programs = List.of(TestObjects.denyPort("connect4_0123", "cgroup/connect4"));
        return Files.write(
                        dir.resolve("p" + port + ".o"),
                        ObjectWriter.write(TestObjects.typed(rodata.section(), programs)))
                .toString();
    }

    private String sync(int code, String object) throws IOException {
        Path folder = Files.createDirectories(dir.resolve("declared"));
        Path cgroup = Path.of(box.host.status().get(0).places().get(0).cgroup());
        Path top = box.host.cgroups().mount();
        Files.writeString(
                folder.resolve("p.yaml"),
                "policy: " + object + "\nplaces:\n  - path: " + top.relativize(cgroup) + "\n");
        return ringwall(code, "sync", "--dir", folder.toString());
    }

    private String ringwall(int code, String... args) {
        List<String> words = new ArrayList<>(List.of(args));
        if (args[0].equals("apply")) {
            words.add("--reset-params");
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exit = new Ringwall(
                        () -> LoaderHost.ofThisMachine(box.pinBase),
                        new ByteArrayInputStream(new byte[0]),
                        stream,
                        stream,
                        Optional.of(dir.resolve("journal")))
                .execute(words.toArray(String[]::new));
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isEqualTo(code);
        return text;
    }
}
