// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.util.ArrayDeque;
import java.util.Deque;

/** A stack of resources. They are closed in reverse order, even if closing some of them fails. */
public final class Owned {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /** Adds a resource. */
    public <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    /**
     * Closes all resources.
     *
     * @throws IllegalStateException if a resource could not be closed; its message names `what`
     */
    public void close(String what) {
        IllegalStateException failed = new IllegalStateException("something is left of " + what);
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                failed.addSuppressed(e);
            }
        }
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }
}
