package org.ringwall.compiler.diagram;

import java.util.List;
import org.ringwall.bpf.kernel.Hook;

/** What a policy decides at a hook is more than a diagram can hold, in any order of tests that there is. */
public final class DiagramTooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Hook hook;
    private final transient List<Product.Factor> factors;
    private final transient List<Product.Share> shares;

    DiagramTooLargeException(Hook hook, Product product) {
        super("what is decided at `" + hook.word() + "` is too large for one diagram");
        this.hook = hook;
        this.factors = product.factors();
        this.shares = product.shares();
    }

    /** Where. */
    public Hook hook() {
        return hook;
    }

    /** The fields that rules ask about together, and how many ranges of each they tell apart; the most first. */
    public List<Product.Factor> factors() {
        return factors;
    }

    /** The rules that make most of it, the worst first; a few. */
    public List<Product.Share> shares() {
        return shares;
    }
}
