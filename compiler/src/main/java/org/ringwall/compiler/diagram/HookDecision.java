package org.ringwall.compiler.diagram;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.strings.Classifier;

/**
 * Everything that a policy decides at one hook.
 *
 * @param root the reduced diagram, whose leaves name the deciding rules
 * @param strings the classes of each string variable that a guard asks about
 * @param stamps whether the socket is stamped here, at sock_create, with who makes it
 */
public record HookDecision(Hook hook, Node<Outcome> root, Map<Variable, Classifier> strings, boolean stamps) {
    public HookDecision {
        strings = Collections.unmodifiableMap(new TreeMap<>(strings));
        if (stamps && hook != Hook.SOCK_CREATE) {
            throw new IllegalArgumentException("no socket is made at " + hook);
        }
    }

    /** A decision that stamps nothing. */
    public HookDecision(Hook hook, Node<Outcome> root, Map<Variable, Classifier> strings) {
        this(hook, root, strings, false);
    }

    /** Nobody is asked when a socket is made, but it is stamped. */
    static HookDecision stampsAlone() {
        Node<Outcome> allow = new Forest<Outcome>().leaf(new Outcome(Verdict.ALLOW, List.of()));
        return new HookDecision(Hook.SOCK_CREATE, allow, Map.of(), true);
    }

    /** The same with stamping. */
    HookDecision stamping() {
        return new HookDecision(hook, root, strings, true);
    }

    /** Whether it depends on the socket's stamp. */
    boolean readsStamps() {
        return Walk.topological(root).stream()
                .anyMatch(node -> node instanceof Node.Split<Outcome> split && split.variable() == Variable.STAMPED);
    }
}
