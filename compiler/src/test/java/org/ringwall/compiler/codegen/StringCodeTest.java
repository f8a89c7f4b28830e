// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/**
 * Strings against patterns of every kind: the code in both byte orders agrees with the reference
 * evaluator.
 */
class StringCodeTest {
    private static final String POLICY = """
            policy strings
            sysctl {
              deny if write
              allow if read
              deny EACCES if write
              default deny
            }
            """;

    private static final List<String> PIECES =
            List.of("a", "b", "net", "/", "ipv4", "conf", "x", "é", "1", "\\*", "\\\\", "rp_filter", "~", " ", "\n");

    private final Random random = new Random(20261124);

    @ParameterizedTest
    @EnumSource(
            value = Field.class,
            names = {"NAME", "VALUE", "NEW_VALUE", "COMM"})
    void codeAgreesWithTheReferenceEvaluator(Field field) {
        int allowed = 0;
        int asked = 0;
        for (int i = 0; i < 100; i++) {
            ByteOrder order = i % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            Target target = new Target(KernelVersion.V6_1, order);
            List<StringPattern> patterns = patterns(i % 3 == 0);
            Policy policy = policy(field, patterns, target);
            List<HookDecision> decisions = PolicyDiagrams.of(policy).decisions();
            Routine routine = Passes.run(Lowering.lower(policy, decisions.get(0), KernelVersion.V5_10));
            Assembly assembly = Compiled.code(policy, decisions.get(0), target).assembly();
            Map<String, byte[]> tables = new TreeMap<>();
            routine.tables().forEach(table -> tables.put(table.symbol(), table.content(order)));
            for (int n = 0; n < 80; n++) {
                Request request = request(field, patterns);
                Verdict expected = Reference.decide(policy, Map.of(), request).verdict();
                assertThat(run(assembly, order, tables, (Request.TouchSysctl) request))
                        .as("%s of %s under %s", field, request, patterns)
                        .isEqualTo(expected);
                allowed += expected.allows() ? 1 : 0;
                asked++;
            }
        }
        assertThat(allowed).isBetween(asked / 20, asked * 19 / 20);
    }

    /**
     * Globs of several parts, whose automata would multiply, and beside them other patterns. Some
     * strings are longer than the program knows them.
     */
    @Test
    void globsThatAreMatchedOneByOneAgreeToo() {
        int allowed = 0;
        int asked = 0;
        for (int i = 0; i < 16; i++) {
            ByteOrder order = i % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            Target target = new Target(KernelVersion.V6_1, order);
            List<StringPattern> patterns = patterns(false);
            for (int n = 0; n < 12 + random.nextInt(20); n++) {
                String inner = "**" + (char) ('a' + n % 26) + n + "**" + PIECES.get(random.nextInt(PIECES.size()));
                patterns.add(new StringPattern(StringPattern.Kind.GLOB, inner + (n % 3 == 0 ? "" : "**")));
            }
            // These keep classes, some of which the end of a name decides.
            patterns.add(new StringPattern(StringPattern.Kind.GLOB, "net/*"));
            patterns.add(new StringPattern(StringPattern.Kind.GLOB, "a*" + "b".repeat(70)));
            Policy policy = withAll(policy(Field.NAME, patterns, target), patterns);
            HookDecision decision = PolicyDiagrams.of(policy).decisions().get(0);
            assertThat(decision.strings().values())
                    .allMatch(names -> names.globs().isPresent());
            Routine routine = Passes.run(Lowering.lower(policy, decision, KernelVersion.V5_10));
            Assembly assembly = Compiled.code(policy, decision, target).assembly();
            Map<String, byte[]> tables = new TreeMap<>();
            routine.tables().forEach(table -> tables.put(table.symbol(), table.content(order)));
            for (int n = 0; n < 80; n++) {
                Request request = request(Field.NAME, patterns);
                Verdict expected = Reference.decide(policy, Map.of(), request).verdict();
                assertThat(run(assembly, order, tables, (Request.TouchSysctl) request))
                        .as("%s under %s", request, policy)
                        .isEqualTo(expected);
                allowed += expected.allows() ? 1 : 0;
                asked++;
            }
        }
        assertThat(allowed).isBetween(asked / 20, asked * 19 / 20);
    }

    /** Returns the policy with a rule that tests all of these patterns, before its default. */
    private static Policy withAll(Policy policy, List<StringPattern> patterns) {
        Block block = policy.blocks().get(0);
        List<Rule> rules = new ArrayList<>(block.rules());
        rules.add(1, rules.get(1).with(new Guard.Matches(Field.NAME, new TreeSet<>(patterns))));
        return policy.with(List.of(block.with(rules)));
    }

    private Policy policy(Field field, List<StringPattern> patterns, Target target) {
        Policy policy = Compiled.policy("strings.wall", POLICY, target);
        Block block = policy.blocks().get(0);
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : block.rules().subList(0, 3)) {
            Guard guard = new Guard.Matches(field, new TreeSet<>(some(patterns)));
            Guard other = new Guard.Matches(field, new TreeSet<>(some(patterns)));
            Guard whole = random.nextBoolean() ? guard : new Guard.And(List.of(guard, new Guard.Not(other)));
            rules.add(rule.with(whole));
        }
        rules.add(block.defaultRule().orElseThrow());
        Block changed = block.with(rules);
        return policy.with(List.of(changed));
    }

    private List<StringPattern> some(List<StringPattern> patterns) {
        List<StringPattern> some = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            some.add(patterns.get(random.nextInt(patterns.size())));
        }
        return some;
    }

    private List<StringPattern> patterns(boolean words) {
        List<StringPattern> patterns = new ArrayList<>();
        int count = 1 + random.nextInt(8);
        for (int i = 0; i < count; i++) {
            StringPattern.Kind kind = words
                    ? random.nextBoolean() ? StringPattern.Kind.EXACT : StringPattern.Kind.PREFIX
                    : StringPattern.Kind.values()[random.nextInt(4)];
            patterns.add(new StringPattern(kind, text(kind == StringPattern.Kind.GLOB)));
        }
        return patterns;
    }

    private String text(boolean glob) {
        StringBuilder text = new StringBuilder();
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            if (glob && random.nextInt(3) == 0) {
                text.append(List.of("*", "**", "?").get(random.nextInt(3)));
            } else {
                String piece = PIECES.get(random.nextInt(PIECES.size()));
                text.append(glob || !piece.startsWith("\\") ? piece : "*");
            }
        }
        return text.toString();
    }

    private Request request(Field field, List<StringPattern> patterns) {
        ByteString string = string(patterns.get(random.nextInt(patterns.size())));
        ByteString name = string.size() == 0 || string.has(0) ? ByteString.of("n") : string;
        ByteString comm = string.first(Math.min(string.size(), 15));
        Actor actor = field == Field.COMM && !comm.has(0) ? new Actor(0, 0).named(comm) : new Actor(0, 0);
        boolean writes = random.nextInt(4) > 0;
        Request.TouchSysctl.Write write = new Request.TouchSysctl.Write(
                random.nextInt(10) == 0 ? Optional.empty() : Optional.of(string), random.nextInt(8) == 0 ? 3 : 0);
        return new Request.TouchSysctl(
                field == Field.NAME ? new String(name.toArray(), java.nio.charset.StandardCharsets.UTF_8) : "n",
                random.nextInt(10) == 0 ? Optional.empty() : Optional.of(string),
                writes ? Optional.of(write) : Optional.empty(),
                actor);
    }

    /** Returns a string that matches or nearly matches. */
    private ByteString string(StringPattern pattern) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean before = pattern.kind() == StringPattern.Kind.SUFFIX && random.nextBoolean();
        boolean after = pattern.kind() == StringPattern.Kind.PREFIX && random.nextBoolean();
        if (before) {
            bytes.writeBytes(run(true));
        }
        ByteString text = ByteString.of(pattern.text());
        for (int i = 0; i < text.size(); i++) {
            int value = text.at(i);
            boolean glob = pattern.kind() == StringPattern.Kind.GLOB;
            if (glob && value == '*') {
                bytes.writeBytes(run(random.nextInt(4) == 0));
            } else if (glob && value == '\\' && i + 1 < text.size()) {
                bytes.write(text.at(++i));
            } else {
                bytes.write(glob && value == '?' ? 'q' : value);
            }
        }
        if (after) {
            bytes.writeBytes(run(true));
        }
        byte[] string = bytes.toByteArray();
        if (string.length > 0 && random.nextInt(3) == 0) {
            int at = random.nextInt(string.length);
            string[at] = List.of((byte) '/', (byte) 'a', (byte) 0xff, (byte) 0, (byte) '\n')
                    .get(random.nextInt(5));
        }
        int cut = random.nextInt(5) == 0 ? random.nextInt(string.length + 1) : string.length;
        byte[] end = random.nextInt(4) == 0 ? new byte[] {'\n'} : new byte[0];
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(string, 0, cut);
        whole.writeBytes(end);
        return ByteString.of(whole.toByteArray());
    }

    private byte[] run(boolean slashes) {
        int length = random.nextInt(12) == 0 ? 240 + random.nextInt(30) : random.nextInt(9);
        byte[] run = new byte[length];
        for (int i = 0; i < length; i++) {
            run[i] = (byte) (slashes && random.nextInt(5) == 0 ? '/' : 'a' + random.nextInt(3));
        }
        return run;
    }

    private static Verdict run(
            Assembly assembly, ByteOrder order, Map<String, byte[]> tables, Request.TouchSysctl request) {
        TinyMachine machine = new TinyMachine(assembly, order, ContextStruct.SYSCTL.size(), tables);
        machine.context().putInt(0, request.write() ? 1 : 0);
        machine.context()
                .putInt(
                        4,
                        request.written().map(write -> (int) write.position()).orElse(0));
        machine.name = ByteString.of(request.name()).toArray();
        machine.value = request.content().map(ByteString::toArray).orElse(new byte[0]);
        machine.newValue = request.written()
                .flatMap(Request.TouchSysctl.Write::text)
                .map(ByteString::toArray)
                .orElse(new byte[0]);
        machine.comm = request.actor().comm().toArray();
        long result = machine.run();
        return result == 1
                ? Verdict.ALLOW
                : machine.retval == 0
                        ? Verdict.DENY
                        : new Verdict.Deny(org.ringwall.bpf.kernel.Errno.of((int) -machine.retval)
                                .orElseThrow());
    }
}
