package org.ringwall.compiler.source;

import java.util.Optional;

/** Where the files come from that a policy names: what it includes, and its lists. */
@FunctionalInterface
public interface SourceFiles {
    /** No file can be had, as where a policy is a text without a place of its own. */
    SourceFiles NONE = (from, path) -> new Answer.Refused(
            Code.MISSING_FILE,
            "`%s` cannot be read: this policy has no folder".formatted(path),
            "save the policy as a file, and compile that",
            Optional.empty());

    /**
     * The text behind a path as written, with `/` between its parts and relative to the folder of the file that names it.
     * The same question has the same answer during one compilation.
     */
    Answer read(SourceFile from, String path);

    /** A text, or why there is none. */
    sealed interface Answer {
        /**
         * It is there.
         *
         * @param file the text under the name that messages call it by
         * @param identity the same for every path to this file, and for no other file
         */
        record Text(SourceFile file, String identity) implements Answer {}

        /** It cannot be read; with the place in it that is wrong, if there is one. */
        record Refused(Code code, String message, String help, Optional<Span> place) implements Answer {
            /** What to say where the path stands. */
            public Diagnostic at(Span path) {
                Diagnostic said =
                        Diagnostic.of(code, place.orElse(path), message).help(help);
                return place.isEmpty() ? said : said.note(path, "the file is named here");
            }
        }
    }
}
