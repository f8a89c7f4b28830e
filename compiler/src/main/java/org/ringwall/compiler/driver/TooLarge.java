package org.ringwall.compiler.driver;

import java.util.Locale;
import java.util.stream.Collectors;
import org.ringwall.compiler.diagram.DiagramTooLargeException;
import org.ringwall.compiler.diagram.Product;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** Says which fields of which rules make a hook's diagram too large. */
final class TooLarge {
    private TooLarge() {}

    static Diagnostic diagnostic(Policy policy, DiagramTooLargeException e) {
        Span place = e.shares().isEmpty()
                ? policy.blocks().get(0).span()
                : rule(policy, e.shares().get(0)).span();
        Diagnostic error = Diagnostic.of(
                Code.DIAGRAM_TOO_LARGE,
                place,
                "what the rules say of %s at `%s` multiplies to more than a program can hold"
                        .formatted(fields(e), e.hook().word()));
        for (Product.Share share : e.shares()) {
            error = error.note(rule(policy, share).span(), "this one lies across " + spans(share));
        }
        return error.help("let rules that ask about one field have few different ranges of the others, or none;"
                + " or split the policy, so that the rules of one ask about other values than those of another");
    }

    private static Rule rule(Policy policy, Product.Share share) {
        return policy.blocks()
                .get(share.rule().block())
                .rules()
                .get(share.rule().rule());
    }

    private static String fields(DiagramTooLargeException e) {
        if (e.factors().isEmpty()) {
            return "their fields";
        }
        return e.factors().stream()
                .map(factor -> "`%s` (%s ranges)".formatted(factor.field().text(), number(factor.ranges())))
                .collect(Collectors.joining(", "));
    }

    private static String spans(Product.Share share) {
        return share.spans().stream()
                .map(span -> number(span.ranges()) + " of `" + span.field().text() + "`")
                .collect(Collectors.joining(" and "));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
