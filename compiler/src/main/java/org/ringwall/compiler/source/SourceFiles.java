// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.Optional;

/** The source of the files that a policy names: included policies and lists. */
@FunctionalInterface
public interface SourceFiles {
    /** A source without files, for policies that are a text without a folder. */
    SourceFiles NONE = (from, path) -> new Answer.Refused(
            Code.MISSING_FILE,
            "`%s` cannot be read: this policy has no folder".formatted(path),
            "save the policy as a file, and compile that",
            Optional.empty());

    /**
     * Returns the text of a path as written, with `/` between its parts and relative to the folder
     * of the file that names it. The same arguments have the same answer during one compilation.
     */
    Answer read(SourceFile from, String path);

    /** A text, or the reason why there is none. */
    sealed interface Answer {
        /**
         * A text that could be read.
         *
         * @param file the text with its name for messages
         * @param identity the same for every path to this file, and for no other file
         */
        record Text(SourceFile file, String identity) implements Answer {}

        /** A file that cannot be read, with the place of the error in it, if there is one. */
        record Refused(Code code, String message, String help, Optional<Span> place) implements Answer {
            /** Returns the diagnostic for the place where the path is written. */
            public Diagnostic at(Span path) {
                Diagnostic said =
                        Diagnostic.of(code, place.orElse(path), message).help(help);
                return place.isEmpty() ? said : said.note(path, "the file is referenced here");
            }
        }
    }
}
