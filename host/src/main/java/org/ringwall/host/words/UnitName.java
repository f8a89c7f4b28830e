// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a systemd unit that can run a command when it starts: {@code web.service}, an
 * instance {@code web@a.service} of a template, the template {@code web@.service}, or a socket.
 *
 * @param text with its type
 */
public record UnitName(String text) {
    public static final String SERVICE = "service";
    static final String SOCKET = "socket";

    private static final String SLICE = ".slice";

    /** The characters that systemd.unit(5) permits. */
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9:_.\\\\@-]{1,255}");

    private static final Map<String, String> REFUSED = Map.of(
            "slice",
                    "declare the slice in /etc/ringwall/policies.d, and let ringwall-sync.service start it:"
                            + " docs/systemd.md",
            "scope", "a scope is made for processes that run already: ringwall apply OBJ.o --unit UNIT",
            "target", "name each of its services",
            "timer", "name the service that it starts",
            "path", "name the service that it starts",
            "mount", "declare it in /etc/ringwall/policies.d",
            "swap", "declare it in /etc/ringwall/policies.d");

    /**
     * Returns the unit with this name.
     *
     * @throws UsageException if it is not the name of a service or socket
     */
    public static UnitName of(String text) {
        String type = text.substring(text.lastIndexOf('.') + 1);
        if (!VALID.matcher(text).matches() || text.startsWith(".") || text.indexOf('.') < 0) {
            throw new UsageException(
                    "`" + text.replaceAll("\\p{Cntrl}", "?") + "` is not the name of a unit",
                    "write it with its type, such as nginx.service");
        }
        if (REFUSED.containsKey(type)) {
            throw new UsageException(
                    "`" + text + "` runs no command before its processes", REFUSED.getOrDefault(type, ""));
        }
        if (!type.equals(SERVICE) && !type.equals(SOCKET)) {
            throw new UsageException(
                    "`" + type + "` is not a type of units with processes", "name a service or socket");
        }
        return new UnitName(text);
    }

    public String type() {
        return text.substring(text.lastIndexOf('.') + 1);
    }

    /** Whether it is a template, whose instances have the units' cgroups. */
    public boolean isTemplate() {
        return text.endsWith("@." + type());
    }

    /**
     * Returns the slice of all instances of a template and of no other unit: that which systemd
     * gives them, or one in the slice that the unit names.
     *
     * @param set the unit's own slice
     * @throws UsageException if that depends on the instance
     */
    public String slice(Optional<String> set) {
        String parent = set.orElse("system" + SLICE);
        if (parent.indexOf('%') >= 0 || !parent.endsWith(SLICE)) {
            throw new UsageException(
                    "`" + text + "` has `Slice=" + parent + "`, which is not the name of a slice for all instances",
                    "name one slice, such as Slice=web.slice");
        }
        String stem = parent.substring(0, parent.length() - SLICE.length());
        String own = escape(text.substring(0, text.indexOf('@')));
        if (stem.equals("-")) {
            return own + SLICE;
        }
        return stem.equals(own) || stem.endsWith("-" + own) ? parent : stem + "-" + own + SLICE;
    }

    /** Returns a text as one part of a unit's name (unit_name_escape in systemd). */
    private static String escape(String part) {
        StringBuilder name = new StringBuilder();
        for (byte b : part.getBytes(StandardCharsets.US_ASCII)) {
            char c = (char) b;
            boolean plain = Character.isLetterOrDigit(c) || c == ':' || c == '_' || c == '.' && !name.isEmpty();
            name.append(plain ? String.valueOf(c) : "\\x" + HexFormat.of().toHexDigits(b));
        }
        return name.toString();
    }

    /**
     * Returns the instance of policies that is the unit's own. Every unit has another one: a
     * character that names of instances do not have is `_` and its number in hexadecimal.
     */
    public String instance() {
        StringBuilder name = new StringBuilder();
        String bare = text.substring(0, text.length() - type().length() - 1);
        for (byte b : bare.getBytes(StandardCharsets.US_ASCII)) {
            char c = (char) b;
            if (c == '-' || Character.isLetterOrDigit(c)) {
                name.append(c);
            } else {
                name.append('_').append(HexFormat.of().toHexDigits(b));
            }
        }
        return name.append('-').append(type()).toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
