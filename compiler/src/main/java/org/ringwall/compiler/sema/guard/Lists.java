// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/** The list files that sets reference. Each is read once per expected type. */
public final class Lists {
    private final SourceFiles files;
    private final Map<Key, Part> read = new HashMap<>();

    private record Key(SourceFile file, Optional<Expected> expected) {}

    public Lists(SourceFiles files) {
        this.files = files;
    }

    /** Reads a list; empty after a report. */
    Optional<Part> read(
            Element.Listed listed, Declarations declarations, Findings findings, Optional<Expected> expected) {
        SourceFiles.Answer answer =
                files.read(listed.span().file(), listed.path().value());
        if (answer instanceof SourceFiles.Answer.Refused refused) {
            findings.add(refused.at(listed.path().span()));
            return Optional.empty();
        }
        SourceFile file = ((SourceFiles.Answer.Text) answer).file();
        Key key = new Key(file, expected);
        Optional<Part> before = Optional.ofNullable(read.get(key));
        if (before.isPresent()) {
            return before;
        }
        Optional<Part> part = new ListReader(file, declarations, expected).read(findings);
        part.ifPresent(found -> read.put(key, found));
        return part;
    }
}
