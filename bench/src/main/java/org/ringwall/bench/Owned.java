package org.ringwall.bench;

import java.util.ArrayDeque;
import java.util.Deque;

/** What somebody has to close, the last that came first, also where closing some of it fails. */
public final class Owned {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /** Owns it from now on. */
    public <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    /** Closes everything; what could not be closed is an {@link IllegalStateException} that says of what something is left. */
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
