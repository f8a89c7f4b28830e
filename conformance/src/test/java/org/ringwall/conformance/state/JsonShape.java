// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The structure of a JSON text without its numbers and strings: `{a, b{c}, d[]}` is an object of
 * three members, one of which is an object and one an array. Equal shapes among an array's elements
 * are given once.
 */
final class JsonShape {
    private final String text;
    private int at;

    private JsonShape(String text) {
        this.text = text;
    }

    /** Returns the shapes of all members of this name, at any depth. */
    static Set<String> of(String text, String member) {
        Set<String> found = new LinkedHashSet<>();
        String name = "\"" + member + "\":";
        for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
            JsonShape shape = new JsonShape(text);
            shape.at = at + name.length();
            found.add(shape.value());
        }
        return found;
    }

    private String value() {
        return switch (text.charAt(at)) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> {
                string();
                yield "";
            }
            default -> scalar();
        };
    }

    private String object() {
        Map<String, String> members = new LinkedHashMap<>();
        for (at++; text.charAt(at) != '}'; comma()) {
            String name = string();
            at++;
            members.put(name, value());
        }
        at++;
        StringBuilder shape = new StringBuilder();
        members.forEach((name, value) ->
                shape.append(shape.isEmpty() ? "" : ", ").append(name).append(value));
        return "{" + shape + "}";
    }

    private String array() {
        Set<String> elements = new LinkedHashSet<>();
        for (at++; text.charAt(at) != ']'; comma()) {
            elements.add(value());
        }
        at++;
        return "[" + String.join(", ", elements) + "]";
    }

    private void comma() {
        if (text.charAt(at) == ',') {
            at++;
        }
    }

    private String string() {
        int start = ++at;
        while (text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return text.substring(start, at++);
    }

    private String scalar() {
        while (",]}".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return "";
    }
}
