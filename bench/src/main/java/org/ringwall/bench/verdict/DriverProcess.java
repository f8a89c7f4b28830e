package org.ringwall.bench.verdict;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A {@link Driver} in a cgroup; ends with {@link #close}. */
final class DriverProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader in;
    private final PrintStream out;

    private DriverProcess(Process process) {
        this.process = process;
        this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** Starts one that has entered the cgroup when this returns. */
    static DriverProcess in(Path cgroup, List<Path> keySets) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Driver.class.getName(),
                cgroup.toString()));
        keySets.forEach(file -> command.add(file.toString()));
        try {
            DriverProcess driver = new DriverProcess(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            if (!driver.readLine().equals("ready")) {
                throw new IllegalStateException("the driver did not start");
            }
            return driver;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the call of each key once: whether the hook let it through. */
    List<Boolean> check(int set) {
        out.println("check " + set);
        return readLine().chars().mapToObj(digit -> digit == '0').toList();
    }

    /** Makes this many calls with random keys, and says how many fared otherwise than at the check. */
    int run(int set, int count, long seed) {
        out.println("run " + set + " " + count + " " + seed);
        return Integer.parseInt(readLine());
    }

    private String readLine() {
        try {
            return Optional.ofNullable(in.readLine()).orElseThrow(() -> new IllegalStateException("the driver ended"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        out.close();
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
