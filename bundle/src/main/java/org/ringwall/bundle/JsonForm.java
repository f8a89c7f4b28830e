// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

/**
 * A scan of JSON in the canonical form of {@link org.ringwall.bpf.json.Json}, before it is parsed.
 * Together with {@link JsonTree}, which compares the parsed tree with the text, it rejects
 * everything that only YAML has.
 */
final class JsonForm {
    static final String NOT_CANONICAL = "its manifest is not JSON in the canonical form of bundles";

    /** The maximum nesting depth. The format needs eight. */
    private static final int MAX_DEPTH = 16;

    /** The maximum length of a string or number; the parser takes quadratic time for each. */
    private static final int MAX_SCALAR_CHARS = 1 << 16;

    /** The structural characters of RFC 8259. */
    private static final String STRUCTURAL = "{}[]:,";

    private static final String OUTSIDE_STRINGS = STRUCTURAL + "\"-0123456789truefals";

    private JsonForm() {}

    /**
     * Checks the characters outside of strings, the nesting, and the length of strings and numbers.
     * White space is rejected, except a line feed at the end.
     *
     * @throws BundleException with the position in characters, from 1
     */
    static void check(String text) throws BundleException {
        boolean inString = false;
        int depth = 0;
        int start = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (at - start > MAX_SCALAR_CHARS) {
                throw invalid(
                        "its manifest has a string or number of more than " + MAX_SCALAR_CHARS + " characters", at);
            }
            if (inString) {
                inString = c != '"';
                at += c == '\\' ? 1 : 0;
                continue;
            }
            inString = c == '"';
            start = STRUCTURAL.indexOf(c) >= 0 ? at : start;
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            boolean end = c == '\n' && at == text.length() - 1;
            if (!end && OUTSIDE_STRINGS.indexOf(c) < 0) {
                throw invalid(NOT_CANONICAL, at);
            }
            if (depth > MAX_DEPTH) {
                throw invalid("its manifest has values nested deeper than " + MAX_DEPTH + " levels", at);
            }
        }
    }

    private static BundleException invalid(String what, int at) {
        return new BundleException(what + ", at character " + (at + 1));
    }
}
