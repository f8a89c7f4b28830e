// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The programs that run for processes or sockets of a cgroup, ours and those of other owners.
 *
 * @param hooks the programs of each hook that has any, by its name such as {@code connect4}, in the
 *     order in which they run; hooks in their order
 */
public record RunOrder(Cgroup cgroup, Map<String, List<Step>> hooks) {
    /** Creates an order. */
    public RunOrder {
        hooks = Collections.unmodifiableMap(new LinkedHashMap<>(hooks));
    }

    /** Returns the programs that run at a hook, in this order. */
    public List<Step> at(String hook) {
        return hooks.getOrDefault(hook, List.of());
    }

    /**
     * One program.
     *
     * @param id the kernel's id, unsigned
     * @param name its name in the kernel, at most 15 bytes; `?` if it has ended meanwhile
     * @param tag the kernel's hash of its instructions, 16 hexadecimal digits; `?` as above
     * @param at the cgroup to which it is attached; empty if that is not visible from here
     */
    public record Step(int id, String name, String tag, Optional<Cgroup> at, Owner owner) {}

    /** The owner of a program. */
    public sealed interface Owner {
        /**
         * A generation of an instance.
         *
         * @param generation unsigned
         * @param rules how many rules its policy has; empty if the object does not say so
         * @param plain whether it is a plain object, which decides as long as it is attached
         */
        record Instance(InstanceName name, int generation, Mode mode, OptionalInt rules, boolean plain)
                implements Owner {}

        /**
         * Another owner, by what keeps its program loaded, as far as this process can see.
         *
         * @param processes those that have the program or its link open
         * @param pins names of the program or its link in a bpffs
         */
        record Foreign(List<Process> processes, List<Path> pins) implements Owner {
            public Foreign {
                processes = List.copyOf(processes);
                pins = List.copyOf(pins);
            }
        }
    }

    /** A process by its number and its name. */
    public record Process(long pid, String comm) {}

    /** The effect of a generation's programs. */
    public enum Mode {
        /** Its verdicts hold. */
        DECIDES,
        /** Its instance is in monitor mode. */
        MONITORED,
        /** It is not in force: it is being replaced or applied, or a command was interrupted. */
        INERT
    }
}
