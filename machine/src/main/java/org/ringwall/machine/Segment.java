// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Arrays;

/** A section of global data, such as `.rodata`: its bytes before or after a run. */
public final class Segment implements Symbol {
    private final String name;
    private final boolean readOnly;
    private final byte[] content;

    /** Creates a section with a copy of `content`; a read-only one traps stores. */
    public Segment(String name, boolean readOnly, byte[] content) {
        this(content.clone(), name, readOnly);
    }

    private Segment(byte[] content, String name, boolean readOnly) {
        this.name = name;
        this.readOnly = readOnly;
        this.content = content;
    }

    /** Returns the section as it is after a run in `region`, which began from {@link #region}. */
    Segment after(DataRegion region) {
        return readOnly ? this : new Segment(region.bytes(), name, false);
    }

    /**
     * Returns the memory of a run. It shares the bytes of a read-only section, which may have
     * megabytes and is never written.
     */
    DataRegion region(Memory memory) {
        return new DataRegion(memory, name, readOnly, readOnly ? content : content());
    }

    @Override
    public String name() {
        return name;
    }

    public boolean readOnly() {
        return readOnly;
    }

    /** Returns a copy. */
    public byte[] content() {
        return content.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Segment segment
                && name.equals(segment.name)
                && readOnly == segment.readOnly
                && Arrays.equals(content, segment.content);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return name + "[" + content.length + "]";
    }
}
