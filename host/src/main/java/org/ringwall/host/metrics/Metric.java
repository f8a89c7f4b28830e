// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import java.util.Locale;

/** A metric family: its name, without {@code ringwall_} and {@code _total}, and its help. */
enum Metric {
    INSTANCE_ENFORCED(false, "Whether every verdict of the instance holds wherever it was applied."),
    INSTANCE_MONITORED(false, "Whether the instance is in monitor mode, in which nothing is denied."),
    INSTANCE_UNREADABLE(false, "Whether the state of the instance could not be read."),
    INSTANCE_GENERATION(false, "The newest generation of the instance; it increases with each apply."),
    PLACES(false, "Cgroups of the instance, by what is known of them."),
    EVENTS_LOST(true, "Records that found no room in the ring."),
    EVENTS_BYTES(true, "Bytes of the records that were put into the ring, with their headers."),
    EVENTS_UNREAD_BYTES(false, "Bytes of records that no reader has read yet."),
    EVENTS_RING_BYTES(false, "The size of the ring."),
    COUNTER(true, "The columns of the counters that the policy declares, by key."),
    COUNTER_LAST_SECONDS(false, "The columns with a time, in seconds since the host was started."),
    COUNTER_LOST(true, "Requests that were not counted, because there was no room for another key."),
    COUNTER_ROWS_LEFT_OUT(false, "Keys of the counter beyond those that one answer can have."),
    RATE_TOKENS(false, "The tokens that the buckets of a rate have."),
    RATE_SHARED(true, "Requests that the shared bucket judged, because there was no room for another key."),
    PROGRAM_RUNS(true, "Runs of the program while the kernel's statistics were on."),
    PROGRAM_RUN_TIME_SECONDS(true, "The time of these runs.");

    private final boolean counts;
    private final String help;

    Metric(boolean counts, String help) {
        this.counts = counts;
        this.help = help;
    }

    /** Returns whether it only increases. */
    boolean counts() {
        return counts;
    }

    /** Returns the name without the suffix of counters. */
    String text() {
        return "ringwall_" + name().toLowerCase(Locale.ROOT);
    }

    String help() {
        return help;
    }
}
