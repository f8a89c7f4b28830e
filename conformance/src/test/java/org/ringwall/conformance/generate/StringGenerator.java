// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/** A generator of patterns for string fields, and of strings that match them or nearly match. */
final class StringGenerator {
    private static final List<String> VALUES =
            List.of("0", "1", "2", "10", "4096", "4096 131072 6291456", "web", "web-1", "(none)", "a*b", "");
    private static final List<String> COMMS =
            List.of("test", "java", "python3", "sh", "nginx: worker", "a\\b", "systemd");

    private static final List<String> PATHS = List.of(
            "/run/app.sock",
            "/run/app/control.sock",
            "/tmp/.X11-unix/X0",
            "/var/run/docker.sock",
            "relative.sock",
            "@app",
            "@app/control",
            "@");

    private final RandomChoices choices;

    StringGenerator(RandomChoices choices) {
        this.choices = choices;
    }

    private static List<String> pool(Field field) {
        return switch (field) {
            case NAME -> Pools.NAMES;
            case COMM -> COMMS;
            case PATH -> PATHS;
            default -> VALUES;
        };
    }

    /** Generates an atom on a string field, without declared sets. */
    Written<Guard> atom(Field field) {
        return choices.chance(40) ? equality(field) : match(field);
    }

    private Written<Guard> equality(Field field) {
        String text = choices.oneOf(pool(field));
        Guard equal = new Guard.Matches(field, new TreeSet<>(Set.of(StringPattern.exact(text))));
        if (choices.chance(60)) {
            return new Written<>(field.text() + " == " + quoted(text), equal);
        }
        Guard there = new Guard.Matches(field, new TreeSet<>(Set.of(StringPattern.ANY)));
        return new Written<>(field.text() + " != " + quoted(text), new Guard.And(List.of(there, new Guard.Not(equal))));
    }

    private Written<Guard> match(Field field) {
        if ((field == Field.NAME || field == Field.PATH) && choices.chance(3)) {
            return words(field);
        }
        StringPattern.Kind kind =
                choices.oneOf(StringPattern.Kind.PREFIX, StringPattern.Kind.SUFFIX, StringPattern.Kind.GLOB);
        SortedSet<StringPattern> patterns =
                new TreeSet<>(choices.several(1, 3, () -> new StringPattern(kind, text(field, kind))));
        String set = patterns.stream().map(pattern -> quoted(pattern.text())).collect(Collectors.joining(", "));
        boolean bare = patterns.size() == 1 && choices.chance(70);
        boolean negated = choices.chance(25);
        String word = (negated ? " not " : " ") + kind.name().toLowerCase(java.util.Locale.ROOT) + " ";
        Guard guard = new Guard.Matches(field, patterns);
        return new Written<>(
                field.text() + word + (bare ? set : "{ " + set + " }"), negated ? new Guard.Not(guard) : guard);
    }

    /**
     * Generates a list of words that the string may contain. Each subset of them would be states of
     * its own, so that such globs are matched one by one.
     */
    private Written<Guard> words(Field field) {
        SortedSet<StringPattern> globs = new TreeSet<>(choices.several(1, 5, () -> {
            String word = text(field, StringPattern.Kind.SUFFIX).replaceAll("[*?\\\\]", "");
            return contains(word.isEmpty() ? "a" : word.substring(0, (word.length() + 1) / 2));
        }));
        for (char letter = 'a'; letter < 'm'; letter++) {
            globs.add(contains(letter + "0"));
        }
        String list = globs.stream().map(glob -> quoted(glob.text())).collect(Collectors.joining(", "));
        return new Written<>(field.text() + " glob { " + list + " }", new Guard.Matches(field, globs));
    }

    private static StringPattern contains(String word) {
        return new StringPattern(StringPattern.Kind.GLOB, "**" + word + "**");
    }

    private String text(Field field, StringPattern.Kind kind) {
        String whole = choices.oneOf(pool(field));
        int cut = choices.below(whole.length() + 1);
        return switch (kind) {
            case EXACT -> whole;
            case PREFIX -> whole.substring(0, cut);
            case SUFFIX -> whole.substring(cut);
            case GLOB -> glob(whole);
            case NUMBER -> throw new IllegalStateException();
        };
    }

    private String glob(String whole) {
        StringBuilder glob = new StringBuilder();
        for (int i = 0; i < whole.length(); i++) {
            int kind = choices.below(24);
            if (kind == 0) {
                glob.append('?');
            } else if (kind < 3) {
                glob.append(kind == 1 ? "*" : "**");
                i += choices.below(6);
            } else {
                String letter = whole.substring(i, i + 1);
                glob.append("*?\\".contains(letter) ? "\\" + letter : letter);
            }
        }
        return glob.toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Generates a string that is close to one of the patterns, or any string of the field. */
    ByteString near(Field field, List<StringPattern> patterns) {
        if (patterns.isEmpty() || choices.chance(25)) {
            return ByteString.of(choices.oneOf(pool(field)));
        }
        StringPattern pattern = choices.oneOf(patterns);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (pattern.kind() == StringPattern.Kind.SUFFIX && choices.chance(60)) {
            bytes.writeBytes(run(true));
        }
        bytes.writeBytes(matching(pattern));
        if (pattern.kind() == StringPattern.Kind.PREFIX && choices.chance(60)) {
            bytes.writeBytes(run(true));
        }
        byte[] string = bytes.toByteArray();
        if (string.length > 0 && choices.chance(25)) {
            string[choices.below(string.length)] = choices.oneOf((byte) '/', (byte) 'a', (byte) '~', (byte) 0xff);
        }
        int end = choices.chance(15) ? choices.below(string.length + 1) : string.length;
        return ByteString.of(string).first(end);
    }

    /** Generates a spelling of a number at or near an end of the range, seldom a wrong one. */
    private String numeral(StringPattern pattern) {
        long number = Math.max(0, choices.oneOf(pattern.low(), pattern.high()) + choices.between(-1, 1));
        String digits = choices.oneOf(
                Long.toString(number),
                Long.toString(number),
                "0x" + Long.toHexString(number),
                "0X0" + Long.toHexString(number).toUpperCase(java.util.Locale.ROOT),
                "00" + Long.toOctalString(number));
        return choices.oneOf("", "", " ", "\t \n", "\u000b", "-", "+")
                + digits
                + choices.oneOf("", "", "", " ", "\n\n", "\t\u000b", "\u000b", " 1", "x", ".5");
    }

    private byte[] matching(StringPattern pattern) {
        if (pattern.kind() == StringPattern.Kind.NUMBER) {
            return numeral(pattern).getBytes(StandardCharsets.ISO_8859_1);
        }
        boolean glob = pattern.kind() == StringPattern.Kind.GLOB;
        ByteString text = ByteString.of(pattern.text());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.size(); i++) {
            int value = text.at(i);
            if (glob && value == '*') {
                bytes.writeBytes(run(choices.chance(30)));
            } else if (glob && value == '\\' && i + 1 < text.size()) {
                bytes.write(text.at(++i));
            } else {
                bytes.write(glob && value == '?' ? 'q' : value);
            }
        }
        return bytes.toByteArray();
    }

    private byte[] run(boolean slashes) {
        int length = choices.chance(4) ? choices.between(235, 265) : choices.below(10);
        byte[] run = new byte[length];
        for (int i = 0; i < length; i++) {
            run[i] = (byte) (slashes && choices.chance(20) ? '/' : 'a' + choices.below(3));
        }
        return run;
    }

    /** Generates the name of a sysctl that is possible in the kernel. */
    String name(List<StringPattern> patterns) {
        String name = new String(near(Field.NAME, patterns).toArray(), StandardCharsets.UTF_8);
        boolean possible = !name.isEmpty() && !name.startsWith("/") && !name.endsWith("/") && name.indexOf(0) < 0;
        return possible ? name : choices.oneOf(Pools.NAMES);
    }

    /** Generates the name of a task that is possible in the kernel: at most 15 bytes. */
    ByteString comm(List<StringPattern> patterns) {
        ByteString near = near(Field.COMM, patterns);
        return near.first(Math.min(near.size(), 15));
    }

    /** Generates an operand that is assigned to a string field. */
    Written<Effect.Operand> assigned(Field field) {
        return field == Field.PATH ? name() : value();
    }

    /** Generates a value for a sysctl, often longer than that of the caller. */
    private Written<Effect.Operand> value() {
        String text = choices.chance(20)
                ? "x".repeat(choices.between(1, 200))
                : choices.oneOf("0", "1", "10", "4096", "web-1");
        return new Written<>(quoted(text), new Effect.Operand.OfText(ByteString.of(text)));
    }

    /** Generates a short or long path, sometimes as long as `sun_path`. */
    private Written<Effect.Operand> name() {
        String text = choices.oneOf(PATHS);
        if (choices.chance(30)) {
            int length = choices.chance(40) ? choices.between(106, 108) : choices.between(text.length(), 108);
            text += "x".repeat(length - text.length());
        }
        return new Written<>(quoted(text), new Effect.Operand.OfText(ByteString.of(text)));
    }

    /**
     * Generates a caller's `sun_path`: often with a NUL at the end, rarely with one inside, rarely
     * empty.
     */
    ByteString path(List<StringPattern> patterns) {
        byte[] near = near(Field.PATH, patterns).toArray();
        int length = Math.min(near.length, Request.AtPath.MOST_BYTES);
        byte[] path =
                Arrays.copyOf(near, choices.chance(40) ? Math.min(length + 1, Request.AtPath.MOST_BYTES) : length);
        if (path.length > 0 && path[0] == '@' && choices.chance(90)) {
            path = Arrays.copyOf(path, length);
            path[0] = 0;
        }
        if (path.length > 0 && choices.chance(8)) {
            path[choices.below(path.length)] = 0;
        }
        return ByteString.of(path);
    }

    /**
     * Generates the current or new value of a sysctl: often with a newline at the end, rarely with
     * a NUL.
     */
    ByteString value(Field field, List<StringPattern> patterns) {
        List<Byte> bytes = new ArrayList<>();
        for (byte each : near(field, patterns).toArray()) {
            bytes.add(each);
        }
        if (!bytes.isEmpty() && choices.chance(4)) {
            bytes.set(choices.below(bytes.size()), (byte) 0);
        }
        if (choices.chance(50)) {
            bytes.add((byte) '\n');
        }
        byte[] value = new byte[bytes.size()];
        for (int i = 0; i < value.length; i++) {
            value[i] = bytes.get(i);
        }
        return ByteString.of(value);
    }
}
