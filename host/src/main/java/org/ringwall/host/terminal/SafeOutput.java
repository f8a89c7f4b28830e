// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import java.io.PrintStream;
import org.ringwall.bpf.text.Printable;

/**
 * A stream of text in which nothing controls a terminal: whatever a command prints, characters of
 * names that others chose are escaped, as {@link Printable#line} does. Line ends, also those of
 * CSV, and tabs stay. Bytes are written as they are.
 */
public final class SafeOutput extends PrintStream {
    private final PrintStream to;

    private SafeOutput(PrintStream to) {
        super(to);
        this.to = to;
    }

    public static SafeOutput of(PrintStream to) {
        return to instanceof SafeOutput safe ? safe : new SafeOutput(to);
    }

    /** Returns the stream to which this one writes. */
    public PrintStream unescaped() {
        return to;
    }

    private static String safe(String text) {
        boolean plain = true;
        for (int i = 0; plain && i < text.length(); i++) {
            char c = text.charAt(i);
            plain = c >= ' ' && c < 0x7f || c == '\n' || c == '\t';
        }
        return plain ? text : escaped(text);
    }

    private static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int begin = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean end = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if (c == '\n' || c == '\t' || end) {
                out.append(Printable.line(text.substring(begin, i))).append(c);
                begin = i + 1;
            }
        }
        return out.append(Printable.line(text.substring(begin))).toString();
    }

    @Override
    public void print(String text) {
        to.print(safe(String.valueOf(text)));
    }

    @Override
    public void print(Object text) {
        print(String.valueOf(text));
    }

    @Override
    public void print(char[] text) {
        print(String.valueOf(text));
    }

    @Override
    public void print(char c) {
        print(String.valueOf(c));
    }

    @Override
    public void println(String text) {
        to.println(safe(String.valueOf(text)));
    }

    @Override
    public void println(Object text) {
        println(String.valueOf(text));
    }

    @Override
    public void println(char[] text) {
        println(String.valueOf(text));
    }

    @Override
    public void println(char c) {
        println(String.valueOf(c));
    }
}
