// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The state of an instance in force: its live sets, tables, counters, rates and monitor mode. It is
 * used by one thread at a time.
 *
 * <p>An instance that was opened to be read can be changed by other processes meanwhile. One that
 * was opened to be changed is locked until it is closed; only then may the methods that change
 * something be called. Every method can throw a {@link LoaderException} if the instance was removed
 * or the kernel refuses. Failed changes have no effect.
 */
public interface InstanceState extends AutoCloseable {
    /** Returns the name of the instance. */
    InstanceName name();

    /** Returns the newest generation at the time this was opened. */
    long generation();

    /**
     * Refuses an instance of a plain object, which has nothing of what this interface shows.
     *
     * @param what it would show or change, in the plural
     * @throws InputException if the instance is of a plain object
     */
    InstanceState withContract(String what);

    /** Returns the programs of the newest generation, by hook such as {@code connect4}. */
    Map<String, Program> programs();

    /**
     * Opens a live set for the duration of the work.
     *
     * @throws InputException if the policy has no such live set, or no rule uses it
     */
    <R> R live(String set, Function<LiveSet, R> work);

    /**
     * Opens a table for the duration of the work.
     *
     * @throws InputException if the policy has no such table, or no rule uses it
     */
    <R> R table(String table, Function<Table, R> work);

    /** Returns the counters, in the order of their names. */
    List<Counter> counters();

    /**
     * Returns the number of keys of a counter without reading their counts; 0 if it has no key.
     *
     * @param most the number at which counting ends
     */
    int keys(String counter, int most);

    /**
     * Returns the counts of a counter, by key: sums over all CPUs, and the latest of times. Empty
     * if the policy has no such counter, or no rule counts in it.
     */
    Optional<List<Row>> counts(String counter);

    /**
     * Reads the counts of each map in which the newest generation counts. The caller closes the
     * maps. Empty while an upgrade copies counts from one map into another: then a count may be in
     * the old map and not in the copy. All counts that are returned are in every later map too.
     */
    Optional<Map<CounterMap, List<Row>>> counterMaps();

    /** Returns the rates, in the order of their names. */
    List<Rate> rates();

    /**
     * Returns the tokens of a rate. Empty if the policy has no such rate, or no rule uses it.
     *
     * @param now the time as programs read it, CLOCK_BOOTTIME in ns
     */
    Optional<Tokens> tokens(String rate, long now);

    /**
     * Returns how many records and counts were lost because there was no room, since the instance
     * was first applied: {@code events} for records, {@code counter_NAME} for a counter. Empty if
     * the policy neither logs nor counts by key.
     */
    Map<String, BigInteger> losses();

    /** Returns how full the ring of records is; empty if no rule logs. */
    Optional<Ring> ring();

    /**
     * Begins monitor mode, or changes its end and reason.
     *
     * @throws InputException if the policy is not in force on any cgroup
     */
    void monitor(Monitoring monitoring);

    /**
     * Ends monitor mode. Returns whether it was active and had not ended by itself.
     *
     * @param now the time as programs read it, CLOCK_BOOTTIME in ns; empty if it is not known
     */
    boolean enforce(OptionalLong now);

    /** Releases the lock and what is open. */
    @Override
    void close();

    /**
     * A program in the kernel.
     *
     * @param id the kernel's id, unsigned
     * @param tag the kernel's hash of its instructions, 16 hexadecimal digits
     * @param name its name in the kernel, at most 15 bytes
     * @param runs how often it ran while the kernel's statistics were on
     * @param runTime how long these runs took, in ns
     */
    record Program(int id, String tag, String name, long runs, long runTime) {}

    /**
     * The values of one key of a counter or rate.
     *
     * @param key the key's values by field, numbers as {@link BigInteger} and others as text; empty
     *     if there is one value for all requests
     * @param values by column, from 0 to 2^64−1; {@code tokens} of a rate
     */
    record Row(Map<String, Object> key, Map<String, BigInteger> values) {
        /** Creates a row. */
        public Row {
            key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    /**
     * One map of a counter. It stays readable after the policy is removed, until it is closed.
     */
    interface CounterMap extends AutoCloseable {
        /** Returns the counter as the policy declares it. */
        Counter counter();

        /** Returns the kernel's id of the map, unsigned. */
        int id();

        /**
         * Returns the id of the map in which its counts began; an upgrade may have copied them.
         */
        int first();

        /** Returns whether the kernel removes keys to make room for others. */
        boolean evicts();

        /** Reads its counts. */
        List<Row> counts();

        @Override
        void close();
    }

    /**
     * A rate of a policy.
     *
     * @param name the name in the policy
     * @param key the fields for each combination of which there is a bucket; empty for one bucket
     * @param interval ns from one token to the next
     * @param burst the tokens of a full bucket
     * @param text the key and these numbers, such as `cgroup : 10000000 burst 200`
     */
    record Rate(String name, List<String> key, long interval, long burst, String text) {
        /** Creates a rate. */
        public Rate {
            key = List.copyOf(key);
        }
    }

    /**
     * The tokens of a rate.
     *
     * @param rows the buckets that have been used; a key without one has all tokens
     * @param shared how many requests were judged by the bucket that keys share if there is no room
     *     for one of their own
     */
    record Tokens(List<Row> rows, BigInteger shared) {
        /** Creates tokens. */
        public Tokens {
            rows = List.copyOf(rows);
        }
    }

    /**
     * The ring buffer of records.
     *
     * @param written how many bytes programs have written since it was created
     * @param read how many of them were read
     * @param size its size in bytes
     */
    record Ring(long written, long read, int size) {}

    /** An open live set. */
    interface LiveSet {
        /** Returns the type of its entries in the policy, such as {@code net}. */
        String type();

        /** Returns the largest number of entries. */
        int max();

        /** Returns the entries, sorted by the addresses or numbers that they cover. */
        List<Held> list();

        /** Returns how many entries the set has; each port counts as one. */
        int size();

        /**
         * Adds entries, all of them or none. Adding a single entry takes the same time in sets of
         * all sizes.
         *
         * @param entries as policies write them; a cgroup by its id
         * @param now the time that is kept with new entries, in seconds since 1970
         * @throws EntryException if an entry is wrong, outside of the set's range, or finds no room
         */
        Change add(Collection<String> entries, long now);

        /**
         * Removes entries, all of them or none. Removing a single entry takes the same time in sets
         * of all sizes.
         *
         * @throws EntryException if an entry is wrong, or is not in the set
         */
        Change remove(Collection<String> entries);

        /**
         * Replaces all entries at one instant for every request.
         *
         * @param now the time that is kept with new entries, in seconds since 1970
         * @throws EntryException if an entry is wrong, outside of the set's range, or finds no room
         */
        Change replace(Collection<String> entries, long now);

        /**
         * An entry and the time when it was added.
         *
         * @param text as policies write it; adjacent ports are one range
         * @param since when it was added, in seconds since 1970; empty for ports
         */
        record Held(String text, OptionalLong since) {}

        /**
         * The result of a change.
         *
         * @param changed how many entries were added or removed, or are in the set after it was
         *     replaced
         * @param already entries to add that were there before
         * @param size how many entries there are now; empty if counting them would take longer than
         *     the change
         */
        record Change(int changed, List<String> already, OptionalInt size) {
            /** Creates a result. */
            public Change {
                already = List.copyOf(already);
            }
        }
    }

    /** An open table. */
    interface Table {
        /** The separator between a key and its destinations. */
        String ARROW = "=";

        /** Returns the largest number of entries. */
        int max();

        /** Returns the largest number of destinations of an entry. */
        int choices();

        /** Returns the default: {@code deny}, or {@code ADDRESS PORT}. */
        String otherwise();

        /** Returns all entries, in the order of their keys. */
        List<Row> list();

        /**
         * Adds or changes entries, all of them or none.
         *
         * @param rows for each entry the words `KEY... = ADDRESS:PORT...`
         * @return how many keys were there before
         * @throws EntryException if a row is wrong, not allowed by the policy, or finds no room
         */
        int set(List<List<String>> rows);

        /**
         * Removes the entries of keys, all of them or none.
         *
         * @param keys for each entry the words `KEY...`
         * @throws EntryException if a key is wrong, or has no entry
         */
        void remove(List<List<String>> keys);

        /**
         * Replaces all entries at one instant for every request.
         *
         * @param rows as for {@link #set}
         * @throws EntryException if a row is wrong, not allowed by the policy, or finds no room
         * @return how many there are now
         */
        int replace(List<List<String>> rows);

        /**
         * An entry.
         *
         * @param key the key's values by field, numbers as {@link BigInteger} and others as text
         * @param to destinations, `ADDRESS:PORT` or `[ADDRESS]:PORT`
         */
        record Row(Map<String, Object> key, List<String> to) {
            /** Creates an entry. */
            public Row {
                key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
                to = List.copyOf(to);
            }
        }
    }
}
