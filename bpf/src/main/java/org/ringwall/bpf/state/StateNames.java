package org.ringwall.bpf.state;

/** The names of maps and of variables that speak of state. */
public final class StateNames {
    /** Who made a socket. */
    public static final String STAMPS = "ringwall_stamps";

    /** Where a socket wanted to go before it was redirected. */
    public static final String ORIGINS = "ringwall_origins";

    /** Where the clients of connections wanted to go that are on their way. */
    public static final String HANDOVER = "ringwall_handover";

    /** Where the client of an accepted socket wanted to go. */
    public static final String ARRIVED = "ringwall_arrived";

    /** Records of `log`. */
    public static final String EVENTS = "ringwall_events";

    /** What found no room. */
    public static final String LOST = "ringwall_lost";

    /** The rates of `log at most`. */
    public static final String LOG_LIMITS = "ringwall_log_limits";

    /** The variable that names the hooks at which a policy writes what programs that run later see. */
    public static final String WRITES = "bpf_metadata_writes";

    private static final String METADATA = "bpf_metadata_";

    private StateNames() {}

    /** The map of a live set. */
    public static String live(String name) {
        return "live_" + name;
    }

    /** The map of a table. */
    public static String table(String name) {
        return "table_" + name;
    }

    /** The map of a counter, the struct of its values, and its number among the losses. */
    public static String counter(String name) {
        return "counter_" + name;
    }

    /** The map in which a counter with addresses in its key counts at hooks of IPv4. */
    public static String counter4(String name) {
        return "counter4_" + name;
    }

    /** The map of a rate. */
    public static String rate(String name) {
        return "rate_" + name;
    }

    /** The struct of a map's keys. */
    public static String key(String map) {
        return "key_" + map;
    }

    /** The variable that describes what a map is for. */
    public static String metadata(String map) {
        return METADATA + map;
    }

    /** The variable that says where the rule of an event is, and why. */
    public static String logged(int rule) {
        return "ringwall_log_" + rule;
    }
}
