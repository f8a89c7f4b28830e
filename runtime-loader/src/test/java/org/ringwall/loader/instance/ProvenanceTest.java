// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.apply.Applier;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.FakeKernel;
import org.ringwall.loader.apply.Killed;
import org.ringwall.loader.apply.Remover;
import org.ringwall.loader.apply.SysctlTrial;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.StatusReader;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.Provenance;

/** The origin of a generation changes together with the generation, whatever is killed. */
class ProvenanceTest {
    private static final InstanceName NAME = InstanceName.parse("p");
    private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NEW = "new".getBytes(StandardCharsets.UTF_8);
    /** From sha256sum. */
    private static final String OF_OLD = "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4";

    private static final Author ALICE = new Author(0, OptionalLong.of(1000), "alice", "ringwall apply p.o");

    private FakeKernel kernel = new FakeKernel();
    private Cgroup place = kernel.addCgroup("a");

    private void apply(byte[] file, Author author) {
        new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN, author)
                .apply(new ApplyRequest(
                        TestObjects.policy("p", 80).fromFile(file),
                        "main",
                        List.of(place),
                        Map.of("port", "80"),
                        Set.of(),
                        Set.of(),
                        Optional.empty()));
    }

    private InstanceStatus status() {
        return new StatusReader(kernel, kernel, kernel, OptionalLong::empty)
                .all()
                .get(0);
    }

    @Test
    void keepsObjectTimeAndAuthor() {
        Instant before = Instant.now();
        apply(OLD, ALICE);
        Provenance origin = status().origin().orElseThrow();
        assertThat(origin.author()).isEqualTo(ALICE);
        assertThat(origin.time()).isBetween(before, Instant.now());
        assertThat(status().digest()).contains(OF_OLD);
        apply(NEW, new Author(0, OptionalLong.empty(), "", ""));
        assertThat(status().origin().orElseThrow().author()).isEqualTo(new Author(0, OptionalLong.empty(), "", ""));
        assertThat(status().digest()).isNotEqualTo(origin.object());
    }

    @Test
    void longTextsAreCutAtACharacter() {
        apply(OLD, new Author(0, OptionalLong.empty(), "ü".repeat(40), "a" + "ü".repeat(300)));
        Author stored = status().origin().orElseThrow().author();
        assertThat(stored.user()).matches("ü{30}…");
        assertThat(stored.command()).matches("aü{197}…");
    }

    @Test
    void anInstanceOfAnEarlierLoaderHasNoProvenance() {
        apply(OLD, ALICE);
        kernel.unlink(kernel.root().resolve("p@main/g1/applied"));
        assertThat(status().origin()).isEmpty();
        assertThat(status().state()).isEqualTo(InstanceStatus.State.IN_FORCE);
        apply(NEW, ALICE);
        assertThat(status().origin()).isPresent();
        new Remover(kernel, kernel, kernel).remove(NAME);
        assertThat(kernel.pins()).isEmpty();
    }

    @Test
    void aKillAtAnyStepShowsTheOriginOfTheDecidingGeneration() {
        String old = digestAfter(OLD);
        String fresh = digestAfter(NEW);
        assertThat(old).isNotEqualTo(fresh);
        int olds = 0;
        int steps = stepsOfUpgrade();
        for (int at = 0; at < steps; at++) {
            start();
            apply(OLD, ALICE);
            kernel.killAt(at);
            assertThatThrownBy(() -> apply(NEW, ALICE)).isInstanceOf(Killed.class);
            kernel.restart();
            InstanceStatus killed = status();
            assertThat(killed.digest()).as("step %s", at).contains(killed.generation() == 1 ? old : fresh);
            new Remover(kernel, kernel, kernel).recover();
            InstanceStatus rest = status();
            assertThat(rest.digest()).as("step %s", at).contains(rest.generation() == 1 ? old : fresh);
            olds += rest.generation() == 1 ? 1 : 0;
        }
        assertThat(olds).isBetween(1, steps - 1);
    }

    private void start() {
        kernel = new FakeKernel();
        place = kernel.addCgroup("a");
    }

    private int stepsOfUpgrade() {
        start();
        apply(OLD, ALICE);
        kernel.restart();
        apply(NEW, ALICE);
        return kernel.steps();
    }

    private String digestAfter(byte[] file) {
        start();
        apply(file, ALICE);
        return status().digest().orElseThrow();
    }
}
