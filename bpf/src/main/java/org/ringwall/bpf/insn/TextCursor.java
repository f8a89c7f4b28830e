// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/**
 * A position in one line of the log notation, with methods that read tokens. Blanks before a token
 * are skipped.
 */
final class TextCursor {
    private final int line;
    private final String text;
    private int at;

    TextCursor(int line, String text) {
        this.line = line;
        this.text = text;
    }

    boolean atEnd() {
        skipBlanks();
        return at == text.length();
    }

    /**
     * Skips `word` if it is next. A word that ends in a letter or digit must also end there in the
     * text.
     */
    boolean accept(String word) {
        skipBlanks();
        int end = at + word.length();
        boolean here = text.startsWith(word, at);
        boolean cut =
                here && wordPart(word.charAt(word.length() - 1)) && end < text.length() && wordPart(text.charAt(end));
        if (!here || cut) {
            return false;
        }
        at = end;
        return true;
    }

    void expect(String word) throws InsnSyntaxException {
        if (!accept(word)) {
            throw error("expected `" + word + "`");
        }
    }

    void expectEnd() throws InsnSyntaxException {
        if (!atEnd()) {
            throw error("the instruction ends before this");
        }
    }

    /** Returns the letters, digits and underscores that are next, possibly none. */
    String word() {
        skipBlanks();
        int start = at;
        while (at < text.length() && wordPart(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    /** Returns the operator that is next: symbols, with an `s` before them for the signed ones. */
    String operator() {
        skipBlanks();
        int start = at;
        if (at + 1 < text.length() && text.charAt(at) == 's' && operatorPart(text.charAt(at + 1))) {
            at++;
        }
        while (at < text.length() && operatorPart(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    /** Returns whether this character is next. */
    boolean sees(char next) {
        skipBlanks();
        return at < text.length() && text.charAt(at) == next;
    }

    /** Returns whether a number, signed or not, is next. */
    boolean seesNumber() {
        skipBlanks();
        int first = at < text.length() && text.charAt(at) == '-' ? at + 1 : at;
        return first < text.length() && digit(text.charAt(first));
    }

    /** Returns whether a hexadecimal number is next. */
    boolean seesHex() {
        skipBlanks();
        return text.startsWith("0x", at);
    }

    /** Reads a decimal number between the bounds, with or without a sign. */
    long decimal(long min, long max) throws InsnSyntaxException {
        skipBlanks();
        int start = at;
        if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
            at++;
        }
        int digits = at;
        while (at < text.length() && digit(text.charAt(at))) {
            at++;
        }
        // 18 digits fit a long, and no field needs more.
        String number = text.substring(start, at);
        if (at == digits || at < text.length() && wordPart(text.charAt(at))) {
            throw errorAt(start, "expected a number");
        }
        long value = at - digits > 18 ? Long.MAX_VALUE : Long.parseLong(number);
        if (value < min || value > max) {
            throw errorAt(start, "`" + number + "` is not within " + min + ".." + max);
        }
        return value;
    }

    /** Reads a hexadecimal number of at most `bits` bits, as its bit pattern. */
    long hex(int bits) throws InsnSyntaxException {
        skipBlanks();
        int start = at;
        String digits = seesHex() ? word().substring(2) : "";
        boolean valid = !digits.isEmpty() && digits.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
        if (!valid) {
            throw errorAt(start, "expected a hexadecimal number");
        }
        String significant = digits.replaceFirst("^0+(?=.)", "");
        if (significant.length() > bits / 4) {
            throw errorAt(start, "`0x" + digits + "` has more than " + bits + " bits");
        }
        return Long.parseUnsignedLong(significant, 16);
    }

    int mark() {
        skipBlanks();
        return at;
    }

    InsnSyntaxException error(String problem) {
        skipBlanks();
        return errorAt(at, problem);
    }

    InsnSyntaxException errorAt(int mark, String problem) {
        return new InsnSyntaxException(line, mark + 1, problem);
    }

    private void skipBlanks() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
    }

    private static boolean wordPart(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c) || c == '_';
    }

    private static boolean operatorPart(char c) {
        return "+-*/|&%^<>=!".indexOf(c) >= 0;
    }

    private static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }
}
