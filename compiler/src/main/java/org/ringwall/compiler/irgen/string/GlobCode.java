// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.List;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.GlobWords;
import org.ringwall.compiler.tables.GlobTable;

/** The code that matches a string with the globs that its classes do not distinguish. */
public final class GlobCode {
    private GlobCode() {}

    /** Reads the string and adds one pass over it for each word of globs, before the first test. */
    public static void add(Emission.Body body, Variable variable, Classifier classifier) {
        List<GlobWords.Word> words = classifier.globs().map(GlobWords::words).orElseGet(List::of);
        if (words.isEmpty()) {
            return;
        }
        int size = (classifier.kind().limit() / 8 + 1) * 8;
        Value length = body.add(new StringOp.CallString(StringSwitch.source(variable), size, size));
        for (int i = 0; i < words.size(); i++) {
            GlobWords.Word word = words.get(i);
            StringOp.GlobBits bits =
                    new StringOp.GlobBits(word.start(), word.last(), word.open(), word.all(), word.shift());
            GlobTable table = new GlobTable(word.stays(), word.moves());
            body.add(
                    new StringOp.MatchGlobs(table, bits, size, classifier.kind().cut(), i == 0), length);
        }
    }
}
