package org.ringwall.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Python scripts, each in a process of its own inside a cgroup. One interpreter, started with the first script, forks for
 * each of them: a start of Python takes most of a second where the processor is emulated. It ends with this JVM, whose end
 * closes its input.
 */
public final class Scripts {
    /** What a script's process does not share with the test. */
    public enum Namespace {
        /** With a loopback interface that is down, and nothing else. */
        NETWORK(0x40000000),
        /** Host and domain name. */
        UTS(0x04000000);

        /** CLONE_NEW… of include/uapi/linux/sched.h. */
        private final int flag;

        Namespace(int flag) {
            this.flag = flag;
        }
    }

    private static final String NAME = "scripts.py";

    private final Process process;
    private final BufferedReader in;
    private final PrintStream out;

    private Scripts() throws IOException {
        process = new ProcessBuilder("python3", "-c", source())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** The one of this JVM. */
    private static final class Holder {
        private static final Scripts INSTANCE = started();

        private static Scripts started() {
            try {
                return new Scripts();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Runs a script to its end, in that folder and that cgroup's directory; the words are its `sys.argv[1:]`. */
    public static Command run(Path folder, Path cgroup, Set<Namespace> own, String script, Object... words) {
        int flags = own.stream().mapToInt(namespace -> namespace.flag).sum();
        Stream<Object> fields =
                Stream.concat(Stream.of(folder.toAbsolutePath(), cgroup, flags, script), Arrays.stream(words));
        return Holder.INSTANCE.ask(
                fields.map(Object::toString).map(Scripts::encoded).collect(Collectors.joining(" ")));
    }

    private synchronized Command ask(String request) {
        try {
            out.println(request);
            String answer = in.readLine();
            if (answer == null) {
                throw new IllegalStateException("the interpreter has ended with status " + process.waitFor());
            }
            String[] fields = answer.split(" ", -1);
            return new Command(
                    Integer.parseInt(fields[0]),
                    new String(Base64.getDecoder().decode(fields[1]), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String field) {
        return Base64.getEncoder().encodeToString(field.getBytes(StandardCharsets.UTF_8));
    }

    private static String source() throws IOException {
        try (InputStream source = Objects.requireNonNull(Scripts.class.getResourceAsStream(NAME), NAME)) {
            return new String(source.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
