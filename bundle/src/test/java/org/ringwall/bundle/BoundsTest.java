// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Allocated;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.HangGuard;

/**
 * The worst bundles, each read by a Java whose heap has 64 MiB. Steps that grow with the square of
 * two million bytes would take hours, which the guard ends.
 */
@HangGuard
final class BoundsTest {
    /** At most this many bytes are allocated for each byte of the largest content or manifest. */
    private static final long MOST_PER_BYTE = 200;

    private static final long MANIFEST_BYTES = 2_000_000;

    @TempDir
    private Path folder = Path.of("");

    /** Reads a file, prints the bytes allocated for it and what became of it. */
    public static void main(String[] files) throws Exception {
        Allocated<String> read = Allocated.by(() -> outcome(Path.of(files[0])));
        System.out.println(read.bytes() + " " + read.result());
    }

    private static String outcome(Path file) throws IOException {
        try {
            return "bundle " + Bundle.of(Archive.of(BundleFile.read(file))).digest();
        } catch (BundleException e) {
            return String.valueOf(e.getMessage());
        }
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
        assertThat(Long.parseLong(out[0]))
                .as("bytes allocated for: %s", out[1])
                .isLessThan(MANIFEST_BYTES * MOST_PER_BYTE);
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
