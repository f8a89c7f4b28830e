// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Guard;

/**
 * A host inside of this machine, with this checkout's command. A script makes it in namespaces and
 * a cgroup of its own; its processes end with it.
 */
public abstract class InnerHost implements AutoCloseable {
    /** What a denied connection reports. */
    public static final String DENIED = "Operation not permitted";

    /** What a connection reports to a port where no process listens. */
    public static final String REFUSED = "Connection refused";

    private static final int PAUSE_MS = 50;

    private final Path dir;
    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Process process;

    /**
     * Starts the script of a host, with the paths of the cgroup, of the directory and of the
     * project.
     *
     * @param script its path in the project
     * @param dir the directory of the host, which has the same path there
     * @param files the contents of files in addition to those of this machine, by path from the
     *     root directory
     * @param log the name of the file in the directory for what the script prints
     */
    protected InnerHost(String script, Path dir, Map<String, byte[]> files, String log) throws IOException {
        this.dir = dir;
        Path root = Files.createDirectories(dir.resolve("files"));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = root.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
        Path project = GoldenCase.projectRoot();
        this.process = new ProcessBuilder(
                        project.resolve(script).toString(),
                        cgroup.path().toString(),
                        dir.toString(),
                        project.toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve(log).toFile())
                .start();
    }

    /** Returns the directory of the host. */
    protected final Path dir() {
        return dir;
    }

    protected final Path cgroup() {
        return cgroup.path();
    }

    /** Returns whether the script and what it became still run. */
    protected final boolean isAlive() {
        return process.isAlive();
    }

    /** Waits a moment before something is tried again. */
    protected static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns the words that start a shell on the host with this text, as root. Further words are
     * the parameters of the text, from {@code $0}.
     */
    public abstract List<String> words(String script);

    /** Runs a text of a shell on the host as root. */
    public final Command run(String script) {
        return Command.run(dir, words(script));
    }

    /** Runs a text of a shell that must succeed, and returns its output. */
    public final String succeeds(String script) {
        return run(script).succeeded();
    }

    /**
     * Waits until a text of a shell succeeds, because a daemon needs a moment or has the lock of an
     * instance.
     */
    public final void await(String script) {
        Guard.Moment end = Guard.fromNow();
        Command command = run(script);
        while (command.status() != 0 && !end.reached()) {
            pause();
            command = run(script);
        }
        command.succeeded();
    }

    @Override
    public final void close() {
        // --kill-child of unshare(1) ends every process of the host with it.
        process.destroyForcibly();
        try {
            process.waitFor();
            cgroup.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
