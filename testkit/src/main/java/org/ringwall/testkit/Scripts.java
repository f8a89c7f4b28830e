// SPDX-License-Identifier: Apache-2.0
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
 * Python scripts, each run in its own process inside a cgroup. One interpreter, started with the
 * first script, forks for each script, because starting Python is slow on an emulated processor. It
 * exits when its standard input is closed, which happens when this JVM exits.
 */
public final class Scripts {
    /** A namespace that a script's process does not share with the test. */
    public enum Namespace {
        /** A network namespace, whose only interface is a loopback that is down. */
        NETWORK(0x40000000),
        /** A UTS namespace: host name and domain name. */
        UTS(0x04000000);

        /** The CLONE_NEW* flag of include/uapi/linux/sched.h. */
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

    /** The holder of the only instance in this JVM. */
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

    /**
     * Runs a script until it exits, in a working directory and in the cgroup of a directory. The
     * words are its `sys.argv[1:]`.
     */
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
