// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.journal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Author;

/** The author of a change, as text and as members of JSON. */
public final class Authors {
    private Authors() {}

    /** Returns a line such as `uid 0, login uid 1000 (alice): ringwall apply web.o`. */
    public static String text(Author author) {
        StringBuilder out = new StringBuilder("uid ").append(author.uid());
        author.login().ifPresent(login -> out.append(", login uid ").append(login));
        if (!author.user().isEmpty()) {
            out.append(" (").append(Printable.of(author.user())).append(')');
        }
        if (!author.command().isEmpty()) {
            out.append(": ").append(Printable.line(author.command()));
        }
        return out.toString();
    }

    public static Map<String, Object> fields(Author author) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("uid", author.uid());
        author.login().ifPresent(login -> fields.put("login", login));
        if (!author.user().isEmpty()) {
            fields.put("user", author.user());
        }
        fields.put("command", author.command());
        return fields;
    }
}
