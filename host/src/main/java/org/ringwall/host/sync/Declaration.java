// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.host.place.Selector;
import org.ringwall.loader.model.Failure;

/**
 * The content of one file: a policy and where it is to be in force.
 *
 * @param file the file that declares it
 * @param object the compiled object, or the bundle
 * @param instance the name of the instance within the policy
 * @param places where it is to be in force
 * @param refusedPlaces why other places of the file are not among them
 * @param params values of parameters by name; the others have their defaults
 * @param monitor the monitor mode that is wanted; empty if verdicts are to be enforced
 * @param confirm after which time the kernel rolls back a new version unless a user confirms it;
 *     empty for versions that need no confirmation
 * @param acceptForeign whether programs of other owners may turn denials into success
 * @param required whether it is an error if the policy cannot be in force
 */
record Declaration(
        Path file,
        Path object,
        String instance,
        List<Selector> places,
        List<Failure> refusedPlaces,
        Map<String, String> params,
        Optional<Monitor> monitor,
        Optional<Duration> confirm,
        boolean acceptForeign,
        boolean required) {
    Declaration {
        places = List.copyOf(places);
        refusedPlaces = List.copyOf(refusedPlaces);
        params = Map.copyOf(params);
    }

    /** Returns this declaration with the values of these params alone. */
    Declaration forParams(Set<String> names) {
        Map<String, String> own = new HashMap<>(params);
        own.keySet().retainAll(names);
        return new Declaration(
                file, object, instance, places, refusedPlaces, own, monitor, confirm, acceptForeign, required);
    }

    /**
     * Monitor mode.
     *
     * @param until when it ends, by the wall clock
     * @param reason may be empty
     */
    record Monitor(Instant until, String reason) {}
}
