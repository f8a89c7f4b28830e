// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.rules.Address;
import org.ringwall.bench.rules.PortRules;
import org.ringwall.bench.rules.Prefix;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bench.rules.TupleRule;
import org.ringwall.bench.rules.TupleRules;
import org.ringwall.bpf.insn.Insn;

class BpfilterTest {
    private static final int PROLOGUE = 15;

    private static List<Insn> program(RuleList rules) {
        return Bpfilter.program(rules).insns();
    }

    private static int length(Workload workload, int size) {
        return program(workload.rules(size)).size();
    }

    @Test
    void ruleLengthIsTheSumOfMatchersAndLayerChecks() {
        assertThat(length(Workload.PORTS, 500) - length(Workload.PORTS, 10)).isEqualTo(490 * 5);
        assertThat(length(Workload.PREFIXES4, 1_000) - length(Workload.PREFIXES4, 10))
                .isEqualTo(990 * 9);
        // Two instructions for the layers, six for the address, two for the port, two for the
        // verdict.
        assertThat(length(Workload.SHARED_PORTS, 1_000) - length(Workload.SHARED_PORTS, 10))
                .isEqualTo(990 * 12);
    }

    @Test
    void aRuleThatDoesNotMatchJumpsToTheNextOne() {
        Prefix prefix = Prefix.of(Address.v4(0x0a00_0000L), 8);
        List<Insn> rule = program(new TupleRules(List.of(new TupleRule(true, true, prefix, 443))))
                .subList(PROLOGUE, PROLOGUE + 12);
        Stream.of(0, 1, 7, 9)
                .forEach(at -> assertThat(((Insn.Jump) rule.get(at)).off())
                        .as("%s", rule.get(at))
                        .isEqualTo((short) (11 - at)));
        assertThat(rule.stream().filter(Insn.Jump.class::isInstance)).hasSize(4);
        assertThat(rule.get(11)).isEqualTo(new Insn.Exit());
        assertThat(program(new PortRules(List.of(443))).get(PROLOGUE + 4)).isEqualTo(new Insn.Exit());
    }
}
