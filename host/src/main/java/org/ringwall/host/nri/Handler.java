// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import java.util.List;
import java.util.Optional;

/**
 * The callbacks of a plugin. They are called by several threads. Calls for one container do not
 * overlap, but {@link #synchronize} can run concurrently with them.
 */
public interface Handler {
    /** Called when the runtime has accepted the plugin, with its name and version. */
    void connected(String runtime);

    /**
     * Called when the connection has ended or cannot be made. Repeated calls have different
     * reasons.
     */
    void disconnected(String reason);

    /**
     * Returns whether the other methods are to be called for a container. Must not block, since the
     * runtime waits.
     */
    boolean concerns(PodContainer container);

    /**
     * Returns the reason for which a container must not be created; empty if it may be. It has no
     * process yet.
     */
    Optional<String> creating(PodContainer container);

    /**
     * Returns the reason for which a container must not start; empty if it may. Its first process
     * exists, but has not executed an instruction of the container.
     */
    Optional<String> starting(PodContainer container);

    /** Called when a container has ended, or was not started after {@link #starting} allowed it. */
    void ended(PodContainer container);

    /**
     * Called after each connect with all containers that exist, also those for which {@link
     * #concerns} is false.
     */
    void synchronize(List<PodContainer> containers);
}
