// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.conformance.differential.Differential;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.testkit.Soak;

/**
 * A test that a policy with verdicts alone has no cost for effects: no map, no helper call, and no
 * stack beyond what reading the request needs.
 */
class VerdictOnlyTest {
    private static final int POLICIES = Soak.size(10, 30);

    /** A block with effects at a hook that few policies have. */
    private static final Hook OTHER = Hook.POST_BIND4;

    private static final String EFFECTS = "\non post_bind4 { default allow { count spare; log at most 5/s } }\n";

    /** The helpers of effects. */
    private static final Set<Helper> OF_EFFECTS = EnumSet.of(
            Helper.MAP_LOOKUP_ELEM,
            Helper.MAP_UPDATE_ELEM,
            Helper.SPIN_LOCK,
            Helper.SPIN_UNLOCK,
            Helper.RINGBUF_RESERVE,
            Helper.RINGBUF_SUBMIT);

    @Test
    void verdictOnlySamplesUseNoState() throws Exception {
        int programs = 0;
        for (Path sample : Samples.all()) {
            Compilation compilation =
                    Samples.compileWithWarnings(sample.getFileName().toString(), Files.readString(sample));
            if (isVerdictsAlone(compilation.policy())) {
                programs += check(compilation.object(), sample.toString());
            }
        }
        assertThat(programs).isGreaterThan(20);
    }

    @Test
    void effectsAtOtherHooksDoNotChangeVerdictOnlyPrograms() {
        Differential run = Differential.ofProperties();
        int compared = 0;
        for (long seed = run.seed(); seed < run.seed() + POLICIES; seed++) {
            String text = PolicyGenerator.of(seed).text();
            Compilation plain = Samples.compileWithWarnings("drawn.wall", text);
            if (!isVerdictsAlone(plain.policy())) {
                continue;
            }
            check(plain.object(), "seed " + seed + "\n" + text);
            Map<String, List<Object>> before = code(plain.object());
            Map<String, List<Object>> after = code(
                    Samples.compileWithWarnings("drawn.wall", withEffects(text)).object());
            before.remove(OTHER.section());
            after.remove(OTHER.section());
            assertThat(after).as("seed %s%n%s", seed, text).isEqualTo(before);
            compared += before.size();
        }
        assertThat(compared).isGreaterThan(POLICIES / 3);
    }

    private static boolean isVerdictsAlone(Policy policy) {
        boolean leads = policy.blocks().stream()
                .flatMap(block -> block.rules().stream())
                .flatMap(rule -> rule.effects().stream())
                .anyMatch(Effect.Redirect.class::isInstance);
        return policy.state().isEmpty() && policy.logged().isEmpty() && !leads;
    }

    /** Adds the effects; the counter follows the line that requires a kernel. */
    private static String withEffects(String text) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        int at = 1;
        for (int i = 0; i < lines.size(); i++) {
            at = lines.get(i).startsWith("requires ") ? i + 1 : at;
        }
        lines.add(at, "counter spare { n: attempts }");
        return String.join("\n", lines) + EFFECTS;
    }

    /**
     * Returns whether the program is for sock_ops, where rules without a verdict may also write to
     * the stack frame.
     */
    private static boolean isOfSocketEvents(ProgramSpec program) {
        return program.section().equals("sockops");
    }

    private static int check(BpfObject object, String which) {
        assertThat(object.maps()).as(which).extracting(MapSpec::name).isSubsetOf(StateNames.STAMPS);
        for (ProgramSpec program : object.programs()) {
            String where = which + ", " + program.section();
            for (Insn insn : program.insns()) {
                if (insn instanceof Insn.CallHelper call) {
                    assertThat(OF_EFFECTS).as(where).noneMatch(helper -> helper.id() == call.id());
                }
                boolean built = insn instanceof Insn.Store store
                        && store.dst() == Reg.R10
                        && store.off() < StateFrame.FINAL
                        && !(isOfSocketEvents(program) && store.off() >= StateFrame.GENERATION_STATE);
                assertThat(built).as(where).isFalse();
            }
        }
        return object.programs().size();
    }

    @Test
    void aPolicyWithoutDenialsReadsNoControlWord() {
        BpfObject object = Samples.compileWithWarnings(
                        "open.wall", "policy open\non connect4 {\n  allow if remote.port == 80\n  default allow\n}\n")
                .object();
        assertThat(object.programs())
                .singleElement()
                .satisfies(program -> assertThat(program.relocations()).isEmpty());
    }

    /** An allowed request does not read the control word, because that read follows all tests. */
    @Test
    void anAllowedRequestReadsNoControlWord() {
        ProgramSpec program = Samples.compileWithWarnings(
                        "ports.wall",
                        "policy ports\non connect4 {\n  allow if proto == tcp and remote.port == 80\n  default deny\n}\n")
                .object()
                .programs()
                .get(0);
        int first = program.relocations().stream()
                .mapToInt(relocation -> relocation.slot())
                .min()
                .orElseThrow();
        long loads = program.insns().stream()
                .limit(first)
                .filter(insn -> insn instanceof Insn.Load)
                .count();
        assertThat(loads).isEqualTo(2);
    }

    /**
     * Returns instructions and the symbols that they refer to, by section. Offsets within a symbol
     * are left out, because other rules change them.
     */
    private static Map<String, List<Object>> code(BpfObject object) {
        Map<String, List<Object>> code = new TreeMap<>();
        for (ProgramSpec program : object.programs()) {
            Map<Integer, String> symbols = new TreeMap<>();
            program.relocations().forEach(relocation -> symbols.put(relocation.slot(), relocation.symbol()));
            List<Object> parts = new ArrayList<>();
            int slot = 0;
            for (Insn insn : program.insns()) {
                Optional<String> symbol = Optional.ofNullable(symbols.get(slot));
                parts.add(symbol.<Object>map(name -> name).orElse(insn));
                slot += insn.slots();
            }
            code.put(program.section(), parts);
        }
        return code;
    }
}
