package org.ringwall.conformance.coverage;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A {@link WayServer} in a cgroup; ends with {@link #close}. */
public final class WayProcess implements AutoCloseable {
    /** What the policies of the tests deny, done without any way around. */
    public static final String STRAIGHT = HostDeeds.STRAIGHT;

    private final Process process;
    private final BufferedReader in;
    private final PrintStream out;

    private WayProcess(Process process) {
        this.process = process;
        this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** How far the way led: `errno` 0 if all the way, else that of the call `step`; -1 if the process failed. */
    public record End(int errno, String step) {
        static End parse(String line) {
            int space = line.indexOf(' ');
            return new End(Integer.parseInt(line.substring(0, space)), line.substring(space + 1));
        }
    }

    /** The ids of the ways that it can take. */
    public static Set<String> ways() {
        Set<String> ids = new TreeSet<>(WayServer.deeds().keySet());
        ids.remove(STRAIGHT);
        return ids;
    }

    /** Starts one that has entered the cgroup `inside` when this returns. */
    public static WayProcess in(Path inside, Path outside) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                WayServer.class.getName(),
                inside.toString(),
                outside.toString());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            WayProcess ways = new WayProcess(process);
            ways.answer();
            return ways;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gets ready for a way, to be done while no policy is there; may be refused where the kernel has not what it needs. */
    public End prepare(String way) {
        out.println("prepare " + way);
        return answer();
    }

    /** Takes the way that was prepared last. */
    public End take() {
        out.println("take");
        return answer();
    }

    private End answer() {
        try {
            return End.parse(Optional.ofNullable(in.readLine())
                    .orElseThrow(() -> new IllegalStateException("the process that takes the ways ended")));
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
