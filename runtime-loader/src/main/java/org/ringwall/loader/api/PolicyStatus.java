// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.math.BigInteger;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The state of one instance of a policy on this host.
 *
 * @param policy the name of the policy
 * @param instance the name of the instance
 * @param generation the newest generation that decides; 0 if nothing is in force
 * @param state the state of its versions
 * @param enforced whether every verdict holds wherever the policy was applied: it is not monitored,
 *     lost, detached or overridden
 * @param places its state at each cgroup
 * @param monitored monitor mode, in which denials have no effect; empty if verdicts are enforced
 * @param params the values of its params by name
 * @param digest the SHA-256 in hex of the object file in force; empty if the object was not read
 *     from a file, or an earlier version applied it
 * @param bundle the bundle that the object is from; empty if it is from none
 * @param trouble why it cannot be read; empty if it can
 */
public record PolicyStatus(
        String policy,
        String instance,
        long generation,
        State state,
        boolean enforced,
        List<Place> places,
        Optional<Monitored> monitored,
        Map<String, BigInteger> params,
        Optional<String> digest,
        Optional<Bundle> bundle,
        Optional<String> trouble) {
    /** Creates a status. */
    public PolicyStatus {
        places = List.copyOf(places);
        params = Collections.unmodifiableMap(new TreeMap<>(params));
    }

    /** The state of the versions of an instance. */
    public enum State {
        /** One generation decides. */
        IN_FORCE,
        /** Two generations decide: a replacement is under way or was interrupted. */
        BETWEEN,
        /** Nothing decides: an apply is under way or was interrupted, or its cgroups are gone. */
        NOWHERE,
        /** It cannot be read, and may be in force. */
        UNREADABLE
    }

    /**
     * A bundle.
     *
     * @param name its name
     * @param version its version
     * @param digest the SHA-256 of its manifest in hex
     * @param key the id of the key by whose signature it was admitted; empty if the host trusted no
     *     key then
     */
    public record Bundle(String name, String version, String digest, Optional<String> key) {}

    /**
     * Monitor mode.
     *
     * @param seconds the time until it ends; empty if this time namespace hides it
     * @param reason the reason that was given; may be empty
     */
    public record Monitored(OptionalLong seconds, String reason) {}

    /**
     * The state at one cgroup.
     *
     * @param cgroup its directory, or {@code id N} if it is not visible from here
     * @param lost whether the cgroup was removed, so that the policy is not in force there
     * @param hooks the hooks at which a program is attached
     * @param missing the hooks at which a program should be attached, but is not
     * @param overriding a sentence for each program of another owner that can turn a denial into
     *     success and was not accepted
     * @param accepted the same for those that were accepted
     * @param unknown why it cannot be determined whether the cgroup exists; empty if it can
     */
    public record Place(
            String cgroup,
            boolean lost,
            List<String> hooks,
            List<String> missing,
            List<String> overriding,
            List<String> accepted,
            Optional<String> unknown) {
        /** Creates the state at a cgroup. */
        public Place {
            hooks = List.copyOf(hooks);
            missing = List.copyOf(missing);
            overriding = List.copyOf(overriding);
            accepted = List.copyOf(accepted);
        }
    }
}
