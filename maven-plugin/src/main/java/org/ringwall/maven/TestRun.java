// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.logging.Log;
import org.ringwall.compiler.report.TestReport;

/** A run of the tests of all policies, with log lines and reports like Surefire's. */
final class TestRun implements Sweep.Work {
    private static final String RULE = "-------------------------------------------------------";
    private static final String TESTS = "tests";
    private static final String SUITE = "suite";

    private final Path reports;
    private final Messages messages;
    private final Log log;
    private final Set<String> suites = new HashSet<>();
    private final List<String> failures = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private Optional<PolicyFolder> folder = Optional.empty();
    private boolean headed;
    private int tests;
    private int unchanged;

    TestRun(Path reports, Messages messages) {
        this.reports = reports;
        this.messages = messages;
        this.log = messages.log();
    }

    /** Sets the folder of the following policies. */
    void begin(PolicyFolder next) {
        folder = Optional.of(next);
    }

    boolean failed() {
        return !failures.isEmpty() || !errors.isEmpty();
    }

    @Override
    public void unchanged(Entry entry) {
        int count = Integer.parseInt(entry.fact(TESTS));
        suites.add(entry.fact(SUITE));
        tests += count;
        unchanged += count;
    }

    @Override
    public Optional<Sweep.Done> policy(Compiled compiled) throws MojoExecutionException {
        String suite = suite(compiled);
        SurefireReport report = new SurefireReport(suite, compiled.name());
        Optional<String> error = run(compiled, report);
        if (report.tests() == 0 && error.isEmpty()) {
            log.info("policy `" + compiled.policy().name() + "` has no tests");
            return Optional.of(new Sweep.Done(List.of(), Map.of(TESTS, "0", SUITE, suite)));
        }
        head();
        log.info("Running " + suite);
        error.ifPresent(text -> {
            report.error(text);
            messages.error(compiled.file() + ":[1,1] " + text);
            errors.add(suite + ": " + text);
        });
        for (TestReport test : report.reports()) {
            test.cases().stream()
                    .filter(line -> !line.passed())
                    .forEach(line -> messages.error(failure(folder.orElseThrow().base(), test, line)));
            if (!test.passed()) {
                failures.add(suite + "." + test.name() + ":" + test.line());
            }
        }
        tests += report.tests();
        int failed = report.failures();
        String counts = counts(report.tests(), failed, error.isPresent() ? 1 : 0) + ", Time elapsed: "
                + SurefireReport.seconds(report.nanoseconds()) + " s";
        if (failed > 0 || error.isPresent()) {
            log.error(counts + " <<< " + (error.isPresent() ? "ERROR" : "FAILURE") + "! -- in " + suite);
        } else {
            log.info(counts + " -- in " + suite);
        }
        Path file = write(suite, report);
        boolean passed = failed == 0 && error.isEmpty();
        return Optional.of(
                new Sweep.Done(List.of(file), Map.of(TESTS, Integer.toString(report.tests()), SUITE, suite), passed));
    }

    /** Runs the tests. Returns an error if the emitted program and the reference disagree. */
    private static Optional<String> run(Compiled compiled, SurefireReport report) {
        long[] start = {System.nanoTime()};
        try {
            compiled.policy().test(test -> {
                long end = System.nanoTime();
                report.add(test, end - start[0]);
                start[0] = end;
            });
            return Optional.empty();
        } catch (IllegalStateException e) {
            return Optional.of("the tests could not be run; this is a defect of the compiler: " + e.getMessage());
        }
    }

    /**
     * Returns the name of the report: the name of the policy, or the path of its file if another
     * policy of the project has the same name.
     */
    private String suite(Compiled compiled) {
        String name = compiled.policy().name();
        if (suites.add(name)) {
            return name;
        }
        String path = compiled.name().replaceAll("\\.wall$", "").replace('/', '.');
        suites.add(path);
        return path;
    }

    /** Returns the message for a line of a test whose result is not the expected one. */
    static String failure(Path base, TestReport test, TestReport.Case line) {
        String by = line.decision().rules().stream()
                .reduce((first, last) -> last)
                .map(rule -> "; line " + rule.line() + " decided: "
                        + rule.text().lines().findFirst().orElse(""))
                .orElse("");
        return Messages.place(base, line.file(), line.line(), line.column()) + " test \"" + test.name() + "\": `"
                + line.decision().request().words() + "`: expected " + line.expected() + ", but was " + line.actual()
                + by;
    }

    private Path write(String suite, SurefireReport report) throws MojoExecutionException {
        Path file = reports.resolve("TEST-" + suite + ".xml");
        try {
            Files.createDirectories(reports);
            Path part = file.resolveSibling(file.getFileName() + ".part");
            Files.writeString(part, report.xml(folder.orElseThrow().base()));
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw Failures.cannot("write", file, e);
        }
        return file;
    }

    private void head() {
        if (!headed) {
            headed = true;
            List.of("", RULE, " T E S T S", RULE).forEach(log::info);
        }
    }

    private static String counts(int tests, int failures, int errors) {
        return String.format(
                Locale.ROOT, "Tests run: %d, Failures: %d, Errors: %d, Skipped: 0", tests, failures, errors);
    }

    /** Logs the results of all policies. */
    void summary() {
        if (tests == 0 && !failed()) {
            log.info("No tests to run.");
            return;
        }
        if (!headed) {
            log.info(counts(tests, 0, 0) + " - up to date");
            return;
        }
        List.of("", "Results:", "").forEach(log::info);
        list("Failures: ", failures);
        list("Errors: ", errors);
        String counts = counts(tests, failures.size(), errors.size());
        if (failed()) {
            log.error(counts);
        } else {
            log.info(counts + (unchanged > 0 ? " (" + unchanged + " up to date)" : ""));
        }
        log.info("");
    }

    private void list(String title, List<String> places) {
        if (!places.isEmpty()) {
            log.error(title);
            places.forEach(place -> log.error("  " + place));
        }
    }
}
