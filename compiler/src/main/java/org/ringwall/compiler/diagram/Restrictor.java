package org.ringwall.compiler.diagram;

import java.util.HashMap;
import java.util.Map;

/** One run of {@link Forest#restrict}. */
final class Restrictor<T> implements Node.Visitor<T, Node<T>> {
    private final Forest<T> forest;
    private final Variable variable;
    private final long value;
    private final Map<Integer, Node<T>> done = new HashMap<>();

    Restrictor(Forest<T> forest, Variable variable, long value) {
        this.forest = forest;
        this.variable = variable;
        this.value = value;
    }

    Node<T> restrict(Node<T> node) {
        Node<T> known = done.get(node.id());
        if (known != null) {
            return known;
        }
        Node<T> made = node.accept(this);
        done.put(node.id(), made);
        return made;
    }

    @Override
    public Node<T> leaf(Node.Leaf<T> leaf) {
        return leaf;
    }

    @Override
    public Node<T> split(Node.Split<T> split) {
        if (split.variable() == variable) {
            return restrict(split.edges().stream()
                    .filter(edge -> Long.compareUnsigned(value, edge.high()) <= 0)
                    .findFirst()
                    .orElseThrow()
                    .child());
        }
        return forest.split(
                split.variable(),
                split.edges().stream()
                        .map(edge -> new Node.Edge<>(edge.high(), restrict(edge.child())))
                        .toList());
    }

    @Override
    public Node<T> ask(Node.Ask<T> ask) {
        Predicate predicate =
                ask.predicate() instanceof Predicate.InLive live ? live.with(variable, value) : ask.predicate();
        return forest.ask(predicate, restrict(ask.yes()), restrict(ask.no()));
    }
}
