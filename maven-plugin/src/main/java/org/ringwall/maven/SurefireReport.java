// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.ringwall.compiler.api.Ringwall;
import org.ringwall.compiler.report.TestReport;

/**
 * A test report of one policy in the XML format of Surefire (surefire-test-report.xsd), which many
 * tools read. A suite is a policy; a case is a {@code test} block.
 */
final class SurefireReport {
    private record Timed(TestReport report, long nanoseconds) {}

    private final String suite;
    private final String file;
    private final List<Timed> results = new ArrayList<>();
    private Optional<String> error = Optional.empty();

    /**
     * Creates a report without results.
     *
     * @param suite the name of the suite
     * @param file the name of the file of the policy
     */
    SurefireReport(String suite, String file) {
        this.suite = suite;
        this.file = file;
    }

    void add(TestReport report, long nanoseconds) {
        results.add(new Timed(report, nanoseconds));
    }

    /** Adds a case for tests that could not be run. */
    void error(String message) {
        error = Optional.of(message);
    }

    List<TestReport> reports() {
        return results.stream().map(Timed::report).toList();
    }

    int tests() {
        return results.size() + (error.isPresent() ? 1 : 0);
    }

    int failures() {
        return (int)
                results.stream().filter(result -> !result.report().passed()).count();
    }

    long nanoseconds() {
        return results.stream().mapToLong(Timed::nanoseconds).sum();
    }

    /** Returns a time in seconds, with the three decimals that the schema permits. */
    static String seconds(long nanoseconds) {
        return String.format(Locale.ROOT, "%.3f", nanoseconds / (double) TimeUnit.SECONDS.toNanos(1));
    }

    /**
     * Returns the document.
     *
     * @param base the folder to which the names of files are relative
     */
    String xml(Path base) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.append("<testsuite xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"")
                .append(" xsi:noNamespaceSchemaLocation=\"https://maven.apache.org/surefire/maven-surefire-plugin/")
                .append("xsd/surefire-test-report.xsd\"");
        attribute(xml, "name", suite);
        attribute(xml, "time", seconds(nanoseconds()));
        attribute(xml, "tests", Integer.toString(tests()));
        attribute(xml, "errors", error.isPresent() ? "1" : "0");
        attribute(xml, "skipped", "0");
        attribute(xml, "failures", Integer.toString(failures()));
        xml.append(">\n  <properties>\n");
        property(xml, "ringwall.version", Ringwall.version());
        property(xml, "ringwall.policy", file);
        xml.append("  </properties>\n");
        results.forEach(result -> testcase(xml, base, result));
        error.ifPresent(text -> {
            open(xml, "the tests of " + file, 0);
            xml.append(">\n    <error");
            attribute(xml, "message", text);
            attribute(xml, "type", "error");
            xml.append(">").append(escaped(text)).append("</error>\n  </testcase>\n");
        });
        return xml.append("</testsuite>\n").toString();
    }

    private void testcase(StringBuilder xml, Path base, Timed result) {
        TestReport test = result.report();
        open(xml, test.name(), result.nanoseconds());
        if (test.passed()) {
            xml.append("/>\n");
            return;
        }
        List<String> lines = test.cases().stream()
                .filter(line -> !line.passed())
                .map(line -> TestRun.failure(base, test, line))
                .toList();
        TestReport.Case first =
                test.cases().stream().filter(line -> !line.passed()).findFirst().orElseThrow();
        xml.append(">\n    <failure");
        attribute(
                xml,
                "message",
                first.decision().request().words() + ": expected " + first.expected() + ", but was " + first.actual());
        attribute(xml, "type", "verdict");
        xml.append('>').append(escaped(lines.stream().collect(Collectors.joining("\n"))));
        xml.append("</failure>\n  </testcase>\n");
    }

    private void open(StringBuilder xml, String name, long nanoseconds) {
        xml.append("  <testcase");
        attribute(xml, "name", name);
        attribute(xml, "classname", suite);
        attribute(xml, "time", seconds(nanoseconds));
    }

    private static void property(StringBuilder xml, String name, String value) {
        xml.append("    <property");
        attribute(xml, "name", name);
        attribute(xml, "value", value);
        xml.append("/>\n");
    }

    private static void attribute(StringBuilder xml, String name, String value) {
        xml.append(' ').append(name).append("=\"").append(escaped(value)).append('"');
    }

    /** Escapes text; characters that XML 1.0 cannot contain become U+FFFD. */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                case '\n' -> escaped.append("&#10;");
                case '\t' -> escaped.append("&#9;");
                case '\r' -> escaped.append("&#13;");
                default -> escaped.appendCodePoint(permitted(c) ? c : '\uFFFD');
            }
        });
        return escaped.toString();
    }

    private static boolean permitted(int c) {
        return (c >= ' ' && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c > 0xFFFF;
    }
}
