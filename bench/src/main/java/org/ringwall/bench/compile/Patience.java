// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ringwall.conformance.kernel.WorkerProcess;

/** The time that a process has for an answer. */
public record Patience(Duration limit) {
    /** A process that had no answer in time, or has ended. It is killed. */
    public static final class GaveUpException extends Exception {
        private static final long serialVersionUID = 1;

        private GaveUpException(String message) {
            super(message);
        }
    }

    /**
     * Sends a line and returns the answer.
     *
     * @throws GaveUpException with what went wrong; the process is killed
     */
    public String ask(WorkerProcess process, String line) throws GaveUpException {
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> process.ask(line));
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            kill(process);
            answer.exceptionally(ended -> "").join();
            throw new GaveUpException("not done after " + limit.toSeconds() + " s");
        } catch (ExecutionException | CompletionException e) {
            kill(process);
            throw new GaveUpException("the compiler's process ended");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void kill(WorkerProcess process) {
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
}
