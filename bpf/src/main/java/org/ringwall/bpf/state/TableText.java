// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The description of a table in an object:
 * `remote.ip remote.port : v4 max 64 choices 4 within 10.0.0.0/8 ports 1..65535 default deny`.
 *
 * @param key the fields of its key
 * @param family `v4` or `v6`
 * @param within prefixes and ranges of addresses
 * @param ports ports and ranges
 * @param otherwise the default: `deny`, or `ADDRESS PORT`
 */
public record TableText(
        List<String> key,
        String family,
        int max,
        int choices,
        List<String> within,
        List<String> ports,
        String otherwise) {
    private static final Pattern FORM = Pattern.compile(
            "(\\S.*) : (v4|v6) max (\\d{1,9}) choices (\\d{1,2}) within (\\S.*) ports (\\S.*) default (deny|\\S+ \\d+)");

    public TableText {
        key = List.copyOf(key);
        within = List.copyOf(within);
        ports = List.copyOf(ports);
    }

    /** Returns the text, with the same digits in every locale. */
    public String text() {
        return "%s : %s max %s choices %s within %s ports %s default %s"
                .formatted(
                        String.join(" ", key),
                        family,
                        Integer.toString(max),
                        Integer.toString(choices),
                        String.join(" ", within),
                        String.join(" ", ports),
                        otherwise);
    }

    /** Parses a text; empty if it has another form. */
    public static Optional<TableText> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new TableText(
                        words(matcher.group(1)),
                        matcher.group(2),
                        Integer.parseInt(matcher.group(3)),
                        Integer.parseInt(matcher.group(4)),
                        words(matcher.group(5)),
                        words(matcher.group(6)),
                        matcher.group(7)))
                : Optional.empty();
    }

    private static List<String> words(String text) {
        return Arrays.asList(text.split(" ", -1));
    }
}
