// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.state.StateWorkload;

class OptionsTest {
    @Test
    void noArgumentsSelectEverything() {
        Options options = Options.parse();
        assertThat(options.workloads()).containsExactly(Workload.values());
        assertThat(options.state()).containsExactly(StateWorkload.values());
        assertThat(options.others()).containsExactlyInAnyOrder(Options.Other.values());
        assertThat(options.quick()).isFalse();
    }

    @Test
    void aWordSelectsOneWorkloadOrSeveral() {
        assertThat(Options.parse("devices").workloads()).containsExactly(Workload.DEVICES);
        assertThat(Options.parse("prefixes").workloads()).containsExactly(Workload.PREFIXES4, Workload.PREFIXES6);
        assertThat(Options.parse("tuples", "ports", "tuples-nested-prefixes").workloads())
                .hasSize(5)
                .doesNotHaveDuplicates();
        assertThat(Options.parse("state").state()).containsExactly(StateWorkload.values());
        assertThat(Options.parse("state-count", "state-rate").state())
                .containsExactly(
                        StateWorkload.COUNT_CONSTANT,
                        StateWorkload.COUNT_KEYED,
                        StateWorkload.COUNT_SOCK_OPS,
                        StateWorkload.COUNT_PACKETS,
                        StateWorkload.RATE);
        assertThat(Options.parse("state").workloads()).isEmpty();
        assertThat(Options.parse("calibrate").workloads()).isEmpty();
        assertThat(Options.parse("calibrate", "jmh").others())
                .containsExactlyInAnyOrder(Options.Other.CALIBRATE, Options.Other.JMH);
    }

    @Test
    void aSuffixSelectsASample() {
        Options one = Options.parse("samples-first", "samples-gpu", "compile");
        assertThat(one.samples()).containsExactlyInAnyOrder("first", "gpu");
        assertThat(one.others()).containsExactlyInAnyOrder(Options.Other.SAMPLES, Options.Other.COMPILE);
        assertThat(Options.parse("samples-first", "samples").samples()).isEmpty();
        assertThat(Options.parse("samples").samples()).isEmpty();
    }

    @Test
    void optionsMayAppearAnywhere() {
        Options options = Options.parse("ports", "--out", "here", "--quick");
        assertThat(options.quick()).isTrue();
        assertThat(options.folder()).hasValue("here");
        assertThat(Options.parse("list").list()).isTrue();
    }

    @Test
    void besideAddsContestantsAndOnlySelectsThem() {
        Options options = Options.parse("--beside", "a", "ports", "--only", "clang v3", "--beside", "b");
        assertThat(options.beside()).containsExactly("a", "b");
        assertThat(options.only()).hasValue("clang v3");
        assertThat(Options.parse().beside()).isEmpty();
        assertThatThrownBy(() -> Options.parse("--beside")).hasMessageContaining("`--beside`");
    }

    @Test
    void anUnknownWordIsReported() {
        assertThatThrownBy(() -> Options.parse("port")).hasMessageContaining("`port`");
        assertThatThrownBy(() -> Options.parse("--fast")).hasMessageContaining("`--fast`");
        assertThatThrownBy(() -> Options.parse("--out")).hasMessageContaining("`--out`");
    }

    @Test
    void theListNamesEverything() {
        for (Workload workload : Workload.values()) {
            assertThat(Options.listing()).contains(workload.title() + " ", workload.meaning());
        }
        for (StateWorkload workload : StateWorkload.values()) {
            assertThat(Options.listing()).contains(workload.title() + " ", workload.meaning());
        }
        assertThat(Options.listing()).contains("calibrate ", "jmh ", "compile ");
    }
}
