// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.io.IOException;
import java.util.List;

/** A container runtime of this host. */
interface ContainerRuntime {
    /** Returns its name, such as `podman`. */
    String name();

    /** Returns whether it is installed, or its daemon is running. */
    boolean present();

    /**
     * Returns its containers, running or not.
     *
     * @throws IOException if it does not answer, or its answer is not a list of containers
     */
    List<Container> containers() throws IOException;
}
