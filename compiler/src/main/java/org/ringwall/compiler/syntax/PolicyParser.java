// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ListTokenSource;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.grammar.WallParser;

/** The parser of policies. For every text it returns either a tree or all syntax errors. */
public final class PolicyParser {
    /** The end of the help for an incomplete line of a test. */
    public static final String VERDICT_HELP = ", then `=> allow` or `=> deny`";

    private PolicyParser() {}

    /** Parses a policy. */
    public static ParseResult parse(SourceFile file) {
        Places places = new Places(file);
        Findings findings = new Findings();
        Optional<WallParser.PolicyFileContext> tree = tree(places, findings);
        tree.ifPresent(found -> RejectedForms.report(places, findings, found));
        return findings.isEmpty()
                ? new ParseResult(tree.map(found -> new AstBuilder(places).policy(found)), List.of())
                : new ParseResult(Optional.empty(), findings.inOrder());
    }

    /** Parses an included file, which only contains declarations and no policy name. */
    public static IncludeResult parseIncluded(SourceFile file) {
        Places places = new Places(file);
        Findings findings = new Findings();
        Optional<WallParser.PolicyFileContext> tree = tree(places, findings);
        tree.ifPresent(found -> RejectedForms.reportIncluded(places, findings, found));
        return findings.isEmpty()
                ? new IncludeResult(
                        tree.map(found -> new AstBuilder(places).declarations(found))
                                .orElse(List.of()),
                        List.of())
                : new IncludeResult(List.of(), findings.inOrder());
    }

    /** Returns the parse tree; empty after a report. */
    private static Optional<WallParser.PolicyFileContext> tree(Places places, Findings findings) {
        List<CommonToken> words = new TokenReader(places, findings).read();
        Layout layout = new Layout(places, findings, words);
        if (!layout.arrange()) {
            return Optional.empty();
        }
        List<Token> tokens = FirstWords.putRight(places, findings, layout.tokens());
        return Optional.of(tree(tokens, new Recovery(places, findings)));
    }

    private static WallParser.PolicyFileContext tree(List<Token> tokens, Recovery recovery) {
        WallParser parser = new WallParser(new CommonTokenStream(new ListTokenSource(tokens)));
        parser.removeErrorListeners();
        parser.setErrorHandler(recovery);
        return parser.policyFile();
    }
}
