// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.GoldenCase;

/**
 * The rule that no test asserts a time, wall or CPU: a slower machine would fail it. What a test
 * protects is asserted by counts ({@code Allocated}, calls, steps), or measured in {@code bench}.
 * Limits against hanging are those of {@code testkit.Guard} and {@code testkit.HangGuard}.
 */
final class ClocksTest {
    private static final String HELP = "; no test asserts a time: count with Allocated, wait with Guard";

    /** Methods that read a clock, or limit the time of a test. */
    private static final Set<String> CLOCKS = Set.of(
            "nanoTime",
            "currentTimeMillis",
            "getCurrentThreadCpuTime",
            "getCurrentThreadUserTime",
            "getThreadCpuTime",
            "getThreadUserTime",
            "getProcessCpuTime",
            "totalCpuDuration",
            "assertTimeout",
            "assertTimeoutPreemptively",
            "succeedsWithin",
            "failsWithin",
            "orTimeout",
            "completeOnTimeout",
            "Instant.now",
            "Duration.between",
            "LocalDateTime.now",
            "ZonedDateTime.now",
            "OffsetDateTime.now",
            "Clock.systemUTC",
            "Clock.systemDefaultZone");

    /** Methods that wait for at most the time in their arguments. */
    private static final Set<String> WAITS =
            Set.of("waitFor", "await", "get", "poll", "awaitTermination", "tryAcquire", "tryLock", "exchange");

    private static final Set<String> PAUSES = Set.of("sleep", "parkNanos", "pause");

    /** Names of files and members with the CPU time of a process, in strings. */
    private static final Pattern CPU_TIME = Pattern.compile("usage_usec|user_usec|schedstat|getrusage|cpuacct");

    /** Test classes that read a clock and assert nothing about speed. */
    private static final Map<String, String> EXEMPT = Map.ofEntries(
            Map.entry("Guard", "it has the limits"),
            Map.entry("Pinned", "names that no earlier run has used"),
            Map.entry("ChildCgroup", "names that no earlier run has used"),
            Map.entry("CallServer", "makes calls for a given time"),
            Map.entry("InForce", "the times of entries of live sets"),
            Map.entry("GuestMain", "reports how long each test took"),
            Map.entry("GuestKernelsTest", "reports how long the tests took"),
            Map.entry("SyncTenantsKernelTest", "reports how long places took to be covered"),
            Map.entry("SyncKernelTest", "a time that a declared file names"),
            Map.entry("ProvenanceTest", "a recorded time is the time of the change"),
            Map.entry("CompileMojoTest", "times of files"),
            Map.entry("IncrementalTest", "times of files"),
            Map.entry("PackageMojoTest", "times of files"),
            Map.entry("TestMojoTest", "times of files"));

    @Test
    void noTestAssertsATime() throws IOException {
        assertThat(testSources())
                .hasSizeGreaterThan(500)
                .flatExtracting(ClocksTest::found)
                .isEmpty();
    }

    @Test
    void everyExemptClassNeedsIt() throws IOException {
        assertThat(testSources().stream()
                        .filter(file -> EXEMPT.containsKey(className(file)))
                        .filter(file -> !found(className(file), text(file)).isEmpty())
                        .map(ClocksTest::className))
                .containsExactlyInAnyOrderElementsOf(EXEMPT.keySet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "long t = System.nanoTime();",
                "var t = java.util.function.LongSupplier.class; run(System::nanoTime);",
                "assertThat(threads.getCurrentThreadCpuTime() - t).isLessThan(1000);",
                "assertTimeout(Duration.ofSeconds(1), () -> {});",
                "assertThat(task).succeedsWithin(Duration.ofSeconds(1));",
                "assertThat(Duration.between(a, b)).isLessThan(c);",
                "java.time.Instant a = java.time.Instant.now();",
                "assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();",
                "latch.await(LIMIT, SECONDS);",
                "task.get(1, java.util.concurrent.TimeUnit.MINUTES);",
                "thread.join(1000);",
                "for (int i = 0; i < 100 && !done(); i++) { Thread.sleep(10); }",
                "String cpu = read(\"usage_usec\");",
                "class A { @Timeout(5) void a() {} }",
                "class A { @org.junit.jupiter.api.Timeout(value = 1, unit = MINUTES) void a() {} }"
            })
    void findsAClock(String statement) {
        assertThat(found("X.java", "class X { void x() { " + statement + " } }"))
                .singleElement()
                .asString()
                .startsWith("X.java:1: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Guard.await(\"it is there\", () -> there());",
                "process.waitFor(); latch.await(); thread.join(); map.get(1); map.get(a, b);",
                "String.join(\", \", all); children().join(name, all, false);",
                "for (int i = 0; i < 100; i++) { kill(); Thread.sleep(10); }",
                "Instant then = Instant.parse(\"2026-01-01T00:00:00Z\");",
                "// System.nanoTime()\n String s = \"System.nanoTime()\";",
                "class A { @HangGuard void a() {} }"
            })
    void findsNothingElse(String statement) {
        assertThat(found("X.java", "class X { void x() { " + statement + " } }"))
                .isEmpty();
    }

    private static List<String> found(Path file) {
        return EXEMPT.containsKey(className(file))
                ? List.of()
                : found(GoldenCase.projectRoot().relativize(file).toString(), text(file));
    }

    /** The tests of every module, and the libraries that only tests use. */
    private static List<Path> testSources() throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> modules = Files.list(GoldenCase.projectRoot())) {
            for (Path module : modules.filter(Files::isDirectory).toList()) {
                boolean tests = List.of("testkit", "conformance")
                        .contains(Objects.requireNonNull(module.getFileName()).toString());
                for (String folder : tests ? List.of("src/main/java", "src/test/java") : List.of("src/test/java")) {
                    if (Files.isDirectory(module.resolve(folder))) {
                        try (Stream<Path> files = Files.walk(module.resolve(folder))) {
                            files.filter(file -> file.toString().endsWith(".java"))
                                    .filter(file -> !className(file).equals(ClocksTest.class.getSimpleName()))
                                    .forEach(all::add);
                        }
                    }
                }
            }
        }
        return all;
    }

    private static String className(Path file) {
        return String.valueOf(file.getFileName()).replace(".java", "");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Returns what breaks the rule in the text of a class, each with file and line. */
    private static List<String> found(String name, String text) {
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
        JavaFileObject source = new SimpleJavaFileObject(URI.create("string:///X.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
        JavacTask task =
                (JavacTask) compiler.getTask(null, null, problem -> {}, List.of("-proc:none"), null, List.of(source));
        try {
            Scanner scanner = new Scanner(name, Trees.instance(task));
            scanner.scan(task.parse(), null);
            return scanner.found;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final class Scanner extends TreePathScanner<Void, Void> {
        private final String name;
        private final Trees trees;
        private final List<String> found = new ArrayList<>();

        Scanner(String name, Trees trees) {
            this.name = name;
            this.trees = trees;
        }

        private void report(Tree at, String what) {
            CompilationUnitTree unit = getCurrentPath().getCompilationUnit();
            long line =
                    unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, at));
            found.add(name + ":" + line + ": " + what + HELP);
        }

        @Override
        public Void visitMethodInvocation(MethodInvocationTree call, Void none) {
            List<String> names = names(call.getMethodSelect());
            List<? extends ExpressionTree> arguments = call.getArguments();
            String last = names.get(names.size() - 1);
            if (isClock(names)) {
                report(call, "`" + last + "` reads a clock or limits a time");
            } else if (WAITS.contains(last) && arguments.size() > 1 && isUnit(arguments.get(arguments.size() - 1))) {
                report(call, "`" + last + "` waits for a limited time");
            } else if (last.equals("join") && arguments.size() == 1 && isNumber(arguments.get(0))) {
                report(call, "`join` waits for a limited time");
            }
            return super.visitMethodInvocation(call, none);
        }

        @Override
        public Void visitMemberReference(MemberReferenceTree reference, Void none) {
            List<String> names = new ArrayList<>(names(reference.getQualifierExpression()));
            names.add(reference.getName().toString());
            if (isClock(names)) {
                report(reference, "`" + reference.getName() + "` reads a clock or limits a time");
            }
            return super.visitMemberReference(reference, none);
        }

        @Override
        public Void visitAnnotation(AnnotationTree annotation, Void none) {
            List<String> names = names(annotation.getAnnotationType());
            if (names.get(names.size() - 1).equals("Timeout") && !name.endsWith("HangGuard.java")) {
                report(annotation, "`@Timeout` limits a time, where `@HangGuard` is only a guard");
            }
            return super.visitAnnotation(annotation, none);
        }

        @Override
        public Void visitLiteral(LiteralTree literal, Void none) {
            if (literal.getValue() instanceof String text
                    && CPU_TIME.matcher(text).find()) {
                report(literal, "a string names a CPU time");
            }
            return super.visitLiteral(literal, none);
        }

        /** A loop that tries something so many times, with a pause, is a limit of time. */
        @Override
        public Void visitForLoop(ForLoopTree loop, Void none) {
            boolean tries = loop.getCondition() != null && loop.getCondition().getKind() == Tree.Kind.CONDITIONAL_AND;
            if (tries && pauses(loop.getStatement())) {
                report(loop, "the loop waits for so many pauses");
            }
            return super.visitForLoop(loop, none);
        }

        private static boolean pauses(Tree body) {
            return Optional.ofNullable(
                            new com.sun.source.util.TreeScanner<Boolean, Void>() {
                                @Override
                                public Boolean visitMethodInvocation(MethodInvocationTree call, Void none) {
                                    List<String> names = names(call.getMethodSelect());
                                    return PAUSES.contains(names.get(names.size() - 1))
                                            || Boolean.TRUE.equals(super.visitMethodInvocation(call, none));
                                }

                                @Override
                                public Boolean reduce(Boolean one, Boolean other) {
                                    return Boolean.TRUE.equals(one) || Boolean.TRUE.equals(other);
                                }
                            }.scan(body, null))
                    .orElse(false);
        }

        private static boolean isClock(List<String> names) {
            String last = names.get(names.size() - 1);
            return CLOCKS.contains(last)
                    || (names.size() > 1 && CLOCKS.contains(names.get(names.size() - 2) + "." + last));
        }

        private static boolean isUnit(ExpressionTree argument) {
            List<String> names = names(argument);
            return names.get(names.size() - 1).matches("(NANO|MICRO|MILLI)?SECONDS|MINUTES|HOURS|DAYS");
        }

        private static boolean isNumber(ExpressionTree argument) {
            return argument instanceof LiteralTree literal && literal.getValue() instanceof Number;
        }

        /** Returns the names of `a.b.c`; of other expressions at least one, which may be empty. */
        private static List<String> names(Tree expression) {
            if (expression instanceof IdentifierTree identifier) {
                return List.of(identifier.getName().toString());
            }
            if (expression instanceof MemberSelectTree select) {
                List<String> names = new ArrayList<>(names(select.getExpression()));
                names.add(select.getIdentifier().toString());
                return names;
            }
            return List.of("");
        }
    }
}
