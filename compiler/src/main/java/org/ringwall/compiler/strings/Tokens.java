// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/** A pattern as a sequence of bytes and the three wildcards. */
final class Tokens implements PatternAutomaton {
    /** One byte other than `/`. */
    static final int ONE = -1;

    /** Any number of bytes other than `/`. */
    static final int STAR = -2;

    /** Any number of bytes. */
    static final int ANY = -3;

    private static final int SLASH = '/';

    /** Each a byte 1..255 or a wildcard. */
    private final List<Integer> tokens = new ArrayList<>();

    private Tokens() {}

    static Tokens of(StringPattern pattern) {
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
            case NUMBER -> throw new IllegalArgumentException(pattern.toString());
        }
        return tokens;
    }

    /** Returns the bytes and wildcards. */
    List<Integer> list() {
        return tokens;
    }

    @Override
    public int places() {
        return tokens.size() + 1;
    }

    @Override
    public void enter(int place, IntConsumer places) {
        int at = place;
        places.accept(at);
        while (at < tokens.size() && (tokens.get(at) == ANY || tokens.get(at) == STAR)) {
            places.accept(++at);
        }
    }

    @Override
    public int next(int place, int value) {
        if (place == tokens.size()) {
            return -1;
        }
        int token = tokens.get(place);
        if (token == value || token == ONE && value != SLASH) {
            return place + 1;
        }
        return token == ANY || token == STAR && value != SLASH ? place : -1;
    }

    @Override
    public boolean matches(int place) {
        return place == tokens.size();
    }

    @Override
    public boolean leavesOpen(int place) {
        return false;
    }

    @Override
    public IntStream bytes() {
        return tokens.stream().mapToInt(Integer::intValue).filter(token -> token > 0);
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
