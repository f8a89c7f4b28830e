package org.ringwall.loader.apply;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One instance as it is found, without changing it.
 *
 * @param generation the newest generation that decides; 0 where nothing is in force
 * @param places by cgroup
 * @param monitored where it is in monitor mode: nothing comes of what it denies
 * @param params the values that its parameters have, in the order of their names
 * @param trouble why it cannot be read, where it cannot
 */
public record InstanceStatus(
        InstanceName name,
        int generation,
        State state,
        List<At> places,
        Optional<Monitored> monitored,
        List<ParamValue> params,
        Optional<String> trouble) {
    public InstanceStatus {
        params = List.copyOf(params);
        places = List.copyOf(places);
    }

    /** An instance without parameters. */
    public InstanceStatus(
            InstanceName name, int generation, State state, List<At> places, Optional<Monitored> monitored) {
        this(name, generation, state, places, monitored, List.of(), Optional.empty());
    }

    /** An instance of which nobody can say more. */
    public static InstanceStatus unreadable(InstanceName name, String trouble) {
        return new InstanceStatus(
                name, 0, State.UNREADABLE, List.of(), Optional.empty(), List.of(), Optional.of(trouble));
    }

    /** Whether every verdict of the policy holds wherever it was applied: it is not monitored, lost, detached or overridden. */
    public boolean enforced() {
        return (state == State.IN_FORCE || state == State.BETWEEN)
                && monitored.isEmpty()
                && places.stream().allMatch(At::enforced);
    }

    /**
     * Monitor mode.
     *
     * @param seconds after which it ends by itself; empty where the time cannot be determined, so that it may have ended
     * @param reason empty where nobody said
     */
    public record Monitored(OptionalLong seconds, String reason) {
        public Monitored(long seconds, String reason) {
            this(OptionalLong.of(seconds), reason);
        }
    }

    /** How far the instance is from rest. */
    public enum State {
        /** One generation decides. */
        IN_FORCE,
        /** Two generations decide: a replacement is under way or was interrupted. */
        BETWEEN,
        /** Nothing decides: an apply is under way or was interrupted, or its cgroups are gone. */
        NOWHERE,
        /** Its pins are not those of an instance; programs may decide all the same. */
        UNREADABLE
    }

    /**
     * One cgroup.
     *
     * @param cgroup its path, or `id N` if it cannot be seen from here
     * @param lost the cgroup was removed: the policy is not in force there
     * @param hooks at which a program of the generation is attached
     * @param missing at which none is, although it has one: another process detached it, or the cgroup was removed if that is unknown
     * @param overriding a sentence for each program of another owner that can turn a denial into success here and was not accepted
     * @param accepted the same for those that the user has accepted
     * @param unknown why it cannot be determined whether the cgroup exists; empty if it can
     */
    public record At(
            String cgroup,
            boolean lost,
            List<String> hooks,
            List<String> missing,
            List<String> overriding,
            List<String> accepted,
            Optional<String> unknown) {
        public At {
            hooks = List.copyOf(hooks);
            missing = List.copyOf(missing);
            overriding = List.copyOf(overriding);
            accepted = List.copyOf(accepted);
        }

        /** A cgroup that exists, or was removed, and at which no other program is in the way. */
        public At(String cgroup, boolean lost, List<String> hooks, List<String> missing) {
            this(cgroup, lost, hooks, missing, List.of(), List.of(), Optional.empty());
        }

        /** Whether the verdicts of the policy hold here, as far as is known and but for what the user has accepted. */
        boolean enforced() {
            return !lost && missing.isEmpty() && overriding.isEmpty() && unknown.isEmpty();
        }
    }
}
