// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.model.request.Actor;

/** The stamp that a program stores with a socket of this creator (docs/abi.md section 1). */
public final class Stamps {
    /** The name of the socket storage. */
    public static final String STORAGE = "ringwall_stamps";

    private static final int SIZE = 184;
    private static final int CGROUP = 24;
    private static final int LEVELS = 16;
    private static final int COMM = 168;

    private Stamps() {}

    /** Returns the bytes in the socket storage on a host of this byte order. */
    public static Bytes of(Actor maker, ByteOrder order) {
        ByteBuffer stamp = ByteBuffer.allocate(SIZE).order(order);
        stamp.putLong(1).putInt((int) maker.uid()).putInt((int) maker.gid()).putInt((int) maker.pid());
        stamp.position(CGROUP).putLong(maker.cgroup()).putLong(maker.netns());
        for (int level = 1; level <= LEVELS; level++) {
            stamp.putLong(maker.ancestor(level).orElse(0L));
        }
        stamp.position(COMM).put(maker.comm().toArray());
        return Bytes.of(stamp.array());
    }
}
