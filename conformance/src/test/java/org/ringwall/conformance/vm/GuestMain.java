// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.vm;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.ringwall.conformance.vm.GuestResult.Outcome;
import org.ringwall.testkit.NotApplicableException;

/**
 * A program that runs test classes in a guest and writes a {@link GuestResult} for each test when
 * it ends.
 */
final class GuestMain {
    /** The line after the last result; if it is missing, the run was cut short. */
    static final String END = "END";

    private GuestMain() {}

    /**
     * Runs the program; the arguments are the results file, then `CLASS` or `CLASS#METHOD` for each
     * selected test.
     */
    public static void main(String[] args) throws IOException {
        List<String> selected = Arrays.stream(args).skip(1).toList();
        try (PrintStream out = new PrintStream(Files.newOutputStream(Path.of(args[0])), true, StandardCharsets.UTF_8)) {
            run(selected, out);
        }
        // Threads that a test left running must not keep the guest alive.
        System.exit(0);
    }

    /** Runs the selected tests and writes a line for each, and {@link #END}. */
    static void run(List<String> selected, PrintStream out) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selected.stream().map(GuestMain::selector).toList())
                .build();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(request, new Recorder(out));
        out.println(END);
    }

    private static DiscoverySelector selector(String text) {
        return text.contains("#") ? DiscoverySelectors.selectMethod(text) : DiscoverySelectors.selectClass(text);
    }

    private static final class Recorder implements TestExecutionListener {
        private final PrintStream out;
        private final Map<String, Long> started = new HashMap<>();
        private Optional<TestPlan> plan = Optional.empty();

        Recorder(PrintStream out) {
            this.out = out;
        }

        @Override
        public void testPlanExecutionStarted(TestPlan tests) {
            plan = Optional.of(tests);
        }

        @Override
        public void executionStarted(TestIdentifier test) {
            started.put(test.getUniqueId(), System.nanoTime());
        }

        /**
         * Records a failure: tests that would be skipped here run on the host, and a kernel that is
         * too old ends a test by an exception.
         */
        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            record(test, Outcome.FAILED, "skipped: " + reason);
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            Optional<Throwable> thrown = result.getThrowable();
            switch (result.getStatus()) {
                case SUCCESSFUL -> {
                    if (test.isTest()) {
                        record(test, Outcome.PASSED, "");
                    }
                }
                case FAILED -> record(test, Outcome.FAILED, trace(thrown));
                case ABORTED -> {
                    if (thrown.isPresent() && thrown.get() instanceof NotApplicableException lacks) {
                        record(test, Outcome.NOT_APPLICABLE, String.valueOf(lacks.getMessage()));
                    } else {
                        record(test, Outcome.FAILED, "aborted: " + trace(thrown));
                    }
                }
            }
        }

        private void record(TestIdentifier test, Outcome outcome, String message) {
            Deque<String> names = new ArrayDeque<>();
            Optional<TestIdentifier> at = Optional.of(test);
            String testClass = test.getDisplayName();
            while (at.isPresent()) {
                TestIdentifier here = at.get();
                Optional<String> found = here.getSource()
                        .filter(ClassSource.class::isInstance)
                        .map(source -> ((ClassSource) source).getClassName());
                if (found.isPresent()) {
                    testClass = found.get();
                    break;
                }
                names.addFirst(here.getDisplayName());
                at = plan.flatMap(tests -> tests.getParent(here));
            }
            long now = System.nanoTime();
            long millis = (now - started.getOrDefault(test.getUniqueId(), now)) / 1_000_000;
            out.println(new GuestResult(outcome, testClass, String.join(": ", names), millis, message).line());
        }

        private static String trace(Optional<Throwable> thrown) {
            StringWriter text = new StringWriter();
            thrown.ifPresent(exception -> exception.printStackTrace(new PrintWriter(text, true)));
            return text.toString();
        }
    }

    /** Returns the class of `CLASS` or `CLASS#METHOD`. */
    static String testClass(String selected) {
        return List.of(selected.split("#", 2)).get(0);
    }
}
