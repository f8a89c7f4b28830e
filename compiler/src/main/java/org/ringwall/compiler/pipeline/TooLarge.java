// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.Locale;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Product;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/**
 * The diagnostic for a hook whose diagram is too large, with the fields and rules that cause it.
 */
final class TooLarge {
    /** The product of a rule's ranges above which the rule is a cause. */
    private static final double TOLD = 1_000;

    private TooLarge() {}

    /** Returns whether some rule at the hook overlaps many others in several fields. */
    static boolean multiplies(Policy policy, Hook hook) {
        return Product.of(policy, hook).shares().stream().anyMatch(share -> share.size() > TOLD);
    }

    /**
     * Returns the diagnostic for code that is too large, with the rules if they are the cause.
     *
     * @param how otherwise the message after the name of the hook
     */
    static Diagnostic ofCode(Policy policy, Hook hook, String how) {
        if (multiplies(policy, hook)) {
            return diagnostic(policy, hook);
        }
        return Diagnostic.of(
                        Code.CODE_TOO_LARGE,
                        policy.blocks().get(0).span(),
                        "the program for `" + hook.word() + "` " + how)
                .help("use fewer or broader rules, or split the policy into two");
    }

    static Diagnostic diagnostic(Policy policy, Hook hook) {
        Product product = Product.of(policy, hook);
        Span place = product.shares().isEmpty()
                ? policy.blocks().get(0).span()
                : rule(policy, product.shares().get(0)).span();
        Diagnostic error = Diagnostic.of(
                Code.DIAGRAM_TOO_LARGE,
                place,
                "the rules at `%2$s` combine ranges of %1$s into more cases than a program can hold"
                        .formatted(fields(product), hook.word()));
        for (Product.Share share : product.shares()) {
            error = error.note(rule(policy, share).span(), "this rule spans " + spans(share));
        }
        return error.help("use the same few ranges of the other fields in rules that test one field;"
                + " or split the policy so that each part tests other values");
    }

    private static Rule rule(Policy policy, Product.Share share) {
        return policy.blocks()
                .get(share.rule().block())
                .rules()
                .get(share.rule().rule());
    }

    private static String fields(Product product) {
        if (product.factors().isEmpty()) {
            return "their fields";
        }
        return product.factors().stream()
                .map(factor -> "`%s` (%s ranges)".formatted(factor.field().text(), number(factor.ranges())))
                .collect(Collectors.joining(", "));
    }

    private static String spans(Product.Share share) {
        return share.spans().stream()
                .map(span ->
                        number(span.ranges()) + " ranges of `" + span.field().text() + "`")
                .collect(Collectors.joining(" and "));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
