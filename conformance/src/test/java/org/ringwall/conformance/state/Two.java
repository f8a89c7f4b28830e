// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.ringwall.conformance.kernel.ChildCgroup;

/** Two processes in a cgroup, each on a CPU of its own if there are two. */
final class Two implements AutoCloseable {
    private final List<Caller> callers;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Two(ChildCgroup cgroup) {
        int second = Runtime.getRuntime().availableProcessors() > 1 ? 1 : 0;
        callers =
                List.of(Caller.in(cgroup.path()).on(0), Caller.in(cgroup.path()).on(second));
    }

    Caller first() {
        return callers.get(0);
    }

    Caller second() {
        return callers.get(1);
    }

    /** Starts the same task on both. */
    <T> List<Future<T>> begin(Function<Caller, T> operation) {
        return callers.stream()
                .map(caller -> threads.submit((Callable<T>) () -> operation.apply(caller)))
                .toList();
    }

    /** Starts a task on one of them. */
    <T> Future<T> begin(Caller caller, Function<Caller, T> operation) {
        return threads.submit((Callable<T>) () -> operation.apply(caller));
    }

    /** Runs the same task on both at once, and adds up the results. */
    Caller.Tally both(Function<Caller, Caller.Tally> operation) {
        return sum(begin(operation));
    }

    static Caller.Tally sum(List<Future<Caller.Tally>> begun) {
        Caller.Tally sum = new Caller.Tally(0, 0, 0);
        for (Future<Caller.Tally> one : begun) {
            Caller.Tally tally = get(one);
            sum = new Caller.Tally(
                    sum.made() + tally.made(), sum.succeeded() + tally.succeeded(), sum.denied() + tally.denied());
        }
        return sum;
    }

    static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        callers.forEach(Caller::close);
    }
}
