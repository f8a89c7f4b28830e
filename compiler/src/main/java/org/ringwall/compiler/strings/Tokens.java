// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/** A pattern as a sequence of bytes and the three wildcards. */
final class Tokens {
    /** One byte other than `/`. */
    static final int ONE = -1;

    /** Any number of bytes other than `/`. */
    static final int STAR = -2;

    /** Any number of bytes. */
    static final int ANY = -3;

    private final List<Integer> tokens = new ArrayList<>();

    private Tokens() {}

    /** Returns the tokens of a pattern, each a byte 1..255 or a wildcard. */
    static int[] of(StringPattern pattern) {
        Tokens tokens = new Tokens();
        switch (pattern.kind()) {
            case EXACT -> tokens.literal(pattern.text());
            case PREFIX -> {
                tokens.literal(pattern.text());
                tokens.tokens.add(ANY);
            }
            case SUFFIX -> {
                tokens.tokens.add(ANY);
                tokens.literal(pattern.text());
            }
            case GLOB -> tokens.glob(pattern.text());
        }
        return tokens.tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private void literal(String text) {
        ByteString bytes = ByteString.of(text);
        for (int i = 0; i < bytes.size(); i++) {
            tokens.add(bytes.at(i));
        }
    }

    private void glob(String text) {
        ByteString bytes = ByteString.of(text);
        int i = 0;
        while (i < bytes.size()) {
            int next = i + 1 < bytes.size() ? bytes.at(i + 1) : 0;
            switch (bytes.at(i)) {
                case '\\' -> {
                    tokens.add(next);
                    i++;
                }
                case '?' -> tokens.add(ONE);
                case '*' -> {
                    tokens.add(next == '*' ? ANY : STAR);
                    i += next == '*' ? 1 : 0;
                }
                default -> tokens.add(bytes.at(i));
            }
            i++;
        }
    }
}
