// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InstanceName;

/**
 * The result for one policy of a declaration.
 *
 * @param file the file that declares a policy
 * @param name the instance; empty if the file or its object cannot be read
 * @param required whether it is an error if the policy is not in force
 * @param differences how the host differed from the file before anything was changed
 * @param waiting places without a cgroup
 * @param cgroups where the policy is in force as declared, or would be after a change
 * @param notes facts for the user that are not errors
 * @param changed whether something was changed
 * @param failures why the policy could not be brought in force, or, unless the state is FAILED, why
 *     it is not in force at some places
 */
public record Result(
        Path file,
        Optional<InstanceName> name,
        boolean required,
        State state,
        List<String> differences,
        List<String> waiting,
        List<String> cgroups,
        List<String> notes,
        boolean changed,
        List<Failure> failures) {
    /** The state of a policy compared with its declaration. */
    public enum State {
        /** In force as declared, and nothing was changed. */
        IN_FORCE,
        /** In force as declared, after a change. */
        CHANGED,
        /**
         * Different, since changes were not wanted, cannot remove the difference, or fail at some
         * places.
         */
        DIFFERENT,
        /**
         * Different, since the policies would end at more cgroups than they may. Everything else is
         * as declared.
         */
        TOO_MANY,
        /** Not in force, since none of its places has a cgroup; no process runs there. */
        WAITING,
        /** Failed: the file, the object, the kernel or the host does not permit it. */
        FAILED
    }

    public Result {
        differences = List.copyOf(differences);
        waiting = List.copyOf(waiting);
        cgroups = List.copyOf(cgroups);
        notes = List.copyOf(notes);
        failures = List.copyOf(failures);
    }

    /** Creates the result for a declaration that cannot be put in force. */
    static Result failed(Path file, Optional<InstanceName> name, boolean required, Failure failure) {
        return new Result(
                file,
                name,
                required,
                State.FAILED,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                List.of(failure));
    }
}
