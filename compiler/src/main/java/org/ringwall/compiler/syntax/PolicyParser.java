package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ListTokenSource;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.grammar.WallParser;

/** Reads policy text. It answers every text: with a tree, or with all that is wrong with its form. */
public final class PolicyParser {
    private PolicyParser() {}

    /** Reads a policy. */
    public static ParseResult parse(SourceFile file) {
        Places places = new Places(file);
        Findings findings = new Findings();
        Optional<WallParser.PolicyFileContext> tree = tree(places, findings);
        tree.ifPresent(found -> TreeMistakes.report(places, findings, found));
        return findings.isEmpty()
                ? new ParseResult(tree.map(found -> new AstBuilder(places).policy(found)), List.of())
                : new ParseResult(Optional.empty(), findings.inOrder());
    }

    /** Reads a file that policies include: declarations alone, without a policy's name. */
    public static IncludeResult parseIncluded(SourceFile file) {
        Places places = new Places(file);
        Findings findings = new Findings();
        Optional<WallParser.PolicyFileContext> tree = tree(places, findings);
        tree.ifPresent(found -> TreeMistakes.reportIncluded(places, findings, found));
        return findings.isEmpty()
                ? new IncludeResult(
                        tree.map(found -> new AstBuilder(places).declarations(found))
                                .orElse(List.of()),
                        List.of())
                : new IncludeResult(List.of(), findings.inOrder());
    }

    /** Empty after a report. */
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
