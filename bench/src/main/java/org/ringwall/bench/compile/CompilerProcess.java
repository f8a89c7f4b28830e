// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.ringwall.conformance.kernel.WorkerProcess;

/**
 * A {@link CompilerServer}, started at its first use, and killed when it exceeds the time limit.
 */
public final class CompilerProcess implements AutoCloseable {
    private final Duration patience;
    private @Nullable WorkerProcess server;

    public CompilerProcess(Duration patience) {
        this.patience = patience;
    }

    /** The result of a compilation: its time in milliseconds, or the reason for its failure. */
    public record Answer(double ms, Optional<String> failure) {}

    /** Compiles a policy to an object. */
    public Answer compile(Path policy, Path object) {
        WorkerProcess asked = running();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> asked.ask(policy + "\t" + object));
        try {
            return parsed(answer.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            giveUp(asked);
            answer.exceptionally(ended -> "").join();
            return failed("not done after " + patience.toSeconds() + " s");
        } catch (java.util.concurrent.ExecutionException | CompletionException e) {
            giveUp(asked);
            return failed("the compiler's process ended");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
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

    private void giveUp(WorkerProcess asked) {
        ProcessHandle.of(asked.pid()).ifPresent(ProcessHandle::destroyForcibly);
        asked.close();
        server = null;
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
