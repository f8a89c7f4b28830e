// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.List;
import java.util.Optional;

/** The names of maps, and of variables that describe state. */
public final class StateNames {
    /** The map of stamps: who created a socket. */
    public static final String STAMPS = "ringwall_stamps";

    /** The map of original destinations of redirected sockets. */
    public static final String ORIGINS = "ringwall_origins";

    /** The map of original destinations of connections in transit. */
    public static final String HANDOVER = "ringwall_handover";

    /** The map of original destinations of accepted sockets. */
    public static final String ARRIVED = "ringwall_arrived";

    /** The map of the sockets whose connections were seen established. */
    public static final String OPENED = "ringwall_opened";

    /** The ring of `log` records. */
    public static final String EVENTS = "ringwall_events";

    /** The map of losses. */
    public static final String LOST = "ringwall_lost";

    /** The map of the rates of `log at most`. */
    public static final String LOG_LIMITS = "ringwall_log_limits";

    /** The variable with the hooks at which a policy writes what later programs see. */
    public static final String WRITES = "bpf_metadata_writes";

    private static final String METADATA = "bpf_metadata_";

    private static final String INDEX = "ringwall_index_";
    private static final String MEMBERS = "ringwall_members_";

    private StateNames() {}

    /** Returns the name of a live set's map. */
    public static String live(String name) {
        return "live_" + name;
    }

    /** Returns the name of a table's map. */
    public static String table(String name) {
        return "table_" + name;
    }

    /**
     * Returns the name of a counter's map, of the struct of its values, and of its member in the
     * losses.
     */
    public static String counter(String name) {
        return "counter_" + name;
    }

    /**
     * Returns the name of the map in which a counter with addresses in its key counts at hooks of
     * IPv4.
     */
    public static String counter4(String name) {
        return "counter4_" + name;
    }

    /** Returns the name of a rate's map. */
    public static String rate(String name) {
        return "rate_" + name;
    }

    /** Returns the policy's name for the map. */
    public static String shortName(String map) {
        for (String prefix : List.of(live(""), table(""), counter(""), counter4(""), rate(""))) {
            if (map.startsWith(prefix)) {
                return map.substring(prefix.length());
            }
        }
        return map;
    }

    /** Returns whether the map is a counter of a policy. */
    public static boolean isCounter(String map) {
        String name = shortName(map);
        return map.equals(counter(name)) || map.equals(counter4(name));
    }

    /** Returns the name of the other map of a counter. */
    public static String besideOf(String map) {
        String name = shortName(map);
        return map.equals(counter(name)) ? counter4(name) : counter(name);
    }

    /** Returns the name of the struct of a map's keys. */
    public static String key(String map) {
        return "key_" + map;
    }

    /** Returns the name of an index of maps. */
    public static String index(int number) {
        return INDEX + number;
    }

    /** Returns whether the map is an index of maps. */
    public static boolean isIndex(String map) {
        return map.startsWith(INDEX);
    }

    /**
     * Returns the name of the variable with the names of an index's maps, in the order of its
     * elements, separated by spaces.
     */
    public static String membersOf(String index) {
        return MEMBERS + index.substring(INDEX.length());
    }

    /** Returns the name of the index whose maps this variable names; empty for other variables. */
    public static Optional<String> indexOf(String variable) {
        return variable.startsWith(MEMBERS)
                ? Optional.of(INDEX + variable.substring(MEMBERS.length()))
                : Optional.empty();
    }

    /** Returns the name of the variable that describes a map. */
    public static String metadata(String map) {
        return METADATA + map;
    }

    /**
     * Returns the name of the variable with the position, text and reason of the rule of an event.
     */
    public static String logged(int rule) {
        return "ringwall_log_" + rule;
    }
}
