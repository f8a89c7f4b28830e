// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.apply.Applier;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.FakeKernel;
import org.ringwall.loader.apply.Killed;
import org.ringwall.loader.apply.Remover;
import org.ringwall.loader.apply.SysctlTrial;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState.LiveSet;
import org.ringwall.loader.object.PolicyObject;

/**
 * The maps of an instance from one generation to the next, with a failure and a kill at every step.
 */
class StateMapsTest {
    private static final MapSpec SEEN = new MapSpec("seen", MapType.HASH, 4, 8, 100, 0);
    private static final MapSpec OTHER = new MapSpec("other", MapType.ARRAY, 4, 8, 10, 0);
    private static final String PIN = "/bpf/v1/p@main/maps/";

    private FakeKernel kernel = new FakeKernel();
    private List<Cgroup> places = List.of();

    @BeforeEach
    void onePlace() {
        kernel = new FakeKernel();
        places = List.of(kernel.addCgroup("a"));
    }

    private void apply(MapSpec... maps) {
        PolicyObject policy = maps.length == 0 ? TestObjects.policy("p", 80) : TestObjects.withMaps("p", 80, maps);
        new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(policy, "main", places, Map.of("port", "80"), false));
    }

    private List<String> maps() {
        return kernel.pins().stream()
                .filter(pin -> pin.startsWith(PIN))
                .map(pin -> pin.substring(PIN.length()))
                .toList();
    }

    private long made(String name) {
        return kernel.log.stream().filter(("map " + name)::equals).count();
    }

    @Test
    void theNextGenerationGetsTheSameMap() {
        apply(SEEN);
        assertThat(maps()).containsExactly("seen");
        int first = kernel.pinnedId(PIN + "seen");
        apply(SEEN);
        assertThat(made("seen")).isEqualTo(1);
        assertThat(kernel.pinnedId(PIN + "seen")).isEqualTo(first);
        assertThat(kernel.openDescriptors()).isZero();
    }

    @Test
    void aMapThatTheNewVersionDoesNotUseIsRemoved() {
        apply(SEEN, OTHER);
        assertThat(maps()).containsExactly("other", "seen");
        apply(OTHER);
        assertThat(maps()).containsExactly("other");
        apply();
        assertThat(maps()).isEmpty();
        assertThat(kernel.folders).doesNotContain(java.nio.file.Path.of("/bpf/v1/p@main/maps"));
        apply(SEEN);
        assertThat(made("seen")).isEqualTo(2);
    }

    @Test
    void aMapThatNoProgramUsesIsNotCreated() {
        BpfObject named = TestObjects.withMaps("p", 80, SEEN).object();
        BpfObject both = new BpfObject(
                named.order(), named.license(), named.programs(), List.of(OTHER, SEEN), named.data(), named.btf());
        new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(PolicyObject.of(both), "main", places, Map.of("port", "80"), false));
        assertThat(maps()).containsExactly("seen");
    }

    @Test
    void removalDeletesAllMaps() {
        apply(SEEN, OTHER);
        new Remover(kernel, kernel, kernel).remove(InstanceName.parse("p"));
        assertThat(kernel.pins()).isEmpty();
        assertThat(kernel.folders).containsExactly(kernel.root());
    }

    private static Stream<Arguments> layouts() {
        return Stream.of(
                Arguments.of(
                        new MapSpec("seen", MapType.LRU_HASH, 4, 8, 100, 0),
                        "the map type HASH, but the new one needs LRU_HASH"),
                Arguments.of(
                        new MapSpec("seen", MapType.HASH, 8, 8, 100, 0), "keys of 4 bytes, but the new one needs 8"),
                Arguments.of(
                        new MapSpec("seen", MapType.HASH, 4, 16, 100, 0),
                        "values of 8 bytes, but the new one needs 16"),
                Arguments.of(
                        new MapSpec("seen", MapType.HASH, 4, 8, 200, 0),
                        "room for 100 entries, but the new one needs 200"),
                Arguments.of(new MapSpec("seen", MapType.HASH, 4, 8, 100, 1), "the flags 0, but the new one needs 1"));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void anotherLayoutIsRefusedBeforeAnythingChanges(MapSpec other, String what) {
        apply(SEEN);
        List<String> before = kernel.pins();
        assertThatThrownBy(() -> apply(other))
                .isInstanceOf(InputException.class)
                .hasMessage("the version in force has `seen` with " + what);
        assertThat(kernel.pins()).isEqualTo(before);
        assertThat(kernel.openDescriptors()).isZero();
    }

    /** The maps of either the old or the new version are complete. */
    @Test
    void refusalOrKillAtAnyStepKeepsTheMapsInForce() {
        apply(SEEN);
        kernel.restart();
        apply(SEEN, OTHER);
        int steps = kernel.steps();
        int old = 0;
        for (int at = 0; at < 2 * steps; at++) {
            onePlace();
            apply(SEEN);
            boolean kill = at >= steps;
            if (kill) {
                kernel.killAt(at - steps);
            } else {
                kernel.refuseAt(at);
            }
            interrupted(kill);
            kernel.restart();
            new Remover(kernel, kernel, kernel).recover();
            boolean first = kernel.pins().stream().anyMatch(pin -> pin.contains("/g1/"));
            old += first ? 1 : 0;
            assertThat(maps()).as("step %s", at).isEqualTo(first ? List.of("seen") : List.of("other", "seen"));
        }
        assertThat(old).isBetween(steps / 2, 2 * steps - 1);
    }

    private static PolicyObject live(int max) {
        return StateObjects.of("p")
                .live(StateObjects.LIVE, LiveType.NET, max, "10.0.0.0/8")
                .policy();
    }

    private void apply(PolicyObject policy) {
        new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(policy, "main", places, Map.of(), false));
    }

    private List<String> entries() {
        try (OpenInstance state = OpenInstance.change(kernel, kernel, InstanceName.parse("p"))) {
            return state.live(
                    StateObjects.LIVE,
                    set -> set.list().stream().map(LiveSet.Held::text).toList());
        }
    }

    /** Whichever version is in force, its set has all entries under its own name. */
    @Test
    void refusalOrKillAtAnyStepLosesNoEntry() {
        PolicyObject small = live(4);
        PolicyObject large = live(8);
        PolicyObject none = TestObjects.policy("p", 80);
        int steps = 1;
        int old = 0;
        for (int at = -1; at < 2 * steps; at++) {
            onePlace();
            apply(small);
            try (OpenInstance state = OpenInstance.change(kernel, kernel, InstanceName.parse("p"))) {
                state.live(StateObjects.LIVE, set -> set.add(List.of("10.0.0.1", "10.1.0.0/16"), 1));
            }
            kernel.restart();
            boolean kill = at >= steps;
            if (kill) {
                kernel.killAt(at - steps);
            } else if (at >= 0) {
                kernel.refuseAt(at);
            }
            interrupted(kill, () -> apply(large));
            steps = at < 0 ? kernel.steps() : steps;
            kernel.restart();
            new Remover(kernel, kernel, kernel).recover();
            old += kernel.pins().stream().anyMatch(pin -> pin.contains("/g1/")) ? 1 : 0;
            assertThat(maps()).as("step %s", at).containsExactly("live_blocked");
            assertThat(entries()).as("step %s", at).containsExactly("10.0.0.1", "10.1.0.0/16");
            assertThat(kernel.openDescriptors()).isZero();
        }
        assertThat(old).isBetween(steps / 2, 2 * steps - 1);
        apply(none);
        assertThat(maps()).isEmpty();
    }

    private void interrupted(boolean kill) {
        interrupted(kill, () -> apply(SEEN, OTHER));
    }

    private static void interrupted(boolean kill, Runnable work) {
        try {
            work.run();
        } catch (Killed expected) {
            assertThat(kill).isTrue();
        } catch (KernelRefusedException expected) {
            assertThat(kill).isFalse();
        }
    }

    private static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(new MapSpec("a/b", MapType.HASH, 4, 8, 1, 0), "a name that cannot be pinned"),
                Arguments.of(new MapSpec("..", MapType.HASH, 4, 8, 1, 0), "a name that cannot be pinned"),
                Arguments.of(new MapSpec("m", MapType.PROG_ARRAY, 4, 4, 1, 0), "is of type PROG_ARRAY"),
                Arguments.of(new MapSpec("m", MapType.HASH, 4, 8, 1, 1 << 17), "has the flags 131072"),
                Arguments.of(new MapSpec("m", MapType.HASH, 513, 8, 1, 0), "keys of 513 and values of 8 bytes"),
                Arguments.of(new MapSpec("m", MapType.HASH, 4, 65537, 1, 0), "keys of 4 and values of 65537 bytes"),
                Arguments.of(
                        new MapSpec("m", MapType.HASH, 4, 65536, Integer.MAX_VALUE, 0),
                        "its maps need 140926466850744 bytes"),
                Arguments.of(new MapSpec("m", MapType.HASH, 1, 1, 4_000_000, 0), "its maps need 387108864 bytes"),
                Arguments.of(
                        new MapSpec("m", MapType.HASH, 8, 8, 1 << 26, 1),
                        "its maps need 6442450944 bytes if they are full"),
                Arguments.of(new MapSpec("m", MapType.PERCPU_ARRAY, 4, 65536, 4096, 0), "its maps need "),
                Arguments.of(new MapSpec("m", MapType.SK_STORAGE, 4, 8, 0, 1), "socket storage without types"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesMapsThatNoPolicyNeeds(MapSpec map, String why) {
        assertThatThrownBy(() -> TestObjects.withMaps("p", 80, map))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(why);
    }

    @Test
    void refusesMoreMapsThanPoliciesHave() {
        MapSpec[] many = Stream.iterate(0, i -> i + 1)
                .limit(4_097)
                .map(i -> new MapSpec("m" + i, MapType.HASH, 4, 8, 1, 0))
                .toArray(MapSpec[]::new);
        assertThatThrownBy(() -> TestObjects.withMaps("p", 80, many)).hasMessageContaining("it declares 4097 maps");
    }
}
