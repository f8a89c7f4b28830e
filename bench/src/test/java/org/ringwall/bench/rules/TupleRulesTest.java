// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of a thousand rules of address, port and protocol in every shape: verdicts are those of
 * the first matching rule, and the code is small.
 */
@HangGuard
class TupleRulesTest {
    private static final int RULES = 1_000;

    /** A tenth of bpfilter's code for a thousand prefixes. */
    private static final int MOST_SLOTS = 949;

    private static final int MOST_PROCESSED = 3_000;

    private static TupleRules rules(TupleRules.Shape shape) {
        return TupleRules.drawn(shape, RULES, new SplittableRandom(shape.ordinal() + 1));
    }

    private static Compilation compile(TupleRules rules) {
        return Compiler.compile(new SourceFile("tuples.wall", rules.policy()), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
    }

    /**
     * Returns the ends of each rule's prefix and their neighbours with its port and the
     * neighbouring ports, each with the other protocol, and random keys.
     */
    private static List<Key.Connect> keys(TupleRules rules, SplittableRandom random) {
        List<Key.Connect> keys = new ArrayList<>();
        for (TupleRule rule : rules.rules()) {
            long base = rule.prefix().base().low();
            long last = rule.prefix().last().low();
            for (long address : new long[] {base - 1, base, base + 1, last - 1, last, last + 1}) {
                for (int port = rule.port() - 1; port <= rule.port() + 1; port++) {
                    keys.add(new Key.Connect(rule.tcp(), Address.v4(address & 0xffff_ffffL), port));
                }
                keys.add(new Key.Connect(!rule.tcp(), Address.v4(address & 0xffff_ffffL), rule.port()));
            }
            keys.add((Key.Connect) rules.draw(true, random));
            keys.add((Key.Connect) rules.draw(false, random));
        }
        return keys;
    }

    private static Request request(Key.Connect key) {
        RawAddress to = new RawAddress(true, U128.of(key.address().low()));
        RawAddress from = new RawAddress(true, U128.ZERO);
        int protocol = key.tcp() ? 6 : 17;
        return new Request.AtAddress(Hook.CONNECT4, to, key.port(), from, protocol, key.tcp() ? 1 : 2, Actor.ORDINARY);
    }

    @ParameterizedTest
    @EnumSource
    void theFirstRuleThatMatchesDecides(TupleRules.Shape shape) {
        TupleRules rules = rules(shape);
        Compilation made = compile(rules);
        assertThat(made.object().programs()).allMatch(program -> program.slots() <= MOST_SLOTS);
        EmittedPolicy emitted = EmittedPolicy.load(made.object(), Map.of(), made.oldestKernel());
        int allowed = 0;
        int asked = 0;
        for (Key.Connect key : keys(rules, new SplittableRandom(7))) {
            if (key.address().low() == 0) {
                continue;
            }
            boolean expected = rules.allows(key);
            assertThat(emitted.decide(request(key)).allows()).as(key.toString()).isEqualTo(expected);
            allowed += expected ? 1 : 0;
            asked++;
        }
        assertThat(allowed).isBetween(RULES / 2, asked - RULES);
    }

    @KernelTest
    @ParameterizedTest
    @EnumSource
    void theVerifierProcessesFewInstructions(TupleRules.Shape shape) {
        RunningKernel.needs(5, 16, "verified_insns");
        BpfObject object = compile(rules(shape)).object();
        try (ChildCgroup cgroup = ChildCgroup.make();
                Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
            enforced.programs().forEach((hook, info) -> {
                int processed = info.processed().orElseThrow();
                System.out.println(shape + ": " + processed + " walked");
                assertThat(processed).isLessThanOrEqualTo(MOST_PROCESSED);
            });
        }
    }
}
