// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The observed state of one instance of a policy on this host.
 *
 * @param generation the newest generation that decides, from 1 to 2^32−1; 0 if nothing is in force
 * @param places its state at each cgroup
 * @param monitored present in monitor mode, in which denials have no effect
 * @param params the values of its params by name, from 0 to 2^64−1
 * @param origin the object, the time and the user of the last apply; empty if an earlier version of
 *     the loader applied it, or nothing is in force
 * @param trouble the reason why the instance is unreadable; empty if it is readable
 * @param confirmation present while the version is not confirmed, and after it was rolled back
 * @param plain whether it is a plain object, to which generations mean nothing
 */
public record InstanceStatus(
        InstanceName name,
        long generation,
        State state,
        List<At> places,
        Optional<Monitored> monitored,
        Map<String, BigInteger> params,
        Optional<Provenance> origin,
        Optional<String> trouble,
        Optional<Confirmation> confirmation,
        boolean plain) {
    /** Creates a status. */
    public InstanceStatus {
        params = Collections.unmodifiableMap(new TreeMap<>(params));
        places = List.copyOf(places);
    }

    /** Creates the status of an instance of which nothing else is known. */
    public InstanceStatus(
            InstanceName name, long generation, State state, List<At> places, Optional<Monitored> monitored) {
        this(
                name,
                generation,
                state,
                places,
                monitored,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** Creates the status of an instance that cannot be read. */
    public static InstanceStatus unreadable(InstanceName name, String trouble) {
        return new InstanceStatus(
                name,
                0,
                State.UNREADABLE,
                List.of(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.of(trouble),
                Optional.empty(),
                false);
    }

    /** Returns this status with other places. */
    public InstanceStatus at(List<At> others) {
        return new InstanceStatus(
                name, generation, state, others, monitored, params, origin, trouble, confirmation, plain);
    }

    /** Returns what a user calls the version in force. */
    public String version() {
        return plain ? "plain object" : "generation " + generation;
    }

    /** Returns whether a version is being rolled back or was, and the user has not seen it. */
    public boolean rolledBack() {
        return confirmation
                .filter(each -> each.stage() != Confirmation.Stage.UNCONFIRMED)
                .isPresent();
    }

    /** Returns the SHA-256 in hex of the object file in force; empty if it is not known. */
    public Optional<String> digest() {
        return origin.flatMap(Provenance::object);
    }

    /** Returns the bundle that the object in force is from; empty if it is from none. */
    public Optional<BundleOrigin> bundle() {
        return origin.flatMap(Provenance::bundle);
    }

    /** Returns whether a version decides. */
    public boolean inForce() {
        return state == State.IN_FORCE || state == State.BETWEEN;
    }

    /**
     * Returns whether every verdict of the policy holds wherever it was applied: it is not
     * monitored, lost, detached or overridden.
     */
    public boolean enforced() {
        return inForce() && monitored.isEmpty() && places.stream().allMatch(At::enforced);
    }

    /**
     * Returns whether only removed cgroups are in the way of {@link #enforced}, as for some seconds
     * after the end of a container, until what has put the policy there takes note.
     */
    public boolean onlyLost() {
        return !enforced()
                && monitored.isEmpty()
                && places.stream().anyMatch(At::lost)
                && (state == State.NOWHERE
                        ? places.stream().allMatch(At::lost)
                        : state != State.UNREADABLE
                                && places.stream().allMatch(place -> place.lost() || place.enforced()));
    }

    /**
     * Monitor mode.
     *
     * @param seconds the time until it ends by itself; empty if this time namespace hides it, so
     *     that it may have ended
     * @param reason empty if none was given
     */
    public record Monitored(OptionalLong seconds, String reason) {}

    /**
     * A version that must be confirmed.
     *
     * @param from its generation
     * @param to the generation before it
     * @param seconds while it is not confirmed: the time until the kernel rolls back; empty if the
     *     time is unknown
     * @param time when it was rolled back; empty before, and if the time is unknown
     */
    public record Confirmation(Stage stage, long from, long to, OptionalLong seconds, Optional<Instant> time) {
        /** The stage of the confirmation. */
        public enum Stage {
            /** It decides alone. */
            UNCONFIRMED,
            /** Its time is over: it and the version before it both decide. */
            ROLLING_BACK,
            /** The version before it decides alone. */
            ROLLED_BACK
        }
    }

    /** The state of the transition between generations. */
    public enum State {
        /** One generation decides. */
        IN_FORCE,
        /** Two generations decide: a replacement is under way or was interrupted. */
        BETWEEN,
        /**
         * Nothing decides: an apply is under way or was interrupted, or its cgroups were removed.
         */
        NOWHERE,
        /** Its pins are not those of an instance; programs may decide nevertheless. */
        UNREADABLE
    }

    /**
     * The state at one cgroup.
     *
     * @param id the cgroup's id, which alone identifies it: a name can have bytes that no text has
     * @param cgroup its path, or `id N` if it is not visible from here
     * @param lost the cgroup was removed: the policy is not in force there, except for sockets
     *     that are left of it if there are hooks
     * @param hooks at which a program of the generation is attached
     * @param missing at which the generation has a program that is not attached: another process
     *     detached it, or the cgroup was removed if {@code unknown} is present
     * @param overriding a sentence for each program of another owner that can turn a denial into
     *     success here and was not accepted
     * @param accepted the same for those that the user has accepted
     * @param unknown the reason why it cannot be determined whether the cgroup exists; empty if it
     *     can
     * @param changing the command by which hooks are missing, `join` or `leave`, which is under way
     *     or was interrupted; empty if there is none
     */
    public record At(
            long id,
            String cgroup,
            boolean lost,
            List<String> hooks,
            List<String> missing,
            List<String> overriding,
            List<String> accepted,
            Optional<String> unknown,
            Optional<String> changing) {
        /** Creates the state at a cgroup. */
        public At {
            hooks = List.copyOf(hooks);
            missing = List.copyOf(missing);
            overriding = List.copyOf(overriding);
            accepted = List.copyOf(accepted);
        }

        /** Creates the state of a cgroup that nothing overrides and whose existence is known. */
        public At(long id, String cgroup, boolean lost, List<String> hooks, List<String> missing) {
            this(id, cgroup, lost, hooks, missing, List.of(), List.of(), Optional.empty(), Optional.empty());
        }

        /** Returns this state with the programs of other owners that override it. */
        public At overridden(List<String> foreign, List<String> known) {
            return new At(id, cgroup, lost, hooks, missing, foreign, known, unknown, changing);
        }

        /**
         * Returns whether the cgroup was removed, and the version in force, which was applied after
         * that, judges the sockets that are left of it.
         */
        public boolean judged() {
            return lost && !hooks.isEmpty();
        }

        private boolean enforced() {
            return (!lost || judged()) && missing.isEmpty() && overriding.isEmpty() && unknown.isEmpty();
        }
    }
}
