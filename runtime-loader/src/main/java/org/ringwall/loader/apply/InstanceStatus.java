package org.ringwall.loader.apply;

import java.util.List;
import java.util.Optional;

/**
 * One instance as it is found, without changing it.
 *
 * @param generation the newest generation that decides; 0 where nothing is in force
 * @param places by cgroup
 * @param monitored where it is in monitor mode: nothing comes of what it denies
 */
public record InstanceStatus(
        InstanceName name, int generation, State state, List<At> places, Optional<Monitored> monitored) {
    public InstanceStatus {
        places = List.copyOf(places);
    }

    /**
     * Monitor mode.
     *
     * @param seconds after which it ends by itself
     * @param reason empty where nobody said
     */
    public record Monitored(long seconds, String reason) {}

    /** How far the instance is from rest. */
    public enum State {
        /** One generation decides. */
        IN_FORCE,
        /** Two generations decide: a replacement is under way or was interrupted. */
        BETWEEN,
        /** Nothing decides: an apply is under way or was interrupted, or its cgroups are gone. */
        NOWHERE
    }

    /**
     * One cgroup.
     *
     * @param cgroup its path, or its id where the path cannot be seen
     * @param lost the cgroup was removed: the policy is not in force there
     * @param hooks at which a program of the generation is attached
     * @param missing at which none is, although it has one: somebody detached it
     */
    public record At(String cgroup, boolean lost, List<String> hooks, List<String> missing) {
        public At {
            hooks = List.copyOf(hooks);
            missing = List.copyOf(missing);
        }
    }
}
