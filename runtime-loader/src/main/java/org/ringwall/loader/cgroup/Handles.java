// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;

/** A function that opens the directories of cgroups. The caller closes them. */
interface Handles {
    /** Opens the cgroup with this id, wherever it is. */
    Lookup<Fd> open(long id);

    /** Opens the cgroup with this path; empty if there is none, or it has another id. */
    Optional<Fd> open(Path path, long id);

    /** Takes the exclusive lock of a directory; false if another process holds it. */
    boolean tryLock(Fd directory);
}
