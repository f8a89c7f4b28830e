// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.ByteString;

/**
 * The sysctls through which a process reaches other sysctls. The list is the file
 * {@code sysctl-aliases.txt} beside this class, of which {@code SysctlAliasesKernelTest} finds the
 * pairs below {@code net} by trying every name.
 */
public final class SysctlAliases {
    /** The name of the list in the module's resources. */
    public static final String FILE = "sysctl-aliases.txt";

    private static final Pattern LINE = Pattern.compile("(\\S+) (->|=) (\\S+)");

    /** The two directories beside those of the interfaces, which are not interfaces. */
    private static final List<String> NO_INTERFACE = List.of("all", "default");

    /** The bytes of the name of an interface: IFNAMSIZ in include/uapi/linux/if.h, less the NUL. */
    private static final int INTERFACE = 15;

    private static final char ANY = '*';

    private SysctlAliases() {}

    /**
     * A sysctl that writes another one. A `*` is the name of an interface, the same one in both.
     *
     * @param sets the other one
     * @param shows whether it also shows the value of the other one
     */
    public record Alias(String name, String sets, boolean shows) {
        /** Returns the line of the list for this direction. */
        public String line() {
            return name + " -> " + sets;
        }

        private Alias reversed() {
            return new Alias(sets, name, shows);
        }

        private Alias on(String device) {
            return new Alias(replaced(name, device), replaced(sets, device), shows);
        }

        private static String replaced(String pattern, String device) {
            return pattern.replace(String.valueOf(ANY), device);
        }
    }

    /** Returns all pairs; a line with `=` is one in each direction. */
    public static List<Alias> all() {
        List<Alias> aliases = new ArrayList<>();
        text().lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(line -> {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new IllegalStateException(FILE + ": " + line);
            }
            boolean shows = parts.group(2).equals("=");
            Alias alias = new Alias(parts.group(1), parts.group(3), shows);
            aliases.add(alias);
            if (shows) {
                aliases.add(alias.reversed());
            }
        });
        return List.copyOf(aliases);
    }

    private static String text() {
        try (InputStream in = Objects.requireNonNull(SysctlAliases.class.getResourceAsStream(FILE), FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The classes of the two names of an alias. */
    private record Pair(int name, int sets) {}

    /**
     * Returns the alias for interfaces that the policy distinguishes: one example for each pair of
     * classes that its two names can have.
     */
    static List<Alias> distinguished(Alias alias, Classifier names) {
        if (alias.sets().indexOf(ANY) < 0) {
            return List.of(alias);
        }
        Map<Pair, Alias> found = new LinkedHashMap<>();
        for (String device : devices(alias, names.automaton())) {
            Alias one = alias.on(device);
            found.putIfAbsent(
                    new Pair(names.classOf(ByteString.of(one.name())), names.classOf(ByteString.of(one.sets()))), one);
        }
        return List.copyOf(found.values());
    }

    /**
     * Returns a rule that denies these names, and those through which a process could still reach
     * them.
     *
     * @param names names of aliases, with their `*`
     */
    static String denial(Set<String> names, List<Alias> aliases) {
        Set<String> denied = new LinkedHashSet<>(names);
        boolean more = true;
        while (more) {
            more = false;
            for (Alias alias : aliases) {
                more |= denied.contains(alias.sets()) && denied.add(alias.name());
            }
        }
        return "sysctl { deny if name glob { \"" + String.join("\", \"", denied) + "\" }; default allow }";
    }

    /** What is left to compare of two names after the same bytes of an interface's name. */
    private record Reached(int name, int sets, String reserved) {}

    /**
     * Returns names of interfaces that lead the automaton to every pair of states that any can,
     * ordinary ones first.
     */
    private static Set<String> devices(Alias alias, Automaton automaton) {
        int[] letters = letters(automaton);
        Set<String> devices = new LinkedHashSet<>(List.of("eth0", "lo"));
        Map<Reached, String> open = new LinkedHashMap<>();
        open.put(new Reached(before(alias.name(), automaton), before(alias.sets(), automaton), ""), "");
        Set<Reached> seen = new HashSet<>(open.keySet());
        for (int length = 0; length < INTERFACE && !open.isEmpty(); length++) {
            Map<Reached, String> longer = new LinkedHashMap<>();
            open.forEach((from, device) -> {
                for (int c : letters) {
                    Reached reached = new Reached(
                            next(automaton, from.name(), alias.name(), c),
                            automaton.next(from.sets(), c),
                            reserved(from.reserved() + (char) c));
                    if (seen.add(reached)) {
                        longer.put(reached, device + (char) c);
                    }
                }
            });
            longer.values().stream()
                    .filter(device -> !NO_INTERFACE.contains(device))
                    .forEach(devices::add);
            open = longer;
        }
        return devices;
    }

    private static String reserved(String begin) {
        return NO_INTERFACE.stream().anyMatch(word -> word.startsWith(begin)) ? begin : "…";
    }

    /**
     * Returns the bytes of names of interfaces that need to be tried: those of the two reserved
     * names, and one other for each symbol of the automaton.
     */
    private static int[] letters(Automaton automaton) {
        String reserved = String.join("", NO_INTERFACE);
        Set<Integer> symbols = new HashSet<>();
        return IntStream.rangeClosed('!', '~')
                .filter(c -> c != '/' && c != ANY)
                .filter(c -> reserved.indexOf(c) >= 0 || symbols.add(automaton.symbol(c)))
                .toArray();
    }

    /** Returns the state after the part before the `*`, or after the whole name. */
    private static int before(String name, Automaton automaton) {
        int star = name.indexOf(ANY);
        return automaton.run(ByteString.of(star < 0 ? name : name.substring(0, star)));
    }

    private static int next(Automaton automaton, int state, String name, int c) {
        return name.indexOf(ANY) < 0 ? state : automaton.next(state, c);
    }
}
