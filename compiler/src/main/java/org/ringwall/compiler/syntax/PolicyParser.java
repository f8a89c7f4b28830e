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

    /** Reads one file. */
    public static ParseResult parse(SourceFile file) {
        Places places = new Places(file);
        Findings findings = new Findings();
        List<CommonToken> words = new TokenReader(places, findings).read();
        Layout layout = new Layout(places, findings, words);
        if (!layout.arrange()) {
            return new ParseResult(Optional.empty(), findings.inOrder());
        }
        List<Token> tokens = FirstWords.putRight(places, findings, layout.tokens());
        WallParser.PolicyFileContext tree = tree(tokens, new Recovery(places, findings));
        TreeMistakes.report(places, findings, tree);
        return findings.isEmpty()
                ? new ParseResult(Optional.of(new AstBuilder(places).policy(tree)), List.of())
                : new ParseResult(Optional.empty(), findings.inOrder());
    }

    private static WallParser.PolicyFileContext tree(List<Token> tokens, Recovery recovery) {
        WallParser parser = new WallParser(new CommonTokenStream(new ListTokenSource(tokens)));
        parser.removeErrorListeners();
        parser.setErrorHandler(recovery);
        return parser.policyFile();
    }
}
