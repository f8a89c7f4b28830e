// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/** A probe from outside a policy, parsed like those inside. */
final class ProbeText {
    /** The name of the test that contains the probe. */
    static final String SENTENCE = "the probe of the command line";

    private final ParseResult parsed;

    ProbeText(String words) {
        String text =
                "policy probe\nsockets { default allow }\ntest \"" + SENTENCE + "\" {\n" + words + " => allow\n}\n";
        this.parsed = PolicyParser.parse(new SourceFile("command line", text));
    }

    List<Diagnostic> diagnostics() {
        return parsed.diagnostics();
    }

    /** Returns the policy with the probe as one more test. */
    Optional<PolicyFile> added(PolicyFile policy) {
        return parsed.file().map(file -> {
            List<Item> items = new ArrayList<>(policy.items());
            file.items().stream().filter(Item.Test.class::isInstance).forEach(items::add);
            return new PolicyFile(policy.monitored(), policy.name(), items, policy.span());
        });
    }
}
