// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A parser for {@code compile POLICY.wall... -o OUT.o} and its options, each as a word and its
 * value. It avoids picocli, whose initialisation takes longer than the compilation of a small
 * policy. Everything that is less plain is left to picocli, which gives the same result for all
 * arguments that this parser accepts.
 */
final class PlainArguments {
    private static final Set<String> ONCE = Set.of("-o", "--endian", "--deps", "--target");

    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, String> params = new LinkedHashMap<>();
    private final List<String> policies = new ArrayList<>();

    private PlainArguments() {}

    /**
     * Returns the job; empty if only picocli can parse the arguments or report what is wrong with
     * them.
     */
    static Optional<CompileJob> read(String... args) {
        PlainArguments read = new PlainArguments();
        return args.length > 0 && args[0].equals("compile") && read.takes(args) ? read.job() : Optional.empty();
    }

    private boolean takes(String... args) {
        for (int i = 1; i < args.length; i++) {
            boolean last = i + 1 == args.length;
            if (isPlain(args[i])) {
                policies.add(args[i]);
            } else if (last || !isPlain(args[i + 1]) || !takesOption(args[i], args[++i])) {
                return false;
            }
        }
        return !policies.isEmpty() && options.containsKey("-o");
    }

    private boolean takesOption(String name, String value) {
        if (ONCE.contains(name)) {
            return options.putIfAbsent(name, value) == null;
        }
        int equals = value.indexOf('=');
        return name.equals("--param")
                && equals > 0
                && equals == value.lastIndexOf('=')
                && equals < value.length() - 1
                && params.putIfAbsent(value.substring(0, equals), value.substring(equals + 1)) == null;
    }

    /**
     * Returns whether the word is neither an option nor an argument file, and contains no quotes or
     * whitespace.
     */
    private static boolean isPlain(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '"' || c == '\'' || c == '\\' || c == 0 || Character.isWhitespace(c)) {
                return false;
            }
        }
        return !word.isEmpty() && !word.startsWith("-") && !word.startsWith("@");
    }

    private Optional<CompileJob> job() {
        String target = options.getOrDefault("--target", "");
        if (target.startsWith(",") || target.endsWith(",") || target.contains(",,")) {
            return Optional.empty();
        }
        List<String> targets = target.isEmpty() ? List.of() : List.of(target.split(","));
        PolicyInput input = new PolicyInput(targets, params);
        List<Path> files = policies.stream().map(Path::of).toList();
        Path out = Path.of(options.getOrDefault("-o", ""));
        Optional<Path> deps = Optional.ofNullable(options.get("--deps")).map(Path::of);
        return switch (options.getOrDefault("--endian", "little")) {
            case "little" -> Optional.of(new CompileJob(input, new Report(), files, out, Endian.LITTLE, deps));
            case "big" -> Optional.of(new CompileJob(input, new Report(), files, out, Endian.BIG, deps));
            default -> Optional.empty();
        };
    }
}
