// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.agent;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A parser of JSON objects (RFC 8259) whose members are integers, strings and arrays of strings.
 * Without nesting it needs no recursion, and it loads faster than a library.
 */
final class FlatJson {
    private static final int MAX_DIGITS = 9;
    private static final int HEX = 16;
    private static final int ESCAPE = 4;

    private final String text;
    private int at;

    private FlatJson(String text) {
        this.text = text;
    }

    /**
     * Parses an object.
     *
     * @return its members: Integer, String or List of String
     * @throws ProtocolException if the text is not such an object, with the position from 1
     */
    static Map<String, Object> parse(String text) throws ProtocolException {
        FlatJson json = new FlatJson(text);
        Map<String, Object> members = json.object();
        json.skipSpace();
        if (json.at < text.length()) {
            throw json.expected("nothing more");
        }
        return members;
    }

    private Map<String, Object> object() throws ProtocolException {
        Map<String, Object> members = new LinkedHashMap<>();
        expect('{');
        if (skipIf('}')) {
            return members;
        }
        do {
            String name = string();
            expect(':');
            if (members.put(name, value()) != null) {
                throw expected("another name: it occurs twice");
            }
        } while (skipIf(','));
        expect('}');
        return members;
    }

    private Object value() throws ProtocolException {
        skipSpace();
        char first = at < text.length() ? text.charAt(at) : 0;
        if (first == '"') {
            return string();
        }
        return first == '[' ? list() : number();
    }

    private List<String> list() throws ProtocolException {
        List<String> all = new ArrayList<>();
        expect('[');
        if (skipIf(']')) {
            return all;
        }
        do {
            all.add(string());
        } while (skipIf(','));
        expect(']');
        return all;
    }

    private Integer number() throws ProtocolException {
        int start = at;
        if (at < text.length() && text.charAt(at) == '-') {
            at++;
        }
        int digits = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == digits || at - digits > MAX_DIGITS || text.charAt(digits) == '0' && at - digits > 1) {
            at = start;
            throw expected("a string, a list of strings or an integer");
        }
        return Integer.valueOf(text.substring(start, at));
    }

    private String string() throws ProtocolException {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            if (c < ' ') {
                break;
            }
            out.append(c == '\\' ? escaped() : c);
        }
        throw expected("the end of a string");
    }

    private char escaped() throws ProtocolException {
        char c = at < text.length() ? text.charAt(at++) : 0;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unit();
            default -> throw expected("an escape");
        };
    }

    /** Returns the UTF-16 code unit of an escape with four hexadecimal digits. */
    private char unit() throws ProtocolException {
        int value = 0;
        for (int i = 0; i < ESCAPE; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), HEX) : -1;
            if (digit < 0 || text.charAt(at) > 'f') {
                throw expected("a hexadecimal digit");
            }
            value = value * HEX + digit;
            at++;
        }
        return (char) value;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean skipIf(char wanted) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) throws ProtocolException {
        if (!skipIf(wanted)) {
            throw expected("`" + wanted + "`");
        }
    }

    private ProtocolException expected(String what) {
        return new ProtocolException("expected at character " + (at + 1) + ": " + what);
    }
}
