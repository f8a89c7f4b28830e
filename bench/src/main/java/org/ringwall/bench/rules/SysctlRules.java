// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;

/**
 * Denied prefixes of sysctl names, with all others allowed.
 *
 * @param names the names for keys; each must exist on this machine
 */
public record SysctlRules(List<String> prefixes, List<String> names) implements RuleList {
    /** The longest name for which the C programs have room, without the NUL at its end. */
    public static final int LONGEST = 63;

    private static final Path ROOT = Path.of("/proc/sys");

    /** Folders whose files are the same in every network namespace and cheap to read. */
    private static final List<String> FOLDERS = List.of(
            "kernel",
            "vm",
            "fs",
            "net/ipv4/conf/all",
            "net/ipv4/conf/default",
            "net/ipv4/conf/lo",
            "net/ipv6/conf/all",
            "net/ipv6/conf/default",
            "net/ipv6/conf/lo");

    public SysctlRules {
        prefixes = List.copyOf(prefixes);
        names = List.copyOf(names);
    }

    /** Returns this many prefixes of these names. Each ends inside the last component of a name. */
    public static SysctlRules drawn(int size, List<String> names, SplittableRandom random) {
        TreeSet<String> prefixes = new TreeSet<>();
        for (int tries = 0; prefixes.size() < size; tries++) {
            if (tries > 100 * size) {
                throw new IllegalStateException("this machine has too few sysctls for " + size + " prefixes");
            }
            String name = names.get(random.nextInt(names.size()));
            int least = name.lastIndexOf('/') + 3;
            prefixes.add(name.substring(0, Math.max(least, name.length() - random.nextInt(4))));
        }
        return new SysctlRules(List.copyOf(prefixes), names);
    }

    /** Returns the sysctls of this machine that can be read repeatedly without a side effect. */
    public static List<String> ofThisMachine() {
        List<String> names = new ArrayList<>();
        for (String folder : FOLDERS) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.filter(SysctlRules::readable)
                        .map(file -> ROOT.relativize(file).toString())
                        // Reading this file has a side effect (vmstat_refresh).
                        .filter(name -> name.length() <= LONGEST && !name.equals("vm/stat_refresh"))
                        .sorted()
                        .forEach(names::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return names;
    }

    private static boolean readable(Path file) {
        try {
            return Files.isRegularFile(file)
                    && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_READ);
        } catch (IOException e) {
            // The file was removed meanwhile.
            return false;
        }
    }

    @Override
    public Hook hook() {
        return Hook.SYSCTL;
    }

    @Override
    public int size() {
        return prefixes.size();
    }

    @Override
    public String policy() {
        String list = prefixes.stream().map(prefix -> '"' + prefix + '"').collect(Collectors.joining(",\n    "));
        return "policy sysctls\n\nsysctl {\n  deny if name prefix {\n    " + list + "\n  }\n  default allow\n}\n";
    }

    /** Returns `PREFIX(text, length)`. */
    @Override
    public String header() {
        return prefixes.stream()
                .map(prefix -> "PREFIX(\"" + prefix + "\", " + prefix.length() + ")\n")
                .collect(Collectors.joining());
    }

    @Override
    public boolean allows(Key key) {
        return !names(key);
    }

    @Override
    public boolean names(Key key) {
        return key instanceof Key.Read read && prefixes.stream().anyMatch(read.name()::startsWith);
    }

    @Override
    public Key draw(boolean hit, SplittableRandom random) {
        return new Key.Read(names.get(random.nextInt(names.size())));
    }
}
