// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;

/** The worst bundles, each read by a Java whose heap has 64 MiB. */
final class BoundsTest {
    /** CPU time in ms; the machine may be busy with other work. */
    private static final long LONGEST = 1000;

    @TempDir
    private Path folder = Path.of("");

    /** Reads a file, prints the time of this process in ms and what became of the file. */
    public static void main(String[] files) throws Exception {
        String result;
        try {
            result = "bundle "
                    + Bundle.of(Archive.of(BundleFile.read(Path.of(files[0])))).digest();
        } catch (BundleException e) {
            result = e.getMessage();
        }
        long cpu = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
        System.out.println(cpu / 1_000_000 + " " + result);
    }

    private void isRefused(byte[] bundle, String message) throws Exception {
        Path file = Files.write(folder.resolve("x.wallpack"), bundle);
        List<String> words = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BoundsTest.class.getName(),
                file.toString()));
        String[] out = Command.run(folder, words).succeeded().strip().split(" ", 2);
        assertThat(out[1]).contains(message);
        assertThat(Long.parseLong(out[0])).as("ms of CPU for: %s", out[1]).isLessThan(LONGEST);
    }

    private static byte[] manifest(String text) throws Exception {
        return Archive.write(SmallBundle.utf8(text), new TreeMap<>());
    }

    private static String texts(String text, int times) {
        return "{\"a\":[\"" + String.join("\",\"", Collections.nCopies(times, text)) + "\"]}\n";
    }

    @Test
    void largeContent() throws Exception {
        BundleWriter writer = SmallBundle.writer("web");
        writer.add("big", Map.of("big.wall", new byte[39 << 20]), List.of(), List.of(), List.of(), List.of());
        isRefused(writer.write(), "policy `big` has no object");
        isRefused(BundleWriter.compressed(writer.write()), "policy `big` has no object");
    }

    @Test
    void manifestsThatExpand() throws Exception {
        isRefused(manifest("{\"a\":" + "[".repeat(2_000_000)), "values nested deeper than 16 levels");
        isRefused(manifest("{\"a\":[" + "[],".repeat(600_000) + "[]]}\n"), "more than 100000 values");
        isRefused(manifest("{\"a\":" + "!".repeat(2_000_000)), "not JSON");
        isRefused(
                manifest("{\"a\":\"" + "x".repeat(2_000_000) + "\"}\n"),
                "a string or number of more than 65536 characters");
        isRefused(
                manifest("{\"a\":" + "1".repeat(2_000_000) + "}\n"),
                "a string or number of more than 65536 characters");
        isRefused(manifest(texts("\\u0000".repeat(10_000), 33)), "its manifest has no `format`");
        isRefused(manifest(texts("x".repeat(60_000), 33)), "its manifest has no `format`");
        isRefused(manifest("#".repeat(2_000_000)), "not JSON");
        isRefused(manifest("? ".repeat(1_000_000)), "");
        isRefused(manifest("{".repeat(2_000_000)), "");
        isRefused(manifest("- ".repeat(1_000_000)), "");
        isRefused(manifest("a: &a [" + String.join(",", Collections.nCopies(500_000, "*a"))), "not JSON");
        isRefused(
                manifest("{\"a\":[" + String.join(",", Collections.nCopies(90_000, "18446744073709551615")) + "]}\n"),
                "its manifest has no `format`");
    }
}
