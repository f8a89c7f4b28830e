// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.math.BigInteger;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The records of an instance, for its only reader. It is used by one thread at a time, and closed
 * to let another process read. Rule texts of each generation seen while this is open remain
 * available after that generation is replaced.
 */
public interface Events extends AutoCloseable {
    /**
     * A record with the text of its rule.
     *
     * @param rule empty if the generation's text is no longer available, or has no such rule
     */
    record Explained(Event event, Optional<Rule> rule) {}

    /**
     * A rule that logs.
     *
     * @param file the name of the policy's file, without folders
     * @param line from 1
     * @param column from 1
     * @param text as written, with white space replaced by single spaces
     * @param reason the text of `because`; empty without one
     */
    record Rule(String file, int line, int column, String text, String reason) {
        /** Returns the position of the rule: `FILE:LINE:COLUMN`. */
        public String place() {
            return file + ":" + line + ":" + column;
        }
    }

    /** Returns the current end of the ring: all existing records begin before this position. */
    long end();

    /**
     * Returns the next record; empty if there is none now. Malformed records are counted and
     * skipped.
     */
    Optional<Explained> next();

    /**
     * Reads the next records that begin before this position of the ring, at most as many as fit a
     * batch, and returns how many. The bound keeps a reader from waiting for records that programs
     * add meanwhile. Their space is returned to the kernel by {@link #release}: records that the
     * caller could not store are read again by the next reader.
     */
    int batch(long end, Consumer<Explained> to);

    /** Returns the space of all records that were read to the kernel. */
    void release();

    /** Returns whether a program was still writing the next record. */
    boolean busy();

    /** Waits at most this many milliseconds for the next record. */
    void await(int milliseconds);

    /**
     * Learns the rule texts of new generations. Returns whether the instance still exists with
     * these records, or with another ring, which {@link #succeed} opens.
     */
    boolean refresh();

    /**
     * Goes on with the ring of a new version, once the one before has been read. Returns whether
     * there is one.
     *
     * @throws HostException if another process reads the records now
     */
    boolean succeed();

    /**
     * Returns how many records were lost since the last call; at the first call, since the ring was
     * created.
     */
    BigInteger newlyLost();

    /** Returns how many records were lost in all, as of the last call of {@link #newlyLost}. */
    BigInteger lost();

    /** Leaves out losses that an earlier reader has noted by {@link #noteLosses}. */
    void skipNotedLosses();

    /** Notes in the ring that all losses returned so far have been reported. */
    void noteLosses();

    /** Returns how many malformed records were skipped since this was opened. */
    long malformed();

    /** Lets another process read. */
    @Override
    void close();
}
