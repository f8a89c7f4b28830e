// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.agent;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A parser of a JSON object (RFC 8259) whose members are whole numbers, texts and lists of texts.
 * Without nesting it needs no stack, and less time to load than a library.
 */
final class FlatJson {
    private static final int LONGEST_NUMBER = 9;
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
     * @throws ProtocolException if the text is anything else, with the position from 1
     */
    static Map<String, Object> parse(String text) throws ProtocolException {
        FlatJson json = new FlatJson(text);
        Map<String, Object> members = json.object();
        json.space();
        if (json.at < text.length()) {
            throw json.expected("nothing more");
        }
        return members;
    }

    private Map<String, Object> object() throws ProtocolException {
        Map<String, Object> members = new LinkedHashMap<>();
        take('{');
        if (takes('}')) {
            return members;
        }
        do {
            String name = string();
            take(':');
            if (members.put(name, value()) != null) {
                throw expected("another name: it occurs twice");
            }
        } while (takes(','));
        take('}');
        return members;
    }

    private Object value() throws ProtocolException {
        space();
        char first = at < text.length() ? text.charAt(at) : 0;
        if (first == '"') {
            return string();
        }
        return first == '[' ? list() : number();
    }

    private List<String> list() throws ProtocolException {
        List<String> all = new ArrayList<>();
        take('[');
        if (takes(']')) {
            return all;
        }
        do {
            all.add(string());
        } while (takes(','));
        take(']');
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
        if (at == digits || at - digits > LONGEST_NUMBER || text.charAt(digits) == '0' && at - digits > 1) {
            at = start;
            throw expected("a text, a list of texts or a number");
        }
        return Integer.valueOf(text.substring(start, at));
    }

    private String string() throws ProtocolException {
        take('"');
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
        throw expected("the end of a text");
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

    private void space() {
        while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean takes(char wanted) {
        space();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void take(char wanted) throws ProtocolException {
        if (!takes(wanted)) {
            throw expected("`" + wanted + "`");
        }
    }

    private ProtocolException expected(String what) {
        return new ProtocolException("expected at character " + (at + 1) + ": " + what);
    }
}
