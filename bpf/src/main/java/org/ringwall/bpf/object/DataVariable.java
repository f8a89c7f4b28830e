// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/**
 * A global variable of a {@link DataSection}; offset and size in bytes. {@code btfTypeId} is the
 * type of its value, 0 if unknown.
 */
public record DataVariable(String name, int offset, int size, int btfTypeId) {
    public DataVariable {
        Checks.name(name);
        Checks.that(offset >= 0, "offset is negative");
        Checks.that(size > 0, "variable `" + name + "` is empty");
        Checks.that(btfTypeId >= 0, "type id is negative");
    }
}
