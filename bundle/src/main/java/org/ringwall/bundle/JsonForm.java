// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

/** The form of JSON that manifests have, as far as one pass over the text shows it. */
final class JsonForm {
    static final String WRONG = "its manifest is not JSON in the form in which bundles have it";

    /** The deepest nesting. The format needs eight. */
    private static final int DEEPEST = 16;

    /** The longest text or number in characters, since the parser takes quadratic time for one. */
    private static final int LONGEST = 1 << 16;

    private static final String BETWEEN = "{}[]:,";
    private static final String OUTSIDE = BETWEEN + "\"-0123456789truefals";

    private JsonForm() {}

    /**
     * Refuses what is not JSON before it is parsed: outside of strings only the characters of JSON
     * without spaces are possible, so that nothing that only YAML has can occur.
     */
    static void check(String text) throws BundleException {
        boolean inString = false;
        int depth = 0;
        int start = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (at - start > LONGEST) {
                throw wrong("its manifest has a text of more than " + LONGEST + " characters", at);
            }
            if (inString) {
                inString = c != '"';
                at += c == '\\' ? 1 : 0;
                continue;
            }
            inString = c == '"';
            start = BETWEEN.indexOf(c) >= 0 ? at : start;
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            boolean end = c == '\n' && at == text.length() - 1;
            if (!end && OUTSIDE.indexOf(c) < 0) {
                throw wrong(WRONG, at);
            }
            if (depth > DEEPEST) {
                throw wrong("its manifest has a value below " + DEEPEST + " others", at);
            }
        }
    }

    private static BundleException wrong(String what, int at) {
        return new BundleException(what + ", at character " + (at + 1));
    }
}
