// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.sema.text.ElementKind;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Note;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Interval;

/**
 * A reader of a list file: one entry per line, with `#` before comments. IPv4 addresses and
 * prefixes, of which lists may have a million, are parsed directly. Every other entry becomes an
 * element and is read like one of a set in a policy.
 */
final class ListReader {
    /**
     * The maximum length of an entry in UTF-16 units; the longest one, a path in quotes with every
     * character escaped, has 220.
     */
    private static final int LONGEST = 512;

    /** The maximum number of wrong lines that are reported individually. */
    private static final int MOST = 20;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final SourceFile file;
    private final String text;
    private final Optional<Expected> expected;
    private final Findings findings = new Findings();
    private final SetReader elements;
    private final ListEntry entries;
    private final Members.Union union = new Members.Union();
    private final List<Interval> addresses = new ArrayList<>();
    private Optional<ElementKind> kind = Optional.empty();
    private int wrong;

    ListReader(SourceFile file, Declarations declarations, Optional<Expected> expected) {
        this.file = file;
        this.text = file.text();
        this.expected = expected;
        this.elements = new SetReader(declarations, findings, expected);
        this.entries = new ListEntry(file, declarations, findings);
    }

    /** Reads the content; empty after a report. A list without entries is the empty set. */
    Optional<Part> read(Findings report) {
        int at = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            line(at, end);
            at = end + 1;
        }
        tell(report);
        if (wrong > 0) {
            return Optional.empty();
        }
        union.addV4(addresses);
        return Optional.of(kind.<Part>map(what -> new Part.Fixed(what, union.members(), false))
                .orElse(new Part.Nothing()));
    }

    private void tell(Findings report) {
        List<Diagnostic> found = findings.inOrder();
        for (int i = 0; i < found.size(); i++) {
            boolean last = i == found.size() - 1 && wrong > MOST;
            report.add(
                    last
                            ? found.get(i)
                                    .note(Note.of("%d more lines of this list have errors".formatted(wrong - MOST)))
                            : found.get(i));
        }
    }

    private void line(int from, int to) {
        int start = from;
        int end = comment(from, to);
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        if (start == end || v4(start, end)) {
            return;
        }
        wrong += isWrong(start, end) ? 1 : 0;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r';
    }

    /**
     * Returns the start of the line's comment, or the end of the line. A `#` in quotes does not
     * begin a comment.
     */
    private int comment(int from, int to) {
        boolean quoted = false;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '#' && !quoted) {
                return i;
            }
            if (c == '\\' && quoted) {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            }
        }
        return to;
    }

    /**
     * Parses `192.0.2.1` and `192.0.2.0/24`; leaves any text that may be wrong to the readers of
     * elements.
     */
    private boolean v4(int start, int end) {
        if (end - start > 18
                || expected.filter(place -> place.kind() != ElementKind.ADDRESS).isPresent()) {
            return false;
        }
        long bits = 0;
        int at = start;
        for (int octet = 0; octet < 4; octet++) {
            int first = at;
            int value = 0;
            while (at < end && isDigit(text.charAt(at)) && at - first < 3) {
                value = value * 10 + text.charAt(at++) - '0';
            }
            boolean zero = at - first > 1 && text.charAt(first) == '0';
            if (at == first || zero || value > 255 || octet < 3 && (at == end || text.charAt(at++) != '.')) {
                return false;
            }
            bits = bits << 8 | value;
        }
        int length = at == end ? 32 : length(at, end);
        long host = length < 0 ? -1 : (1L << 32 - length) - 1;
        if (length < 0
                || (bits & host) != 0
                || kind.filter(what -> what != ElementKind.ADDRESS).isPresent()) {
            return false;
        }
        kind = Optional.of(ElementKind.ADDRESS);
        addresses.add(Interval.of(bits, bits | host));
        return true;
    }

    /** Parses `/0` to `/32` without a leading zero; -1 for any other text. */
    private int length(int slash, int end) {
        int digits = end - slash - 1;
        if (text.charAt(slash) != '/' || digits < 1 || digits > 2) {
            return -1;
        }
        int value = 0;
        for (int at = slash + 1; at < end; at++) {
            if (!isDigit(text.charAt(at))) {
                return -1;
            }
            value = value * 10 + text.charAt(at) - '0';
        }
        boolean zero = digits == 2 && text.charAt(slash + 1) == '0';
        return zero || value > 32 ? -1 : value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Reads one entry, and reports errors in the first few. */
    private boolean isWrong(int start, int end) {
        int mark = findings.mark();
        boolean good = entry(file.span(start, end)).filter(this::take).isPresent();
        if (wrong >= MOST) {
            findings.forget(mark);
        }
        return !good;
    }

    private record Entry(Part.Fixed part, Span at) {}

    private Optional<Entry> entry(Span at) {
        if (at.end() - at.start() > LONGEST) {
            findings.add(Diagnostic.of(
                            Code.LIST_ENTRY,
                            at,
                            "the line has %d characters; an entry has at most %d"
                                    .formatted(at.end() - at.start(), LONGEST))
                    .help("write one entry per line"));
            return Optional.empty();
        }
        Optional<Element> element = entries.read(at);
        return element.flatMap(found -> found.accept(elements))
                .filter(Part.Fixed.class::isInstance)
                .map(part -> new Entry((Part.Fixed) part, at));
    }

    private boolean take(Entry entry) {
        Optional<ElementKind> joined = SetReader.join(kind, entry.part().kind());
        if (joined.isEmpty()) {
            String before = kind.orElseThrow().plural();
            String found = entry.part().kind().plural();
            findings.add(
                    Diagnostic.of(Code.MIXED_SET, entry.at(), "a list of %s cannot contain %s".formatted(before, found))
                            .help("write a separate list for the %s".formatted(found)));
            return false;
        }
        kind = joined;
        union.add(entry.part().members());
        return true;
    }
}
