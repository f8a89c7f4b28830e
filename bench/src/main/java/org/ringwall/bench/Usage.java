// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a process used.
 *
 * @param cpuMs its CPU time, user and system, in milliseconds, with that of the processes that it
 *     waited for
 * @param mib its largest resident set in MiB
 */
public record Usage(double cpuMs, double mib) {
    private static final double KIB_IN_MIB = 1024;
    private static final double NS_IN_MS = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * The resident set of a process counts from its creation, when it is a copy of the process that
     * created it. So a small process starts the command, with its output on standard error, and
     * prints what wait4(2) reports.
     */
    private static final String WAIT = """
            import os, sys
            pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
            _, status, used = os.wait4(pid, 0)
            print((used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024)
            sys.exit(os.waitstatus_to_exitcode(status) & 255)
            """;

    /** Runs a command, which must succeed. Needs python3. */
    public static Usage of(List<String> command) {
        return of(command, Path.of("/dev/null"));
    }

    /** Runs a command as {@link #of(List)}, with a file as its standard input. */
    public static Usage of(List<String> command, Path input) {
        List<String> words = new ArrayList<>(List.of("python3", "-c", WAIT));
        words.addAll(command);
        try {
            Path said = Files.createTempFile("ringwall-bench", ".out");
            try {
                Process process = new ProcessBuilder(words)
                        .redirectInput(input.toFile())
                        .redirectError(said.toFile())
                        .start();
                String used = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                int code = process.waitFor();
                if (code != 0) {
                    throw new IllegalStateException(
                            TimedCommand.beginning(command) + " ended with " + code + ":\n" + Files.readString(said));
                }
                String[] both = used.strip().split(" ", -1);
                return new Usage(Double.parseDouble(both[0]), Double.parseDouble(both[1]));
            } finally {
                Files.delete(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns what a process that runs has used so far, without its children. */
    public static Usage soFar(Process process) throws IOException {
        double cpu = process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IllegalStateException("the process has ended"))
                .toNanos();
        double peak = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / KIB_IN_MIB)
                .findFirst()
                .orElseThrow();
        return new Usage(cpu / NS_IN_MS, peak);
    }
}
