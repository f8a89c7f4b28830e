// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.nri;

import java.util.List;
import java.util.Optional;

/**
 * What a plugin does when containers start and end. The methods are called by several threads;
 * calls for one container follow each other, but {@link #synchronize} runs beside them.
 */
public interface Handler {
    /** The runtime has accepted the plugin. */
    void connected(String runtime);

    /**
     * The connection has ended, or there was none. Called again only if the reason is another one.
     */
    void disconnected(String reason);

    /**
     * Returns whether the other methods want to see a container. The runtime waits for the answer,
     * so it must not block.
     */
    boolean concerns(PodContainer container);

    /** Returns why a container must not be created; empty if it may. It has no process yet. */
    Optional<String> creating(PodContainer container);

    /**
     * Returns why a container must not start; empty if it may. Its first process exists, and has
     * not executed an instruction of the container.
     */
    Optional<String> starting(PodContainer container);

    /** A container has ended, or was not started although {@link #starting} allowed it. */
    void ended(PodContainer container);

    /**
     * Compares with the containers that exist. It is called after each connect, also with those
     * that do not concern the handler.
     */
    void synchronize(List<PodContainer> containers);
}
