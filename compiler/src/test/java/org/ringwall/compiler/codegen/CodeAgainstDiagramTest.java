// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.irgen.PossibleValues;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The code returns the same value as the diagram it was generated from, for random diagrams and
 * requests, in both byte orders.
 */
class CodeAgainstDiagramTest {
    static final String POLICY = """
            policy random
            param one : port in 0..65535 = 7
            param two : int in 0..4294967295 = 4294967295
            sockets {
              allow if type == raw
              deny if type == dgram
              default deny EACCES
            }
            """;

    @ParameterizedTest
    @EnumSource(
            value = Hook.class,
            names = {"CONNECT4", "CONNECT6", "SENDMSG4", "BIND6", "SOCK_CREATE", "DEVICE", "SYSCTL"})
    void codeReturnsTheVerdictOfTheDiagram(Hook hook) {
        Random random = new Random(20261124 + hook.ordinal());
        int denials = 0;
        int asked = 0;
        for (int i = 0; i < 60; i++) {
            ByteOrder order = i % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            Target target = new Target(KernelVersion.V6_1, order);
            Policy policy = Compiled.policy("random.wall", POLICY, target);
            HookDecision decision = new RandomDecisions(random, hook, policy.params()).generate();
            HookCode code = Compiled.code(policy, decision, target);
            for (int n = 0; n < 150; n++) {
                RandomRequest request = RandomRequest.generate(random, decision, policy);
                Verdict expected = request.walk(decision.root()).verdict();
                assertThat(request.run(code, order))
                        .as("%s, %s, policy %d", hook, request, i)
                        .isEqualTo(expected);
                denials += expected.allows() ? 0 : 1;
                asked++;
            }
        }
        assertThat(denials).isBetween(asked / 10, asked * 9 / 10);
    }

    /** One request as values of variables. */
    record RandomRequest(Map<Variable, Long> values, Map<String, Long> params, String name) {
        static RandomRequest generate(Random random, HookDecision decision, Policy policy) {
            Map<Variable, Long> values = new EnumMap<>(Variable.class);
            for (Variable variable : RandomDecisions.variables(decision.hook())) {
                values.put(variable, RandomDecisions.value(random, variable));
            }
            for (Node<Outcome> node : DiagramTraversal.topological(decision.root())) {
                if (node instanceof Node.Split<Outcome> split && random.nextInt(3) > 0) {
                    long high = split.edges()
                            .get(random.nextInt(split.edges().size()))
                            .high();
                    boolean next =
                            random.nextBoolean() && high != split.variable().max();
                    values.put(split.variable(), next ? high + 1 : high);
                }
            }
            values.replaceAll((variable, value) -> reached(random, decision.hook(), variable, value));
            if (isRaw(decision.hook(), values)) {
                values.computeIfPresent(Variable.PROTOCOL, (variable, value) -> value & 0xff);
            }
            Map<String, Long> params = new HashMap<>();
            for (Param param : policy.params()) {
                List<Long> likely = new ArrayList<>(values.values());
                long value = likely.get(random.nextInt(likely.size()));
                params.put(param.name(), value);
            }
            int index = Math.toIntExact(values.getOrDefault(Variable.NAME, 0L) & 0xf);
            boolean known = index > 0 && index <= RandomDecisions.NAMES.size();
            values.computeIfPresent(Variable.NAME, (variable, old) -> known ? (long) index : 0L);
            return new RandomRequest(values, params, known ? RandomDecisions.NAMES.get(index - 1) : otherName(random));
        }

        /** Returns the value if a request can have it, or another one that a request can have. */
        private static long reached(Random random, Hook hook, Variable variable, long value) {
            Optional<IntervalSet> numbers = PossibleValues.numbers(hook, variable);
            if (numbers.isEmpty() || numbers.get().contains(value)) {
                return value;
            }
            List<Interval> intervals = numbers.get().intervals();
            Interval one = intervals.get(random.nextInt(intervals.size()));
            return random.nextBoolean() ? one.low().toLongExact() : one.high().toLongExact();
        }

        private static String otherName(Random random) {
            String base = RandomDecisions.NAMES.get(random.nextInt(RandomDecisions.NAMES.size()));
            return switch (random.nextInt(3)) {
                case 0 -> base + "/x";
                case 1 -> base + " and much more than any buffer that fits the longest name";
                default -> base.substring(0, base.length() - 1) + "~";
            };
        }

        Outcome walk(Node<Outcome> root) {
            Node<Outcome> node = root;
            while (!(node instanceof Node.Leaf<Outcome>)) {
                if (node instanceof Node.Split<Outcome> split) {
                    long value = value(split.variable());
                    node = split.edges().stream()
                            .filter(edge -> Long.compareUnsigned(value, edge.high()) <= 0)
                            .findFirst()
                            .orElseThrow()
                            .child();
                } else {
                    Node.PredicateTest<Outcome> test = (Node.PredicateTest<Outcome>) node;
                    Predicate.CompareParam predicate = (Predicate.CompareParam) test.predicate();
                    boolean holds = predicate
                            .comparison()
                            .holds(
                                    value(predicate.variable()),
                                    params.getOrDefault(predicate.param().name(), 0L));
                    node = holds ? test.yes() : test.no();
                }
            }
            return ((Node.Leaf<Outcome>) node).value();
        }

        private long value(Variable variable) {
            return values.getOrDefault(variable, 0L);
        }

        /** Returns whether only the low byte of the protocol counts. */
        private static boolean isRaw(Hook hook, Map<Variable, Long> values) {
            return hook == Hook.SOCK_CREATE && values.getOrDefault(Variable.TYPE, 0L) == SocketType.RAW.number();
        }

        Verdict run(HookCode code, ByteOrder order) {
            Hook hook = code.hook();
            TinyMachine machine =
                    new TinyMachine(code.assembly(), order, hook.context().size(), code.tables());
            values.forEach((variable, value) -> {
                boolean raw = variable == Variable.PROTOCOL && isRaw(hook, values);
                write(machine, order, variable, raw ? value | 0x100 : value, hook);
            });
            params.forEach((param, value) -> machine.global64(Symbols.param(param), value));
            machine.name = name.getBytes(StandardCharsets.UTF_8);
            long result = machine.run();
            if (result == 1) {
                return Verdict.ALLOW;
            }
            assertThat(result).isZero();
            return machine.retval == 0
                    ? Verdict.DENY
                    : new Verdict.Deny(Errno.of((int) -machine.retval).orElseThrow());
        }

        private static void write(TinyMachine machine, ByteOrder order, Variable variable, long value, Hook hook) {
            ByteBuffer context = machine.context();
            boolean little = order == ByteOrder.LITTLE_ENDIAN;
            switch (variable) {
                case FAMILY, TYPE, PROTOCOL, BOUND_IF, MARK, PRIORITY, MAJOR, MINOR, WRITE ->
                    context.putInt(offset(hook, variable.name().toLowerCase(Locale.ROOT)), (int) value);
                case PORT -> {
                    short port = (short) value;
                    context.putInt(offset(hook, "user_port"), (little ? Short.reverseBytes(port) : port) & 0xffff);
                }
                case IP4 ->
                    context.putInt(offset(hook, "user_ip4"), little ? Integer.reverseBytes((int) value) : (int) value);
                case IP6_HIGH, IP6_LOW ->
                    context.putLong(
                            offset(hook, "user_ip6") + (variable == Variable.IP6_LOW ? 8 : 0),
                            little ? Long.reverseBytes(value) : value);
                case DEV_TYPE -> context.putInt(0, context.getInt(0) & 0xffff_0000 | (int) value);
                case ACCESS -> context.putInt(0, context.getInt(0) & 0xffff | (int) value << 16);
                case UID -> machine.uidGid = machine.uidGid & 0xffff_ffff_0000_0000L | value;
                case GID -> machine.uidGid = machine.uidGid & 0xffff_ffffL | value << 32;
                case NAME, VALUE, NEW_VALUE, COMM -> {}
            }
        }

        private static int offset(Hook hook, String field) {
            String name = field.equals("bound_if") ? "bound_dev_if" : field;
            return hook.context().field(name).orElseThrow().offset();
        }
    }
}
