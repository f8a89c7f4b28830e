// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Guards against tests that hang. They are the only limits of time in tests, and are so long that
 * no machine is too slow for them: a test never asserts how fast something is. A guard that is
 * reached fails the test, with a message that says so.
 */
public final class Guard {
    /** The time after which a guard ends what it waits for. */
    public static final int MINUTES = 10;

    private static final long PAUSE_NANOS = 5_000_000;

    private Guard() {}

    /** A condition that is tested again and again. */
    public interface Condition {
        /** Returns whether it holds; any exception fails the test. */
        boolean holds() throws Exception;
    }

    /** A moment after which a guard ends a loop. */
    public static final class Moment {
        private final long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);

        private Moment() {}

        /** Returns whether the guard has been reached. */
        public boolean reached() {
            return System.nanoTime() > end;
        }
    }

    /** Returns the moment {@link #MINUTES} from now. */
    public static Moment fromNow() {
        return new Moment();
    }

    /** Waits until a condition holds, and tests it every few milliseconds. */
    public static void await(String what, Condition condition) {
        Moment end = fromNow();
        while (!holds(what, condition)) {
            if (end.reached()) {
                throw hangs(what);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static boolean holds(String what, Condition condition) {
        try {
            return condition.holds();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(what, e);
        }
    }

    /** Returns the exit status of a process that ends by itself, and kills one that does not. */
    public static int exit(Process process) throws InterruptedException {
        if (process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            return process.exitValue();
        }
        process.destroyForcibly();
        throw hangs("process " + process.pid() + " has ended");
    }

    /** Waits until a thread has ended. */
    public static void ended(Thread thread) throws InterruptedException {
        thread.join(TimeUnit.MINUTES.toMillis(MINUTES));
        if (thread.isAlive()) {
            throw hangs("the thread `" + thread.getName() + "` has ended");
        }
    }

    /** Waits until a latch is open. */
    public static void open(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(MINUTES, TimeUnit.MINUTES)) {
            throw hangs("the latch is open");
        }
    }

    public static <T> T result(Future<T> task) throws Exception {
        try {
            return task.get(MINUTES, TimeUnit.MINUTES);
        } catch (TimeoutException e) {
            throw new AssertionError(hangs("the task has a result").getMessage(), e);
        }
    }

    /** Returns the next element of a queue. */
    public static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T element = queue.poll(MINUTES, TimeUnit.MINUTES);
        if (element == null) {
            throw hangs("the queue has an element");
        }
        return element;
    }

    private static AssertionError hangs(String what) {
        return new AssertionError("a guard against hanging has ended the test: after " + MINUTES
                + " minutes it does not hold that " + what);
    }
}
