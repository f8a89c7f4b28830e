package org.ringwall.compiler.diagram;

import java.util.List;
import org.ringwall.bpf.kernel.Hook;

/**
 * Everything that a policy decides at one hook.
 *
 * @param root the reduced diagram, whose leaves name the deciding rules
 * @param names the sysctl names that {@link Variable#NAME} tells apart, ascending; empty elsewhere
 */
public record HookDecision(Hook hook, Node<Outcome> root, List<String> names) {
    public HookDecision {
        names = List.copyOf(names);
    }
}
