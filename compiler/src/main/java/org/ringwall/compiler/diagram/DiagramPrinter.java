// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.U128;

/**
 * A printer of diagrams as text: the hook, then each node once, parents first, as
 * {@code nK VARIABLE} with its edges {@code LOW..HIGH -> CHILD}. A child is a node or an outcome.
 * {@link Words} decides what variables, values and rules are called.
 */
public final class DiagramPrinter {
    private final StringBuilder text = new StringBuilder();
    private final Map<Node<?>, String> labels = new HashMap<>();

    private final Words words;

    private DiagramPrinter(Words words) {
        this.words = words;
    }

    /** The names of what a diagram consists of. */
    public interface Words {
        /** Returns the name of a variable. */
        String variable(Variable variable);

        /** Returns the values of a variable from `low` to `high`. */
        String range(Variable variable, long low, long high);

        /** Returns a condition whose operands are known only at run time. */
        String predicate(Predicate predicate);

        /** Returns the name of a rule. */
        String rule(RuleRef rule);
    }

    /**
     * Exact words: numbers are decimal, v4 addresses are in dotted form, and halves of v6 addresses
     * are hexadecimal.
     */
    private record Exact() implements Words {
        @Override
        public String variable(Variable variable) {
            return variable.toString();
        }

        @Override
        public String range(Variable variable, long low, long high) {
            String first = value(variable, low);
            return low == high ? first : first + ".." + value(variable, high);
        }

        @Override
        public String predicate(Predicate predicate) {
            return predicate.toString();
        }

        @Override
        public String rule(RuleRef rule) {
            return rule.toString();
        }
    }

    /** Returns all diagrams of one hook as text, in exact words. */
    public static String print(HookDecision decision) {
        return print(decision, new Exact());
    }

    /** Returns all diagrams of one hook as text. */
    public static String print(HookDecision decision, Words words) {
        DiagramPrinter printer = new DiagramPrinter(words);
        printer.text.append("hook ").append(decision.hook().word()).append('\n');
        decision.strings().forEach(printer::classes);
        for (Node<PendingEffects> aside : decision.effects()) {
            printer.text.append("  effects\n");
            printer.body(aside, effects -> effects.text(words::rule));
        }
        if (!decision.effects().isEmpty()) {
            printer.text.append("  verdict\n");
        }
        printer.body(decision.root(), outcome -> outcome.text(words::rule));
        return printer.text.toString();
    }

    private void classes(Variable variable, Classifier classifier) {
        for (int number = 0; number < classifier.classes().size(); number++) {
            text.append("  ")
                    .append(words.variable(variable))
                    .append(' ')
                    .append(number)
                    .append(" = ");
            text.append(StringClasses.words(classifier, number)).append('\n');
        }
    }

    private <T> void body(Node<T> root, Function<T, String> leaf) {
        List<Node<T>> nodes = DiagramTraversal.topological(root);
        int number = 0;
        for (Node<T> node : nodes) {
            labels.put(node, node instanceof Node.Leaf<T> end ? leaf.apply(end.value()) : "n" + number++);
        }
        if (number == 0) {
            text.append("  ").append(labels.get(root)).append('\n');
        }
        nodes.forEach(this::node);
    }

    private <T> void node(Node<T> node) {
        if (node instanceof Node.Split<T> split) {
            text.append("  ").append(labels.get(node)).append(' ').append(words.variable(split.variable()));
            text.append('\n');
            long low = 0;
            for (Node.Edge<T> edge : split.edges()) {
                text.append("    ").append(words.range(split.variable(), low, edge.high()));
                text.append(" -> ").append(labels.get(edge.child())).append('\n');
                low = edge.high() + 1;
            }
        } else if (node instanceof Node.PredicateTest<T> test) {
            text.append("  ").append(labels.get(node)).append(' ').append(words.predicate(test.predicate()));
            text.append("\n    yes -> ").append(labels.get(test.yes()));
            text.append("\n    no -> ").append(labels.get(test.no())).append('\n');
        }
    }

    private static String value(Variable variable, long value) {
        return switch (variable) {
            case IP4, LOCAL_IP4, PACKET_REMOTE_IP4, PACKET_LOCAL_IP4 -> new Address(true, U128.of(value)).toString();
            case IP6_HIGH, IP6_LOW, PACKET_REMOTE_IP6_HIGH, PACKET_REMOTE_IP6_LOW -> "0x" + Long.toHexString(value);
            case LOCAL_IP6_HIGH, LOCAL_IP6_LOW, PACKET_LOCAL_IP6_HIGH, PACKET_LOCAL_IP6_LOW ->
                "0x" + Long.toHexString(value);
            default -> Long.toUnsignedString(value);
        };
    }
}
