// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.util.List;

/** A container runtime of this host. */
interface ContainerRuntime {
    /** Returns its name, such as `podman`. */
    String name();

    /** Returns the command that shows whether it works. */
    default String check() {
        return name() + " ps";
    }

    /**
     * Returns whether it chooses the ids of all containers itself. Then each has 64 hexadecimal
     * digits and is part of the name of the container's cgroup.
     */
    default boolean choosesIds() {
        return true;
    }

    /** Returns whether it is installed, or its daemon or a container of it is running. */
    boolean present();

    /**
     * Returns its containers, running or not.
     *
     * @throws IOException if it does not answer, or its answer is not a list of containers
     */
    List<Container> containers() throws IOException;
}
