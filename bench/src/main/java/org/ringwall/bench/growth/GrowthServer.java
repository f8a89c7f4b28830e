// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.growth;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process that compiles one policy, so that its CPU time and its peak of memory are those of this
 * compilation and the start of Java. It prints `ready`, reads the name of a family and a size, and
 * answers `ok LARGEST ALL CPU_MS PEAK_KIB` or `failed MESSAGE`.
 */
final class GrowthServer {
    private static final double MILLI = 1e6;

    private GrowthServer() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println("ready");
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            return;
        }
        String[] words = line.split(" ", -1);
        String policy = Family.valueOf(words[0]).policy(Integer.parseInt(words[1]));
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = system.getProcessCpuTime();
        try {
            Cost cost = Cost.of(policy);
            long cpu = Math.round((system.getProcessCpuTime() - before) / MILLI);
            out.println("ok " + cost.largest() + ' ' + cost.all() + ' ' + cpu + ' ' + peak());
        } catch (Cost.RefusedException e) {
            out.println("failed " + e.getMessage());
        } catch (StackOverflowError | OutOfMemoryError | RuntimeException e) {
            out.println("failed " + e.toString().lines().findFirst().orElse(""));
        }
    }

    /** Returns the largest resident memory of this process so far in KiB. */
    private static long peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> line.replaceAll("\\D", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }
}
