// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.insn.Width;
import org.ringwall.testkit.KernelFacts;
import org.ringwall.testkit.KernelFacts.Access;

/**
 * A test of this package's tables against every answer of every measured kernel, in both
 * directions.
 */
class MeasuredKernelsTest {
    private static final Set<Access> GRID = Set.copyOf(KernelFacts.grid());
    private static final Map<String, Hook> HOOKS =
            Arrays.stream(Hook.values()).collect(Collectors.toMap(Hook::word, Function.identity()));
    private static final int ACCESSES = 56_700;
    private static final int HELPERS = 28 * 211;
    private static final int VALUES = 28 * 6;

    static Stream<KernelFacts> kernels() {
        return KernelFacts.measured().stream();
    }

    private static KernelVersion version(KernelFacts facts) {
        return KernelVersion.parse(facts.version()).orElseThrow();
    }

    private static Hook hook(String word) {
        return Optional.ofNullable(HOOKS.get(word)).orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void contextAccessesMatchTheMeasuredVerifier(KernelFacts facts) {
        List<String> differing = new ArrayList<>();
        int rows = 0;
        for (Access access : KernelFacts.grid()) {
            rows++;
            boolean table = table(access, version(facts));
            if (table != facts.accepts(access)) {
                differing.add(access + ": table " + table + ", kernel " + !table);
            }
        }
        System.out.println("kernel " + facts + ": " + rows + " context accesses compared, "
                + facts.accesses().size() + " of them accepted");
        assertThat(differing).isEmpty();
        assertThat(rows).isEqualTo(ACCESSES);
        assertThat(GRID.containsAll(facts.accesses()))
                .as("only rows of the grid")
                .isTrue();
    }

    private static boolean table(Access access, KernelVersion kernel) {
        Hook hook = hook(access.hook());
        Width width = Width.ofBytes(access.bytes());
        int offset = access.offset();
        return switch (access.operation()) {
            case "read" -> hook.mayRead(offset, width, kernel);
            case "read-signed" -> hook.mayReadSigned(offset, width, kernel);
            case "write" -> hook.mayWrite(offset, width, kernel);
            case "write-immediate" -> hook.mayWriteImmediate(offset, width, kernel);
            case "write-then-read" -> hook.mayWrite(offset, width, kernel) && hook.mayRead(offset, width, kernel);
            case "atomic-add" -> false; // rejected by every kernel: see Hook.mayWrite
            default -> throw new IllegalStateException(access.operation());
        };
    }

    /** The tables without a kernel are those of the newest kernel. */
    @Test
    void tablesWithoutAKernelVersionMatchTheNewestKernel() {
        KernelVersion newest = version(KernelFacts.measured().get(KernelFacts.VERSIONS.size() - 1));
        List<Access> differing = KernelFacts.grid().stream()
                .filter(access -> switch (access.operation()) {
                    case "read" -> plainRead(access) != table(access, newest);
                    case "write" -> plainWrite(access) != table(access, newest);
                    default -> false;
                })
                .toList();
        assertThat(differing).isEmpty();
    }

    private static boolean plainRead(Access access) {
        return hook(access.hook()).mayRead(access.offset(), Width.ofBytes(access.bytes()));
    }

    private static boolean plainWrite(Access access) {
        return hook(access.hook()).mayWrite(access.offset(), Width.ofBytes(access.bytes()));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void returnRangesMatchTheMeasuredVerifier(KernelFacts facts) {
        int rows = 0;
        for (String word : KernelFacts.hooks()) {
            boolean exists = version(facts).atLeast(hook(word).since());
            for (int value : KernelFacts.values()) {
                rows++;
                boolean table = exists && hook(word).returns(version(facts)).contains(value);
                assertThat(table).as(word + " returns " + value).isEqualTo(facts.returns(word, value));
            }
        }
        assertThat(rows).isEqualTo(VALUES);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void helpersMatchTheMeasuredVerifier(KernelFacts facts) {
        List<String> differing = new ArrayList<>();
        int rows = 0;
        for (String word : KernelFacts.hooks()) {
            for (int id : KernelFacts.helperIds()) {
                rows++;
                boolean table = Helper.of(id)
                        .filter(helper -> helper.availableAt(hook(word), version(facts)))
                        .isPresent();
                if (table != facts.calls(word, id)) {
                    differing.add(word + " " + facts.helperName(id) + ": table " + table + ", kernel " + !table);
                }
            }
        }
        assertThat(differing).isEmpty();
        assertThat(rows).isEqualTo(HELPERS);
    }

    /**
     * A policy relies on helpers remaining available: once at a hook, a helper is there on every
     * newer kernel.
     */
    @ParameterizedTest
    @MethodSource("kernels")
    void helpersRemainAvailableOnNewerKernels(KernelFacts facts) {
        for (Helper helper : Helper.values()) {
            assertThat(facts.helperName(helper.id())).isEqualTo(helper.kernelName());
            helper.hooks()
                    .forEach((hook, since) -> assertThat(facts.calls(hook.word(), helper.id()))
                            .as(helper + " at " + hook)
                            .isEqualTo(version(facts).atLeast(since) || helper.availableAt(hook, version(facts))));
        }
    }

    @ParameterizedTest
    @CsvSource({"5.10, 1428", "6.1, 1430", "6.12, 2787", "6.17, 2787", "6.18, 2787", "7.0, 2787", "7.3, 2787"})
    void filesContainTheMeasuredNumberOfAcceptedAccesses(String version, int accepted) {
        KernelFacts facts = kernels()
                .filter(kernel -> kernel.version().equals(version))
                .findFirst()
                .orElseThrow();
        assertThat(facts.accesses()).hasSize(accepted);
    }

    @Test
    void measurementsCoverEveryHookAndAccess() {
        assertThat(KernelFacts.hooks().stream().map(MeasuredKernelsTest::hook))
                .containsExactlyInAnyOrder(Hook.values());
        assertThat(KernelFacts.grid()).hasSize(ACCESSES);
        assertThat(GRID).as("no row twice").hasSize(ACCESSES);
    }
}
