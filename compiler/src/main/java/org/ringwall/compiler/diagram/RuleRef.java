package org.ringwall.compiler.diagram;

/** A rule of a policy: index of its block and of the rule in it, both from 0; the default is the block's last rule. */
public record RuleRef(int block, int rule) implements Comparable<RuleRef> {
    @Override
    public int compareTo(RuleRef other) {
        return block != other.block ? Integer.compare(block, other.block) : Integer.compare(rule, other.rule);
    }

    @Override
    public String toString() {
        return "b" + block + "r" + rule;
    }
}
