package org.ringwall.conformance.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A process that answers each line with a line, most often a JVM with this one's class path; ends with {@link #close}. */
public final class Servant implements AutoCloseable {
    private final String name;
    private final Process process;
    private final BufferedReader in;
    private final PrintStream out;

    private Servant(String name, Process process) {
        this.name = name;
        this.process = process;
        this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** Starts the main class with these paths as its arguments. */
    public static Servant start(Class<?> main, Path... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        Arrays.stream(arguments).map(Path::toString).forEach(command::add);
        return start(main.getSimpleName(), new ProcessBuilder(command));
    }

    /** Starts what the builder says, under a name for messages; what it says of errors is seen where ours are. */
    public static Servant start(String name, ProcessBuilder builder) {
        try {
            return new Servant(
                    name, builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** What it says to this. */
    public String ask(String line) {
        out.println(line);
        return answer();
    }

    /** Its next line, as the one with which it says that it is ready. */
    public String answer() {
        try {
            return Optional.ofNullable(in.readLine()).orElseThrow(() -> new IllegalStateException(name + " has ended"));
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
