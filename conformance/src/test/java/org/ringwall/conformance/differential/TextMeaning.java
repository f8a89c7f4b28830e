// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.sema.CheckResult;
import org.ringwall.compiler.sema.Options;
import org.ringwall.compiler.sema.PolicyChecker;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/**
 * The semantics of a policy's text: it is parsed and checked, then evaluated by another
 * implementation.
 */
public record TextMeaning(Meaning afterwards) implements Meaning {
    @Override
    public boolean readsTree() {
        return false;
    }

    @Override
    public Answers of(Policy policy, Map<Param, Long> params, ByteOrder order) {
        Policy read = read(policy.source());
        Map<String, Long> byName = new HashMap<>();
        params.forEach((param, value) -> byName.put(param.name(), value));
        Map<Param, Long> own = new HashMap<>();
        read.params().forEach(param -> own.put(param, byName.getOrDefault(param.name(), param.defaultValue())));
        return afterwards.of(read, own, order);
    }

    /**
     * Returns the policy of a text.
     *
     * @throws AssertionError with the diagnostics if the text is rejected
     */
    public static Policy read(SourceFile source) {
        ParseResult parsed = PolicyParser.parse(source);
        CheckResult checked = parsed.file()
                .map(file -> PolicyChecker.check(file, Options.NONE))
                .orElseThrow(() -> refused(source, parsed.diagnostics()));
        return checked.policy().orElseThrow(() -> refused(source, checked.diagnostics()));
    }

    private static AssertionError refused(SourceFile source, List<Diagnostic> diagnostics) {
        String said = diagnostics.stream()
                .map(found -> found.at() + ": " + found.message())
                .collect(Collectors.joining("\n"));
        return new AssertionError("a generated policy is refused\n" + said + "\n" + source.text());
    }
}
