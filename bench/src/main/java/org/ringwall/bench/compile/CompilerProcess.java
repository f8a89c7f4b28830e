// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ringwall.conformance.kernel.WorkerProcess;

/**
 * A {@link CompilerServer}, started at its first use, and killed when it exceeds the time limit.
 */
public final class CompilerProcess implements AutoCloseable {
    private final Patience patience;
    private @Nullable WorkerProcess server;

    public CompilerProcess(Duration patience) {
        this.patience = new Patience(patience);
    }

    /** The result of a compilation: its time in milliseconds, or the reason for its failure. */
    public record Answer(double ms, Optional<String> failure) {}

    /** Compiles a policy to an object. */
    public Answer compile(Path policy, Path object) {
        try {
            return parsed(patience.ask(running(), policy + "\t" + object));
        } catch (Patience.GaveUpException e) {
            close();
            return failed(String.valueOf(e.getMessage()));
        }
    }

    private static Answer parsed(String line) {
        String rest = line.substring(line.indexOf(' ') + 1);
        return line.startsWith("ok ") ? new Answer(Double.parseDouble(rest), Optional.empty()) : failed(rest);
    }

    private static Answer failed(String why) {
        return new Answer(0, Optional.of(why));
    }

    private WorkerProcess running() {
        WorkerProcess running = server;
        if (running == null) {
            running = WorkerProcess.start(CompilerServer.class);
            running.answer();
            server = running;
        }
        return running;
    }

    @Override
    public void close() {
        WorkerProcess running = server;
        if (running != null) {
            running.close();
            server = null;
        }
    }
}
