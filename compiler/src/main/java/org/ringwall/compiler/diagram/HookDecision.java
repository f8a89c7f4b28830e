package org.ringwall.compiler.diagram;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.strings.Classifier;

/**
 * Everything that a policy decides at one hook.
 *
 * @param root the reduced diagram, whose leaves name the deciding rules
 * @param strings the classes of each string variable that a guard asks about
 */
public record HookDecision(Hook hook, Node<Outcome> root, Map<Variable, Classifier> strings) {
    public HookDecision {
        strings = Collections.unmodifiableMap(new TreeMap<>(strings));
    }
}
